import { undisturbed } from './undisturbed';

/** How much work there may be. */
export interface SlotLimits {
    /** Maximum number of pieces of work that run at a time. */
    running: number;
    /** Maximum number that wait for a slot, for those who ask `full` (default: no limit). */
    waiting?: number;
}

/** Lets a bounded number of pieces of work run at a time; the others wait in order. */
export class Slots {
    private running = 0;
    private readonly waiting: (() => void)[] = [];

    private readonly changed: (running: number, waiting: number) => void;

    /** `changed` is called with the present numbers whenever work begins, waits or ends. */
    constructor(
        private readonly limits: SlotLimits,
        changed: (running: number, waiting: number) => void = () => undefined,
    ) {
        this.changed = undisturbed(changed);
    }

    /** True when work that comes now would find no room to wait. */
    get full(): boolean {
        const { running, waiting = Number.POSITIVE_INFINITY } = this.limits;
        return this.running >= running && this.waiting.length >= waiting;
    }

    /** Runs the work as soon as there is room; rejects with the reason of `signal` when it is aborted before. */
    async run<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
        if (this.running >= this.limits.running) await this.turn(signal);
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
                reject(signal.reason);
                this.tell();
            };
            if (signal.aborted) return reject(signal.reason);
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
