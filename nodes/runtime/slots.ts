import { FixError } from '../core/errors';
import { undisturbed } from '../core/undisturbed';

/** Lets at most `limit` pieces of work run at a time; the others wait in order. */
export class Slots {
    private running = 0;
    private readonly waiting: (() => void)[] = [];

    private readonly changed: (running: number, waiting: number) => void;

    /** `changed` is told whenever work begins, waits or ends. */
    constructor(
        private readonly limit: number,
        changed: (running: number, waiting: number) => void,
    ) {
        this.changed = undisturbed(changed);
    }

    /** Runs the work as soon as there is room; rejects with `CANCELLED` when `signal` is aborted before. */
    async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
        if (this.running >= this.limit) await this.turn(signal);
        else this.running += 1;
        this.tell();
        try {
            return await work();
        } finally {
            this.release();
        }
    }

    /** Resolves when a slot was handed over. */
    private turn(signal: AbortSignal): Promise<void> {
        return new Promise((resolve, reject) => {
            const take = (): void => {
                signal.removeEventListener('abort', leave);
                resolve();
            };
            const leave = (): void => {
                this.waiting.splice(this.waiting.indexOf(take), 1);
                reject(new FixError('CANCELLED', 'The node closed while the message waited for its turn.'));
            };
            if (signal.aborted) return reject(new FixError('CANCELLED', 'The node closes.'));
            signal.addEventListener('abort', leave, { once: true });
            this.waiting.push(take);
            this.tell();
        });
    }

    private release(): void {
        const next = this.waiting.shift();
        if (next) next();
        else this.running -= 1;
        this.tell();
    }

    private tell(): void {
        this.changed(this.running, this.waiting.length);
    }
}
