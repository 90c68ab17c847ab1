/** At most `running` commands at a time; `waiting` more wait in order. */
export interface QueueLimits {
    running: number;
    waiting: number;
}

/** Lets a bounded number of commands run at once, because a diagnosis costs memory, sockets and money. */
export class CommandQueue {
    private running = 0;
    private readonly waiting: (() => void)[] = [];

    constructor(private readonly limits: QueueLimits) {}

    /** True when a command that comes now would find no place to wait. */
    get full(): boolean {
        return this.running >= this.limits.running && this.waiting.length >= this.limits.waiting;
    }

    /**
     * Runs the work when its turn comes. Rejects with the signal's reason as soon as that aborts; the place is then
     * free, whether or not the work listens.
     */
    async run<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
        if (this.running < this.limits.running) this.running += 1;
        else await this.turn(signal);
        try {
            return await orAborted(signal, work);
        } finally {
            const next = this.waiting.shift();
            if (next) next();
            else this.running -= 1;
        }
    }

    private turn(signal: AbortSignal): Promise<void> {
        return new Promise((resolve, reject) => {
            if (signal.aborted) return reject(signal.reason);
            const take = (): void => {
                signal.removeEventListener('abort', leave);
                resolve();
            };
            const leave = (): void => {
                this.waiting.splice(this.waiting.indexOf(take), 1);
                reject(signal.reason);
            };
            signal.addEventListener('abort', leave, { once: true });
            this.waiting.push(take);
        });
    }
}

function orAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        work().then(resolve, reject);
    });
}
