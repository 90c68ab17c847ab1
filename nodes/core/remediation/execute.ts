import { asFixError, failureText } from '../errors';
import type { Incident } from '../model/incident';
import { beginRun } from './begin-run';
import { finishRun, finishRunning } from './finish-run';
import { type Followed, launch, NOT_FOUND } from './follow';
import { fixOrder, type RemediationParts, requireStaying, type StepControl } from './parts';
import type { SealedFix } from './sealed-fix';
import { losingTrack, neverStarting } from './transitions';

/**
 * Runs an approved fix: checks, intention, playbook, verification, and the sealed rollback when the fix failed. Answers
 * the incident at its end, in stage closed, refused, failed, rolled-back or unknown. A launch whose answer is lost is
 * looked for by its nonce; a run that is not found then is unknown. Throws what {@link beginRun} throws, and what the
 * store throws; the step is then carried on by `recoverRun`.
 */
export async function executeFix(parts: RemediationParts, incidentId: string, control: StepControl): Promise<Incident> {
    const begin = await beginRun(parts, incidentId, control);
    if ('refused' in begin) return begin.refused;
    const { plan, incident } = begin.begun;
    parts.progress(incident, `"${plan.action.title}" is started on ${plan.hosts.join(', ')}.`);
    let followed: Followed;
    try {
        followed = await launch(parts, plan, fixOrder(plan, 'run'), control);
    } catch (thrown) {
        requireStaying(control);
        return notLaunched(parts, begin.begun, thrown);
    }
    const { outcome, clearedBefore } = followed;
    if (outcome) return finishRunning(parts, { incident, plan, outcome, clearedBefore }, control);
    return finishRun(parts, plan, losingTrack(NOT_FOUND), { mayRunOn: true });
}

/** The executor has said that it did not start the fix, or that there is a run of it already. */
async function notLaunched(parts: RemediationParts, { plan }: SealedFix, thrown: unknown): Promise<Incident> {
    const error = asFixError(thrown);
    if (error.code === 'PLAN_CHANGED' || error.code === 'CONFIG_INVALID')
        return finishRun(parts, plan, neverStarting(failureText(error)));
    if (error.code !== 'ANSIBLE_MISSING' && error.code !== 'ALREADY_RUN') throw error;
    return finishRun(parts, plan, losingTrack(`The fix could not be started: ${failureText(error)}`));
}
