import { z } from 'zod';
import { STAGES } from '../../core/model/stage';
import { Listeners } from '../../core/store/listeners';
import type { ChangeNotice } from '../../core/store/port';
import { Connection } from './connection';
import type { RedisStoreOptions } from './options';

const changeNotice = z.object({ id: z.string(), version: z.number(), stage: z.enum(STAGES) });

/** What all processes commit, heard over one subscription that lasts as long as somebody listens. */
export class Changes {
    private readonly listeners = new Listeners();
    private subscriber?: Connection;

    /** `channel`: where commits are published. */
    constructor(
        private readonly options: RedisStoreOptions,
        private readonly channel: string,
    ) {}

    /** Returns the way to stop. */
    watch(listener: (notice: ChangeNotice) => void): () => void {
        const stop = this.listeners.add(listener);
        this.subscriber ??= this.subscribe();
        return () => {
            stop();
            if (this.listeners.size === 0) this.close();
        };
    }

    close(): void {
        this.subscriber?.close();
        this.subscriber = undefined;
    }

    private subscribe(): Connection {
        const subscriber = new Connection(this.options);
        subscriber.client.on('message', (_channel: string, text: string) => {
            const told = parseNotice(text);
            if (told) this.listeners.tell(told);
        });
        const join = (): void => {
            subscriber.client.subscribe(this.channel).catch(() => undefined);
        };
        subscriber.client.on('ready', join);
        return subscriber;
    }
}

/** A notice of the channel; undefined when something else was published there. */
function parseNotice(text: string): ChangeNotice | undefined {
    try {
        return changeNotice.parse(JSON.parse(text));
    } catch {
        return undefined;
    }
}
