import { setTimeout as sleep } from 'node:timers/promises';

/** The present moment; tests pass their own. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/** Milliseconds that go on steadily, whatever happens to the wall clock; only differences mean something. */
export function monotonicMs(): number {
    return performance.now();
}

/** Waits this many milliseconds, or until one of the signals is aborted; never rejects. */
export async function pause(milliseconds: number, ...signals: AbortSignal[]): Promise<void> {
    await sleep(milliseconds, undefined, { signal: AbortSignal.any(signals) }).catch(() => undefined);
}
