import { FixError, failureText } from '../errors';
import { movingTo } from '../incident/flow';
import type { Incident } from '../model/incident';
import type { Plan } from '../model/plan';
import { executeFix } from './execute';
import { type EndedRun, finishRun, finishRunning, finishVerifying } from './finish-run';
import { find, NOT_FOUND } from './follow';
import {
    fixOrder,
    NOT_SUCCEEDED,
    type RemediationParts,
    requireStaying,
    rollbackOrder,
    type StepControl,
} from './parts';
import { requireSigned } from './preflight';
import { releaseTargets } from './target-lock';
import { endingRollback, losingTrack } from './transitions';

/**
 * Carries a run on that an earlier process left. The answer at each point of the journal:
 *
 * | written last            | found                              | answer                                       |
 * |-------------------------|------------------------------------|----------------------------------------------|
 * | checks begun (approved) | –                                  | all checks again: nothing has run            |
 * | anything later          | a plan or approval not signed here | unknown; nothing is touched, nothing runs    |
 * | run intended            | the executor has no such run       | unknown, a person looks; it never runs again |
 * | run intended or started | a run with this nonce goes on      | follow it to its end                         |
 * | run intended or started | it has ended and left a result     | take that result                             |
 * | run intended or started | it has ended without one           | unknown                                      |
 * | run intended or started | the executor cannot be reached     | ask until the time limit, then unknown       |
 * | verification started    | –                                  | go on verifying, with the same deadline      |
 * | rollback started        | as for the run                     | as for the run; without a result unknown     |
 * | any, a rollback is due  | the hosts can be held no longer    | failed: it is not started, a person looks    |
 */
export async function recoverRun(parts: RemediationParts, left: Incident, control: StepControl): Promise<Incident> {
    const { plan, stage, run } = left;
    if (!plan || !run || stage === 'approved') {
        if (plan) await releaseTargets(parts.incidents.store.leases, plan);
        return executeFix(parts, left.id, control);
    }
    const forged = whyForged(parts, left, plan);
    if (forged !== undefined)
        return parts.incidents.change(left.id, movingTo(parts.positions.sent(NOT_SUCCEEDED), losingTrack(forged)));
    const rollingBack = stage === 'verifying' ? left.verification !== undefined : run.outcome !== undefined;
    if (rollingBack) return resumeRollback(parts, plan, control);
    if (stage === 'verifying' && run.outcome) {
        return finishVerifying(
            parts,
            { incident: left, plan, outcome: run.outcome, clearedBefore: false, fromStore: true },
            control,
        );
    }
    return resumeRun(parts, { incident: left, plan }, control);
}

/**
 * What the store says of a run under way leads to files and to a rollback, so it is believed only of a plan that was
 * signed and approved.
 */
function whyForged(parts: RemediationParts, incident: Incident, plan: Plan): string | undefined {
    const { seal } = incident;
    try {
        if (!seal) throw new FixError('PLAN_SIGNATURE_WRONG', 'The plan has no seal.');
        requireSigned(parts, { incident, plan, seal });
        return undefined;
    } catch (thrown) {
        return `The run cannot be carried on: ${failureText(thrown)} It is not known what was done; look at the hosts.`;
    }
}

async function resumeRun(
    parts: RemediationParts,
    { incident, plan }: Pick<EndedRun, 'incident' | 'plan'>,
    control: StepControl,
): Promise<Incident> {
    const { outcome } = await find(parts, plan, fixOrder(plan, 'run'), control);
    requireStaying(control);
    if (outcome)
        return finishRunning(parts, { incident, plan, outcome, clearedBefore: false, fromStore: true }, control);
    return finishRun(parts, plan, losingTrack(NOT_FOUND), { mayRunOn: true });
}

async function resumeRollback(parts: RemediationParts, plan: Plan, control: StepControl): Promise<Incident> {
    const order = rollbackOrder(plan);
    const outcome = order && (await find(parts, plan, order, control)).outcome;
    requireStaying(control);
    return finishRun(parts, plan, endingRollback(outcome), { mayRunOn: outcome === undefined });
}
