/** Hears what a listener threw. */
export type ReportThrown = (thrown: unknown) => void;

/**
 * The listener as somebody may call it who must not care what it does: what it throws, or rejects with, is reported and
 * never thrown on. Without a `report` it becomes a warning of this process, which Node.js prints.
 */
export function undisturbed<Arguments extends unknown[]>(
    listener: (...args: Arguments) => unknown,
    report: ReportThrown = warn,
): (...args: Arguments) => void {
    const caught = (thrown: unknown): void => {
        try {
            report(thrown);
        } catch (second) {
            warn(second);
        }
    };
    return (...args) => {
        try {
            const answer = listener(...args);
            if (answer instanceof Promise) answer.catch(caught);
        } catch (thrown) {
            caught(thrown);
        }
    };
}

function warn(thrown: unknown): void {
    const what = thrown instanceof Error ? (thrown.stack ?? thrown.message) : String(thrown);
    process.emitWarning(`A listener failed: ${what}`, 'ListenerWarning');
}
