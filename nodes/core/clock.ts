/** The present moment; tests pass their own. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();

/** Milliseconds that go on steadily, whatever happens to the wall clock; only differences mean something. */
export function monotonicMs(): number {
    return performance.now();
}
