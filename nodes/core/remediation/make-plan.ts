import { aboutOf } from '../approval/as-sealed';
import { asFixError, FixError, failureText } from '../errors';
import { FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import { movingTo } from '../incident/flow';
import { newNonce } from '../incident/id';
import type { Incident } from '../model/incident';
import { type Plan, toPlan } from '../model/plan';
import type { RunOutcome } from '../model/run';
import type { KeyRing } from '../signing/keys';
import { diagnosisDigest, signDraft } from '../signing/provenance';
import type { Transition } from '../store/incidents';
import { newArgumentsKey } from './arguments-key';
import { type Draft, draftOf } from './draft';
import { dryRunOf } from './dry-run';
import {
    callOf,
    isOurFault,
    NOT_SUCCEEDED,
    type RemediationParts,
    requireStaying,
    type StepControl,
    SUCCEEDED,
} from './parts';
import type { RunOrder } from './ports';
import { previewOf } from './preview';

const BY = 'node:ansible-exec';

/**
 * The dry run: turns the proposal of a diagnosed incident into a plan, or into stage `failed` with the reason. Throws
 * `STAGE_WRONG` when there is nothing to plan, and what the store throws.
 */
export async function makePlan(parts: RemediationParts, incidentId: string, control: StepControl): Promise<Incident> {
    const { incidents, positions } = parts;
    const started = await incidents.change(incidentId, movingTo(positions.working(), startingPlan));
    parts.progress(started, 'The dry run has begun.');
    try {
        const plan = await planFor(parts, started, control);
        requireStaying(control);
        return await incidents.change(
            incidentId,
            movingTo(positions.sent(SUCCEEDED), planning(plan, started, parts.keys)),
        );
    } catch (thrown) {
        const error = asFixError(thrown);
        requireStaying(control);
        if (isOurFault(error)) throw error;
        return await incidents.change(incidentId, movingTo(positions.sent(NOT_SUCCEEDED), failingPlan(error)));
    }
}

const startingPlan: Transition = (incident) => {
    requirePlannable(incident);
    return { incident, entries: [{ type: 'plan.started', by: BY, text: 'The dry run has begun.' }] };
};

function requirePlannable(incident: Incident): void {
    const { id, stage, diagnosis } = incident;
    if ((stage === 'diagnosed' || stage === 'planned') && diagnosis?.proposal) return;
    const why = stage === 'diagnosed' || stage === 'planned' ? 'has no proposed action' : `is ${stage}`;
    throw new FixError('STAGE_WRONG', `Incident ${id} ${why}; a dry run needs a diagnosis with a proposal.`, {
        field: 'incident.stage',
        cure: 'Connect this node to the first output of llm-diagnose.',
    });
}

/** A plan without what its card says of the incident. */
type Planned = Omit<Plan, 'about'>;

/** Drafts the plan, tries it in check mode, and keeps what that showed. */
async function planFor(parts: RemediationParts, incident: Incident, control: StepControl): Promise<Planned> {
    const draft = await draftOf(parts, incident);
    const nonce = newNonce();
    const { key, ...digestKey } = newArgumentsKey(parts.keys, incident.id);
    const outcome = await tryOut(parts, draft, { nonce, ...digestKey }, control);
    const now = parts.incidents.now();
    const dryRun = dryRunOf(outcome, now);
    const { text, preview } = previewOf(outcome.tasks);
    await parts.incidents.store.previews.keep(incident.id, nonce, text);
    return {
        ...exactRun(parts, draft, incident),
        dryRun: { ...dryRun, preview, argumentsKey: key },
        nonce,
        madeAt: now.toISOString(),
    };
}

function tryOut(
    { executor, timeoutSeconds, forks }: RemediationParts,
    draft: Draft,
    once: Pick<RunOrder, 'nonce' | 'digestKey'>,
    control: StepControl,
): Promise<RunOutcome> {
    const { content, action, hosts, parameters } = draft;
    return executor.run(
        {
            ...once,
            purpose: 'check',
            content,
            call: callOf(action),
            hosts,
            parameters,
            timeoutSeconds,
            ...(forks === undefined ? {} : { forks }),
        },
        {},
        { cancel: AbortSignal.any([control.cancel, control.leave]) },
    );
}

/** All of it but what the dry run says. */
function exactRun(
    { timeoutSeconds, forks }: RemediationParts,
    { content, ...draft }: Draft,
    incident: Incident,
): Omit<Planned, 'dryRun' | 'nonce' | 'madeAt'> {
    return {
        incidentId: incident.id,
        ...draft,
        ...toPlan(content),
        timeoutSeconds,
        ...(forks === undefined ? {} : { forks }),
    };
}

/** Signs what the dry run made of the incident as it was when it `started`. */
function planning(planned: Planned, started: Incident, keys: KeyRing): Transition {
    return (incident) => {
        requirePlannable(incident);
        requireSameDiagnosis(started, incident);
        const plan: Plan = { ...planned, about: aboutOf(incident) };
        const draft = signDraft(keys, plan);
        const changes = Object.values(plan.dryRun.hosts).reduce((sum, { changed }) => sum + changed, 0);
        const text = `The dry run of "${plan.action.title}" on ${plan.hosts.join(', ')} would make ${changes} ${changes === 1 ? 'change' : 'changes'}.`;
        const { seal: _seal, approval: _approval, reason: _reason, ...rest } = incident;
        return {
            incident: { ...rest, stage: 'planned', plan, draft },
            entries: [
                {
                    type: 'plan.made',
                    by: BY,
                    text,
                    data: {
                        nonce: plan.nonce,
                        draft: draft.digest,
                        hosts: plan.hosts,
                        dryRun: plan.dryRun.digest,
                        preview: plan.dryRun.preview?.digest ?? null,
                    },
                },
            ],
        };
    };
}

function requireSameDiagnosis({ diagnosis: was }: Incident, { id, diagnosis: now }: Incident): void {
    if (was && now && diagnosisDigest(was) === diagnosisDigest(now)) return;
    throw new FixError('PLAN_CHANGED', `Incident ${id} got another diagnosis during the dry run.`, {
        field: 'incident.diagnosis',
        cure: FOR_A_NEW_PLAN,
    });
}

function failingPlan(error: FixError): Transition {
    return (incident) => {
        requirePlannable(incident);
        return {
            incident: { ...incident, stage: 'failed', reason: failureText(error) },
            entries: [{ type: 'plan.failed', by: BY, text: failureText(error), data: { code: error.code } }],
        };
    };
}
