import { FixError } from '../errors';
import { FOR_A_NEW_PLAN, ONCE_REFUSED } from '../incident/diagnose-again';
import type { Approval, ApprovalTerms } from '../model/approval';
import { type Identity, identityText } from '../model/identity';
import type { Incident } from '../model/incident';
import { type Seal, shortSeal } from '../model/plan';
import type { KeyRing } from '../signing/keys';

/** The field of a refusal whose reason is that the person asked for the fix. */
export const REQUESTED_BY = 'requestedBy';

/** A person with name and account, for sentences. */
export function personOf(by: Identity): string {
    return by.name ? `${by.name} (${identityText(by)})` : identityText(by);
}

/** `: reason`, or nothing. */
export function because(reason: string | undefined): string {
    return reason === undefined ? '' : `: ${reason}`;
}

/** `12:05 UTC` of an ISO time. */
export function clockTime(iso: string): string {
    return `${iso.slice(11, 16)} UTC`;
}

export function nothingToDecide({ id, stage }: Incident): FixError {
    return new FixError('STAGE_WRONG', `Incident ${id} is ${stage}; there is nothing to decide.`);
}

export function otherPlan(incidentId: string, current: Seal): FixError {
    return new FixError(
        'PLAN_CHANGED',
        `This is not the current plan of ${incidentId}: its seal is ${shortSeal(current.digest)}.`,
        {
            field: 'seal',
            cure: 'Decide on the newest card.',
        },
    );
}

export function notAsSealed(incidentId: string, seal: Seal, keys: KeyRing): FixError {
    return keys.knows(seal.keyId) ? changedSinceSealed(incidentId) : keyIsGone(seal, keys);
}

/** The key that signed the seal, a draft or a diagnosis is not among the keys of this store here. */
export function keyIsGone(
    { keyId }: Pick<Seal, 'keyId'>,
    keys: KeyRing,
    what: 'plan' | 'draft' | 'diagnosis' = 'plan',
): FixError {
    return new FixError(
        'PLAN_SIGNATURE_WRONG',
        `The ${what} is not signed with a key that is known here: it was ${what === 'plan' ? 'sealed' : 'signed'} with the signing key ${keyId}, which is not among the keys here (${keys.ids().join(', ')}).`,
        {
            field: what === 'plan' ? 'seal.keyId' : `${what}.keyId`,
            cure: `Enter that key again as a further line of "Sign with" in the incident store, in every Node-RED. ${ONCE_REFUSED}`,
        },
    );
}

function changedSinceSealed(incidentId: string): FixError {
    return new FixError('PLAN_SIGNATURE_WRONG', `The plan of ${incidentId} is not the one that was sealed.`, {
        cure: `Do not approve it; look at the timeline. ${ONCE_REFUSED}`,
    });
}

export function expired(expiresAt: string): FixError {
    return new FixError('PLAN_EXPIRED', `The approval expired at ${clockTime(expiresAt)}.`, {
        cure: FOR_A_NEW_PLAN,
    });
}

export function notEntitled(by: Identity, terms: ApprovalTerms): FixError {
    const who = terms.approvers.join(', ');
    return new FixError('NOT_ENTITLED', `${personOf(by)} may not decide on this fix.`, {
        cure: who ? `It can be decided by ${who}.` : 'Nobody may: the policy names no approver.',
    });
}

/** Who asked for a fix does not approve it, unless one decides and the rule lets them. */
export function requesterRefused({ decision, rule }: ApprovalTerms): FixError {
    const why =
        decision === 'two'
            ? 'where two must approve, others do.'
            : `rule "${rule}" leaves the approval to somebody else.`;
    return new FixError('NOT_ENTITLED', `You asked for this fix; ${why}`, {
        field: REQUESTED_BY,
        cure: 'Let another approver decide; you may reject it.',
    });
}

/** Why an approval that no longer waits takes no decision: already decided by whom, expired, withdrawn, denied. */
export function isOver(approval: Approval, incident: Incident): FixError {
    switch (approval.state) {
        case 'withdrawn':
            return new FixError(
                'PLAN_WITHDRAWN',
                approval.reason ?? 'The approval was withdrawn: the alert has resolved.',
            );
        case 'denied':
            return new FixError('POLICY_DENIED', approval.reason ?? 'The policy denies this fix.');
        case 'expired':
            return expired(approval.expiresAt);
        default: {
            const last = approval.decisions.at(-1);
            const by = last ? ` by ${personOf(last.by)} at ${clockTime(last.at)}${because(last.reason)}` : '';
            return new FixError('ALREADY_DECIDED', `Incident ${incident.id} is already ${approval.state}${by}.`);
        }
    }
}
