import { FixError } from '../../nodes/core/errors';

interface Work<Result> {
    result: Promise<Result>;
    waiting: number;
    stop: AbortController;
}

/**
 * The same work asked for twice at the same time is done once: Botkube runs an action twice an event. Work stops when
 * nobody waits for it any more.
 */
export class SharedWork<Result> {
    private readonly running = new Map<string, Work<Result>>();

    /**
     * The result of `work`, or of the one that runs under this key already. Rejects with `CANCELLED` when `signal`
     * aborts.
     */
    async run(key: string, signal: AbortSignal, work: (stop: AbortSignal) => Promise<Result>): Promise<Result> {
        requireGoing(signal);
        const shared = this.running.get(key) ?? this.begin(key, work);
        shared.waiting += 1;
        let aborted: (() => void) | undefined;
        const cancelled = new Promise<never>((_resolve, reject) => {
            aborted = () => reject(cancelledError());
            signal.addEventListener('abort', aborted, { once: true });
        });
        try {
            return await Promise.race([shared.result, cancelled]);
        } finally {
            if (aborted) signal.removeEventListener('abort', aborted);
            shared.waiting -= 1;
            if (shared.waiting === 0) this.forget(key, shared);
        }
    }

    /** True while work runs under this key. */
    has(key: string): boolean {
        return this.running.has(key);
    }

    private begin(key: string, work: (stop: AbortSignal) => Promise<Result>): Work<Result> {
        const stop = new AbortController();
        const shared: Work<Result> = { result: work(stop.signal), waiting: 0, stop };
        shared.result.catch(() => undefined);
        this.running.set(key, shared);
        return shared;
    }

    private forget(key: string, shared: Work<Result>): void {
        if (this.running.get(key) === shared) this.running.delete(key);
        shared.stop.abort();
    }
}

function requireGoing(signal: AbortSignal): void {
    if (signal.aborted) throw cancelledError();
}

function cancelledError(): FixError {
    return new FixError('CANCELLED', 'The command was stopped.');
}
