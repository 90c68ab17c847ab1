import { asFixError, failureText } from '../errors';
import { movingTo } from '../incident/flow';
import type { Incident } from '../model/incident';
import type { Plan } from '../model/plan';
import type { RunOutcome } from '../model/run';
import type { Transition } from '../store/incidents';
import { launch } from './follow';
import {
    isOurFault,
    NOT_SUCCEEDED,
    type RemediationParts,
    requireStaying,
    rollbackOrder,
    type StepControl,
    SUCCEEDED,
} from './parts';
import { heldAtMostUntil, releaseTargets } from './target-lock';
import { endingRollback, failing, refusingRollback, succeeding, verifying } from './transitions';
import { verify } from './verify';

/** A playbook has ended. */
export interface EndedRun {
    incident: Incident;
    plan: Plan;
    outcome: RunOutcome;
    clearedBefore: boolean;
    /** Present when it has ended just now: whatever the clock says, no time of the verification is over. */
    endedAt?: Date;
    /** Taken up by a later process on the word of the store, which may be old, or untrue. */
    fromStore?: true;
}

/** Goes on after the playbook of the fix has ended: verification, or what a failure leads to. */
export async function finishRunning(parts: RemediationParts, run: EndedRun, control: StepControl): Promise<Incident> {
    const { incidents, positions } = parts;
    const { plan, outcome } = run;
    if (outcome.status === 'succeeded') {
        const incident = await incidents.change(plan.incidentId, movingTo(positions.working(), succeeding(outcome)));
        parts.progress(incident, 'The run succeeded; waiting for the alert to clear.');
        return finishVerifying(parts, { ...run, incident, endedAt: incidents.now() }, control);
    }
    const hasActed =
        outcome.tasks.some(({ status }) => status === 'changed' || status === 'failed') ||
        Object.values(outcome.hosts).some(({ changed, failed }) => changed + failed > 0);
    const mayBeHalfDone = hasActed || outcome.status === 'timed-out';
    if (!plan.rollback || outcome.status === 'cancelled' || !mayBeHalfDone)
        return finishRun(parts, plan, failing(outcome, 'end'));
    await incidents.change(plan.incidentId, movingTo(positions.working(), failing(outcome, 'rollback')));
    return rollBack(parts, run, control);
}

/** Waits for the alert to clear, then ends the incident or rolls back. */
export async function finishVerifying(parts: RemediationParts, run: EndedRun, control: StepControl): Promise<Incident> {
    const { incident, plan, outcome, clearedBefore } = run;
    const endedAt = run.endedAt ?? incident.run?.endedAt ?? parts.incidents.now();
    const changedSomething = Object.values(outcome.hosts).some(({ changed }) => changed > 0);
    const verification = await verify(
        parts,
        { plan, endedAt: new Date(endedAt), changedSomething, clearedBefore },
        control,
    );
    requireStaying(control);
    if (verification.result !== 'not-cleared' || !plan.rollback)
        return finishRun(parts, plan, verifying(verification, 'end'));
    await parts.incidents.change(
        plan.incidentId,
        movingTo(parts.positions.working(), verifying(verification, 'rollback')),
    );
    return rollBack(parts, run, control);
}

/**
 * Runs the sealed rollback on the same hosts with the same parameters, from the sealed content, whatever the library
 * says now. On the word of the store alone it starts only while the hosts can still be held for this fix.
 */
async function rollBack(
    parts: RemediationParts,
    { plan, fromStore }: EndedRun,
    control: StepControl,
): Promise<Incident> {
    const until = heldAtMostUntil(plan);
    if (fromStore && parts.incidents.now() > until) {
        return finishRun(
            parts,
            plan,
            refusingRollback(
                `this fix had its hosts until ${until.toISOString()} at the latest, and others may have changed them since. Look at them, and undo by hand what the fix did.`,
            ),
        );
    }
    const order = rollbackOrder(plan);
    try {
        const outcome = order && (await launch(parts, plan, order, control)).outcome;
        return await finishRun(parts, plan, endingRollback(outcome), { mayRunOn: outcome === undefined });
    } catch (thrown) {
        requireStaying(control);
        const error = asFixError(thrown);
        if (isOurFault(error)) throw error;
        return finishRun(parts, plan, refusingRollback(failureText(error)));
    }
}

/**
 * Writes the end, puts the incident on the output it belongs to, gives the hosts back and has the executor tidy up; but
 * when a playbook `mayRunOn`, perhaps on another machine, the hosts are free only when the fix can last no longer.
 */
export async function finishRun(
    parts: RemediationParts,
    plan: Plan,
    transition: Transition,
    { mayRunOn = false } = {},
): Promise<Incident> {
    const { incidents, positions, executor } = parts;
    const ending: Transition = (incident, now) => {
        const change = transition(incident, now);
        return movingTo(positions.sent(change.incident.stage === 'closed' ? SUCCEEDED : NOT_SUCCEEDED), () => change)(
            incident,
            now,
        );
    };
    const incident = await incidents.change(plan.incidentId, ending);
    if (!mayRunOn) await releaseTargets(incidents.store.leases, plan);
    await executor.tidy(plan.nonce);
    return incident;
}
