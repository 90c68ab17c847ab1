import { fork } from 'node:child_process';
import path from 'node:path';

/** What `storm-process.ts` is told. Alerts are named by their labels. */
export type StormOrder =
    | { begin: { url: string; seed: number } }
    | { fire: Record<string, string> }
    | { clear: Record<string, string> }
    | { calm: true };

/** Alertmanager has been told of the end of every alert; so many had begun. */
export interface StormAnswer {
    calm: number;
}

/** The storm over an Alertmanager, made by a process of its own. */
export interface Storm {
    /** Fires one alert more, until it is cleared. */
    fire(labels: Record<string, string>): void;
    clear(labels: Record<string, string>): void;
    /** Ends the storm; answers how many alerts there were once all are over, also those that must be cleared. */
    calm(): Promise<number>;
    end(): void;
}

/** Begins at once. */
export function startStorm(url: string, seed: number): Storm {
    const child = fork(path.join(__dirname, 'storm-process.js'));
    const tell = (order: StormOrder): void => {
        if (child.connected) child.send(order);
    };
    tell({ begin: { url, seed } });
    return {
        fire: (labels) => tell({ fire: labels }),
        clear: (labels) => tell({ clear: labels }),
        calm: () =>
            new Promise((resolve, reject) => {
                child.once('exit', () => reject(new Error('the process of the storm has ended')));
                child.once('message', (message) => resolve((message as StormAnswer).calm));
                tell({ calm: true });
            }),
        end: () => {
            if (child.connected) child.disconnect();
        },
    };
}
