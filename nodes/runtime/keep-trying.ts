import { pause } from '../core/clock';

const PAUSE_MS = 3_000;

/**
 * Repeats `work` until it succeeds or the node closes, e.g. until the store can be reached; reports the first failure.
 */
export async function keepTrying(
    work: () => Promise<void>,
    report: (thrown: unknown) => void,
    closing: AbortSignal,
): Promise<void> {
    for (let tried = false; !closing.aborted; tried = true) {
        try {
            return await work();
        } catch (thrown) {
            if (!tried) report(thrown);
        }
        await pause(PAUSE_MS, closing);
    }
}
