import { monotonicMs, pause } from '../clock';
import { asFixError } from '../errors';
import type { Plan } from '../model/plan';
import type { RunOutcome } from '../model/run';
import { type RemediationParts, requireStaying, type StepControl } from './parts';
import type { RunOrder } from './ports';
import { writtenTasks } from './run-journal';
import { RunWatcher } from './run-watcher';

/** Why a run ends as unknown when it is not found. */
export const NOT_FOUND =
    'The run was begun, and its executor has no result of it: it is not known what was done. It is not run again; look at the hosts.';

/** A playbook that was followed to its end. */
export interface Followed {
    /** Undefined: nobody knows how it ended, and it may still run. */
    outcome: RunOutcome | undefined;
    /** The alert had cleared before the first change. */
    clearedBefore: boolean;
}

/**
 * Starts the run or the rollback of a plan, once, and follows it. When its executor is lost on the way it is looked for,
 * see {@link find}; it is never started a second time. Rejects with what the executor rejects with, except for
 * `EXECUTOR_DOWN`.
 */
export async function launch(
    parts: RemediationParts,
    plan: Plan,
    order: RunOrder,
    control: StepControl,
): Promise<Followed> {
    const watcher = new RunWatcher(parts, plan);
    try {
        const outcome = await parts.executor.run(order, watcher.observer(order.purpose), control);
        return { outcome, clearedBefore: watcher.clearedBefore };
    } catch (thrown) {
        if (asFixError(thrown).code !== 'EXECUTOR_DOWN') throw thrown;
    } finally {
        await watcher.end();
    }
    requireStaying(control);
    const found = await find(parts, plan, order, control);
    return { ...found, clearedBefore: watcher.clearedBefore || found.clearedBefore };
}

/**
 * Looks for a run that was, or may have been, started before, and follows it to its end. An executor that cannot be
 * reached is asked again for as long as the run may last.
 */
export async function find(
    parts: RemediationParts,
    plan: Plan,
    order: RunOrder,
    control: StepControl,
): Promise<Followed> {
    const start = monotonicMs();
    for (;;) {
        const watcher = new RunWatcher(parts, plan, await writtenTasks(parts, plan.incidentId));
        try {
            const outcome = await parts.executor.resume(order, watcher.observer(order.purpose), control);
            return { outcome, clearedBefore: watcher.clearedBefore };
        } catch (thrown) {
            if (asFixError(thrown).code !== 'EXECUTOR_DOWN') throw thrown;
        } finally {
            await watcher.end();
        }
        requireStaying(control);
        if (monotonicMs() - start >= order.timeoutSeconds * 1000) return { outcome: undefined, clearedBefore: false };
        await pause(parts.pollSeconds * 1000, control.leave);
        requireStaying(control);
    }
}
