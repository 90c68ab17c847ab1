import { requireClockWentOn } from '../approval/clock-check';
import { validApprovals } from '../approval/decision';
import { isEntitled } from '../approval/entitled';
import { countingPeople, isBarredRequester } from '../approval/people';
import { NEEDED, termsFor } from '../approval/policy';
import { FixError } from '../errors';
import { DIAGNOSE_AGAIN, FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import type { ApprovalTerms, Decision } from '../model/approval';
import { identityText } from '../model/identity';
import type { RemediationParts } from './parts';
import type { SealedFix } from './sealed-fix';

/** As many decisions as the sealed terms ask for, each signed by this system for this seal. */
export function isSigned({ keys }: Pick<RemediationParts, 'keys'>, { incident, plan }: SealedFix): void {
    const { terms } = plan;
    if (!terms || terms.decision === 'deny')
        throw new FixError('POLICY_DENIED', 'The sealed plan carries no terms that allow it to run.', {
            field: 'approval',
        });
    const given = validApprovals(incident, keys).length;
    const needed = Math.max(1, NEEDED[terms.decision]);
    if (given >= needed) return;
    const foreign = (incident.approval?.decisions ?? []).find(({ keyId }) => !keys.knows(keyId));
    throw new FixError(
        'NOT_APPROVED',
        `The plan needs ${needed} signed ${needed === 1 ? 'approval' : 'approvals'} of this seal; it has ${given}.` +
            (foreign
                ? ` One is signed with the key ${foreign.keyId}, which is not among the keys here (${keys.ids().join(', ')}).`
                : ''),
        { field: 'approval.decisions' },
    );
}

/** Those who approved may do so now as well. */
export async function areEntitled(
    { keys, directoryOf }: RemediationParts,
    { incident, plan }: SealedFix,
): Promise<void> {
    const { terms } = plan;
    if (!terms)
        throw new FixError('POLICY_DENIED', 'The sealed plan carries no terms that allow it to run.', {
            field: 'approval',
        });
    const decisions = validApprovals(incident, keys);
    const needed = Math.max(1, NEEDED[terms.decision]);
    if (terms.decision === 'automatic') {
        if (decisions.some(({ by }) => by.platform === 'policy' && by.id === terms.rule)) return;
        throw new FixError('NOT_ENTITLED', `Rule "${terms.rule}" has not approved this plan.`, {
            field: 'approval.decisions',
        });
    }
    const directory = directoryOf(terms.gate);
    const entitled = await Promise.all(decisions.map(({ by }) => isEntitled(by, terms.approvers, directory)));
    const counting = countingPeople(
        decisions.filter((_decision, index) => entitled[index]),
        terms,
    );
    if (counting.length >= needed) return;
    if (entitled.every(Boolean)) throw tooFewPeople(decisions, terms);
    const former = decisions.filter((_decision, index) => !entitled[index]).map(({ by }) => identityText(by));
    throw new FixError(
        'NOT_ENTITLED',
        `${former.join(', ')} approved, and may not approve now; the terms name ${terms.approvers.join(', ') || 'nobody'}.`,
        { field: 'approval.decisions' },
    );
}

/** The approvals must also satisfy the policy as it is deployed now, for the moment at which the terms were set. */
export async function policyIsNoStricter(
    { keys, policyOf, directoryOf, incidents }: RemediationParts,
    { incident, plan }: SealedFix,
): Promise<void> {
    const gate = plan.terms?.gate ?? '';
    const policy = policyOf(gate);
    if (!policy) throw stricter('The approval gate that set the terms of this plan is not deployed here any more.');
    const now = termsFor(policy, plan.terms ?? {}, plan, new Date(plan.terms?.setAt ?? plan.madeAt), gate);
    const then = `The approval gate was changed after the approval, which was given under ${termsText(plan.terms)}`;
    if (now.decision === 'deny') throw stricter(`${then}: ${now.reason ?? 'it denies this fix now.'}`);
    if (incidents.now() >= new Date(now.expiresAt))
        throw stricter(`${then}, to last until ${plan.terms?.expiresAt}; now it lasts until ${now.expiresAt}.`);
    if (now.decision === 'automatic') return;
    const needed = NEEDED[now.decision];
    const decisions = validApprovals(incident, keys);
    const entitled = await Promise.all(decisions.map(({ by }) => isEntitled(by, now.approvers, directoryOf(gate))));
    const mayApprove = decisions.filter((_decision, index) => entitled[index]);
    const given = countingPeople(mayApprove, now).length;
    if (given >= needed) return;
    if (mayApprove.length >= needed) throw stricter(`${then}: ${tooFewPeople(mayApprove, now).message}`);
    throw stricter(
        `${then}: rule "${now.rule}" asks for ${needed} of ${now.approvers.join(', ')} now, and ${given} of them approved.`,
    );
}

/** All of them may approve, and they are too few persons: some are one person, or asked for the fix. */
function tooFewPeople(decisions: readonly Decision[], terms: ApprovalTerms): FixError {
    const who = decisions.map(({ by }) => identityText(by)).join(', ');
    const asked = decisions.some(({ by }) => isBarredRequester(by, terms))
        ? ', and who asked for the fix does not count'
        : '';
    const count = countingPeople(decisions, terms).length;
    return new FixError(
        'NOT_ENTITLED',
        `rule "${terms.rule}" asks for ${NEEDED[terms.decision]} and counts ${who} as ${count}${asked}.`,
        { field: 'approval.decisions' },
    );
}

function termsText(terms: ApprovalTerms | undefined): string {
    if (!terms) return 'no terms';
    return `rule "${terms.rule}" (${terms.decision}${terms.approvers.length > 0 ? ` of ${terms.approvers.join(', ')}` : ''})`;
}

function stricter(message: string): FixError {
    return new FixError('POLICY_STRICTER', message, {
        field: 'approval',
        cure: `To have it approved under the present policy, ${DIAGNOSE_AGAIN}.`,
    });
}

export async function clockWentOn({ incidents }: RemediationParts, { incident }: SealedFix): Promise<void> {
    const timeline = await incidents.store.timeline(incident.id);
    requireClockWentOn(
        incident,
        incidents.now(),
        timeline.map(({ at }) => at),
    );
}

/** The approval lasts until the sealed time. */
export function isInTime({ incidents }: RemediationParts, { plan }: SealedFix): void {
    const expiresAt = plan.terms?.expiresAt ?? plan.madeAt;
    const now = incidents.now();
    if (now < new Date(expiresAt)) return;
    throw new FixError('PLAN_EXPIRED', `The approval expired at ${expiresAt}; it is ${now.toISOString()} now.`, {
        field: 'approval',
        cure: FOR_A_NEW_PLAN,
    });
}
