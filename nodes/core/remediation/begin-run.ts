import { pause } from '../clock';
import { asFixError, FixError, failureText } from '../errors';
import { FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import { movingTo } from '../incident/flow';
import type { Incident } from '../model/incident';
import type { Transition } from '../store/incidents';
import { finishRun } from './finish-run';
import { isOurFault, NOT_SUCCEEDED, type RemediationParts, requireStaying, type StepControl } from './parts';
import { CHECKS, CHECKS_ON_HELD_HOSTS, type Check, requireApproved } from './preflight';
import type { SealedFix } from './sealed-fix';
import { TargetLock } from './target-lock';
import { BY, neverStarting } from './transitions';

/** How the time before a run ended: the fix may start, with its hosts held, or it was refused for good. */
export type Begin = { begun: SealedFix; lock: TargetLock } | { refused: Incident };

/** How long a store that does not answer is asked again, before the incident is left to recovery. */
const PATIENCE_MS = 60_000;
const RETRY_MS = 500;

/**
 * Everything between an approved incident and the start of its fix: each check, then the approval is consumed and the
 * run written down as intended, in one transition, and that is made to survive the loss of one server of the store. A
 * failed check refuses the incident. Throws `NOT_APPROVED`, `STAGE_WRONG`,
 * `ALREADY_RUN` or `PLAN_WITHDRAWN` for an incident that is not ours to run, without touching it.
 */
export async function beginRun(parts: RemediationParts, incidentId: string, control: StepControl): Promise<Begin> {
    const { incidents, positions } = parts;
    const incident = await incidents.change(incidentId, movingTo(positions.working(), checking));
    const fix = requireApproved(incident);
    parts.progress(incident, 'The checks before the run have begun.');
    const lock = new TargetLock(incidents.store.leases, fix.plan);
    let at = '';
    let begun: Incident;
    try {
        const pass = async (check: Check): Promise<void> => {
            at = check.name;
            requireGoingOn(control);
            await check.run(parts, fix, control);
        };
        for (const check of CHECKS) await pass(check);
        await pass({ name: 'hosts', run: () => lock.take() });
        for (const check of CHECKS_ON_HELD_HOSTS) await pass(check);
        requireGoingOn(control);
        at = 'approval';
        begun = await incidents.change(
            incidentId,
            movingTo(positions.working(), consuming(fix, positions.working().instance)),
        );
    } catch (thrown) {
        await lock.release();
        requireStaying(control);
        return refuse(parts, fix, at, asFixError(thrown));
    }
    const loss = await whyUnsettled(parts, begun);
    return loss ? notBegun(parts, begun, loss, control) : { begun: { ...fix, incident: begun }, lock };
}

/**
 * A store that loses its server may come back without the line that says "consumed", and another machine would run the
 * fix again. Undefined when the line is safe, and still there.
 */
async function whyUnsettled({ incidents }: RemediationParts, begun: Incident): Promise<FixError | undefined> {
    try {
        const incident = (await incidents.store.settle(begun.id))?.incident;
        if (incident?.stage === 'running' && incident.run?.id === begun.run?.id) return undefined;
        return new FixError(
            'STORE_DOWN',
            `The store has lost that the approval was used: the incident is ${incident?.stage ?? 'gone'}.`,
        );
    } catch (thrown) {
        return asFixError(thrown);
    }
}

/**
 * The approval stays consumed, and nothing is started. Throws `error` when the store has forgotten the run, or stays
 * away.
 */
async function notBegun(
    parts: RemediationParts,
    begun: Incident,
    error: FixError,
    control: StepControl,
): Promise<Begin> {
    const { plan } = begun;
    const reason = `The store may forget that the approval was used: ${failureText(error)} The approval is used up. ${FOR_A_NEW_PLAN}`;
    for (let waited = 0; plan && waited <= PATIENCE_MS; waited += RETRY_MS) {
        try {
            return { refused: await finishRun(parts, plan, neverStarting(reason)) };
        } catch (thrown) {
            if (asFixError(thrown).code !== 'STORE_DOWN') break;
        }
        await pause(RETRY_MS, control.leave);
        requireStaying(control);
    }
    throw error;
}

function requireGoingOn(control: StepControl): void {
    requireStaying(control);
    if (control.cancel.aborted)
        throw new FixError('CANCELLED', 'The fix was cancelled before it ran; nothing was changed.');
}

const checking: Transition = (incident) => {
    requireApproved(incident);
    return { incident, entries: [{ type: 'run.checking', by: BY, text: 'The checks before the run have begun.' }] };
};

/** Consumes the approval. It sees the newest state, so of many attempts one gets here in stage `approved`. */
function consuming(fix: SealedFix, instance: string): Transition {
    return (incident, now) => {
        const { approval } = requireApproved(incident).incident;
        if (incident.seal?.digest !== fix.seal.digest || !approval)
            throw new FixError('PLAN_CHANGED', `Incident ${incident.id} got another plan meanwhile.`);
        const at = now.toISOString();
        return {
            incident: {
                ...incident,
                stage: 'running',
                approval: { ...approval, consumedAt: at },
                run: { id: fix.plan.nonce, seal: fix.seal.digest, state: 'intended', intendedAt: at, instance },
            },
            entries: [
                {
                    type: 'run.intended',
                    by: BY,
                    text: `All checks passed; "${fix.plan.action.title}" is started on ${fix.plan.hosts.join(', ')}.`,
                    data: { nonce: fix.plan.nonce, seal: fix.seal.digest },
                },
            ],
        };
    };
}

/** Refuses for good; but an incident that another attempt runs, or that has gone on, is left alone. */
async function refuse(parts: RemediationParts, fix: SealedFix, check: string, error: FixError): Promise<Begin> {
    if (isOurFault(error) || (error.code === 'ALREADY_RUN' && check === 'hosts')) throw error;
    const refused = await parts.incidents.change(
        fix.incident.id,
        movingTo(parts.positions.sent(NOT_SUCCEEDED), (incident) => {
            const { approval } = requireApproved(incident).incident;
            if (incident.seal?.digest !== fix.seal.digest || !approval) throw error;
            return {
                incident: {
                    ...incident,
                    stage: 'refused',
                    reason: failureText(error),
                    approval: { ...approval, state: 'denied', reason: error.message },
                },
                entries: [
                    {
                        type: 'run.refused',
                        by: BY,
                        text: `Refused by the check "${check}": ${failureText(error)}`,
                        data: { check, code: error.code, ...(error.field === undefined ? {} : { field: error.field }) },
                    },
                ],
            };
        }),
    );
    return { refused };
}
