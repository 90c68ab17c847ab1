import { monotonicMs, pause } from '../clock';
import { asFixError } from '../errors';
import type { Plan } from '../model/plan';
import type { Verification } from '../model/verification';
import { withoutMatchers } from '../runbook/promql';
import { fullStop } from '../text/text';
import { type AlertState, alertStateOf } from './alert-state';
import type { RemediationParts, StepControl } from './parts';

const ASK_MS = 10_000;

/** What is known of the run that is verified. */
export interface Verified {
    plan: Plan;
    /** When the playbook ended. */
    endedAt: Date;
    /** True when the run changed something on a host. */
    changedSomething: boolean;
    /** The alert had cleared before the run's first change. */
    clearedBefore: boolean;
}

type CheckState = { holds: boolean } | { unknown: string };

/**
 * Waits until the alert has cleared and the plan's PromQL check holds, as long as the plan allows. Rejects only when
 * the store is down. Ends early, as `unknown`, when it is cancelled.
 */
export async function verify(parts: RemediationParts, run: Verified, control: StepControl): Promise<Verification> {
    const { withinSeconds } = run.plan.verify;
    const elapsed = stopwatch(parts.incidents.now().getTime() - run.endedAt.getTime(), withinSeconds * 1000);
    for (;;) {
        const [alert, check] = await Promise.all([alertStateOf(parts, run.plan), checkStateOf(parts, run.plan)]);
        const now = parts.incidents.now();
        const verdict = (result: Verification['result'], reason: string): Verification => ({
            result,
            reason,
            at: now.toISOString(),
        });
        if (alert.state === 'cleared' && 'holds' in check && check.holds) {
            const afterSeconds = Math.round(elapsed() / 1000);
            return { ...verdict(...clearedBy(run, afterSeconds)), afterSeconds };
        }
        if (control.cancel.aborted)
            return verdict('unknown', 'The verification was cancelled; look whether the alert clears.');
        if (elapsed() >= withinSeconds * 1000) return verdict(...notCleared(alert, check, withinSeconds));
        if (control.leave.aborted) return verdict('unknown', 'The node was closed during the verification.');
        await pause(
            Math.min(parts.pollSeconds * 1000, Math.max(1, withinSeconds * 1000 - elapsed())),
            control.cancel,
            control.leave,
        );
    }
}

function clearedBy(run: Verified, afterSeconds: number): [Verification['result'], string] {
    if (!run.changedSomething)
        return ['cleared-anyway', 'The alert cleared, but not because of the run: it changed nothing.'];
    if (run.clearedBefore) return ['cleared-anyway', 'The alert had cleared before the run changed anything.'];
    return ['cleared', `The alert cleared ${afterSeconds} s after the run.`];
}

function notCleared(alert: AlertState, check: CheckState, withinSeconds: number): [Verification['result'], string] {
    if (alert.state === 'firing') return ['not-cleared', `The alert still fires ${withinSeconds} s after the run.`];
    if ('holds' in check && !check.holds)
        return ['not-cleared', `The check of the runbook does not hold ${withinSeconds} s after the run.`];
    const why = alert.state === 'unknown' ? alert.reason : 'unknown' in check ? check.unknown : undefined;
    return ['unknown', fullStop(`It cannot be known whether the fix worked: ${why ?? 'no answer'}`)];
}

async function checkStateOf({ metrics }: RemediationParts, { verify: { check } }: Plan): Promise<CheckState> {
    if (check === undefined) return { holds: true };
    if (!metrics) return { unknown: 'no Prometheus server is configured for the check of the runbook' };
    try {
        const samples = await metrics.query(check, AbortSignal.timeout(ASK_MS));
        return {
            holds:
                samples.length > 0 &&
                (isFilter(check) || samples.every(({ value }) => value !== 0 && !Number.isNaN(value))),
        };
    } catch (thrown) {
        return { unknown: asFixError(thrown).message };
    }
}

/** A comparison without `bool` keeps the samples for which it is true, whatever their value: 0 < 1 gives 0. */
function isFilter(promql: string): boolean {
    return /(?:[=!<>]=|[<>])(?!\s{0,99}bool\b)/.test(withoutMatchers(promql));
}

/**
 * Milliseconds since something that was so long ago at the first call, at most `longest`; a wall clock that jumps later
 * changes nothing.
 */
function stopwatch(agoMs: number, longest: number): () => number {
    const start = monotonicMs() - Math.min(Math.max(0, agoMs), longest);
    return () => monotonicMs() - start;
}
