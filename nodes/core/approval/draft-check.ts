import { FixError } from '../errors';
import { FOR_A_NEW_PLAN, ONCE_REFUSED } from '../incident/diagnose-again';
import { isNonce } from '../incident/id';
import type { Incident } from '../model/incident';
import type { Plan } from '../model/plan';
import type { KeyRing } from '../signing/keys';
import { isOurDraft } from '../signing/provenance';
import { alteredSincePlan } from './as-sealed';
import { keyIsGone } from './refusals';

/**
 * Whoever can write to the store can write a plan there. So nothing takes up one that no dry run of this system made for
 * this incident, from what the incident now says. Throws `PLAN_SIGNATURE_WRONG`, or `PLAN_CHANGED` for what a card shows
 * beside the plan.
 */
export function requireDraft(incident: Incident, plan: Plan, keys: KeyRing): void {
    const { id, draft } = incident;
    if (!draft) throw foreign(id, 'carries no signature of a dry run: it is of an earlier version, or written by hand');
    if (!keys.knows(draft.keyId)) throw keyIsGone(draft, keys, 'draft');
    if (!isOurDraft(keys, plan, draft)) throw foreign(id, 'is not the one that the dry run made');
    if (plan.incidentId !== id) throw foreign(id, `was made for the incident ${plan.incidentId}`);
    if (!isNonce(plan.nonce)) throw foreign(id, 'has no valid nonce');
    requireAsPlanned(incident);
}

/** What a card shows beside the plan must be what the plan was made from. Throws `PLAN_CHANGED`. */
export function requireAsPlanned(incident: Incident): void {
    const altered = alteredSincePlan(incident);
    if (altered === undefined) return;
    const isEarlier = incident.plan?.about === undefined;
    throw new FixError('PLAN_CHANGED', `${altered}${isEarlier ? '' : ' after the dry run'}.`, {
        field: isEarlier ? 'plan.about' : 'incident',
        cure: `Do not approve it. ${ONCE_REFUSED}`,
    });
}

function foreign(id: string, what: string): FixError {
    return new FixError('PLAN_SIGNATURE_WRONG', `The plan of ${id} ${what}.`, {
        field: 'plan',
        cure: `Look at the timeline first. ${FOR_A_NEW_PLAN}`,
    });
}
