import { asFixError, FixError, failureText } from '../errors';
import type { Approval, ApprovalTerms, Policy } from '../model/approval';
import { type FlowPosition, firingAlerts, type Incident } from '../model/incident';
import { type Plan, shortSeal } from '../model/plan';
import type { NewTimelineEntry, TimelineType } from '../model/timeline';
import type { KeyRing } from '../signing/keys';
import { sealPlan, verifySeal } from '../signing/seal';
import type { Change, Transition } from '../store/incidents';
import { signDecision, validApprovals } from './decision';
import { requireDraft } from './draft-check';
import { NEEDED, termsFor } from './policy';
import { clockTime, keyIsGone, personOf } from './refusals';

/** Outputs of an approval gate, counted from 0. */
export const APPROVED = 0;
export const REFUSED = 1;
export const WAITING = 2;

/** A gate's own rules about an incident. */
export interface Gate {
    /** Id of the gate node. */
    id: string;
    policy: Policy;
    keys: KeyRing;
    /** Flow position "put on this output", of this process. */
    sent: (output: number) => FlowPosition;
    /** Throws when the plan does not follow from the runbooks; absent: only the run asks that. */
    requireDerived?(incident: Incident, plan: Plan): void;
}

/**
 * A planned incident comes to the gate: its plan is sealed under the terms of the policy, and waits, is approved
 * by a rule, or is refused. The flow position says on which output it goes.
 */
export function opening(gate: Gate): Transition {
    return (incident, now) => {
        const { plan } = incident;
        if (!plan || incident.stage !== 'planned') throw notPlanned(incident);
        const fault = draftFault(gate, incident, plan);
        if (fault) return notOurs(incident, gate, fault, now);
        if (firingAlerts(incident).length === 0) {
            return withdrawn(incident, gate, now, 'The alert resolved before its fix was offered for approval.');
        }
        const terms = termsFor(gate.policy, incident, plan, now, gate.id);
        if (terms.decision === 'deny') return denied(incident, gate, terms, now);
        const opened = sealed(incident, plan, terms, gate, now);
        return terms.decision === 'automatic' ? automatic(opened, gate, terms, now) : waiting(opened, gate, terms);
    };
}

/** After its time an approval that still waits is refused. */
export const expiring: Transition = (incident, now) => {
    const { approval } = incident;
    if (incident.stage !== 'waiting' || !approval || now < new Date(approval.expiresAt))
        return { incident, entries: [] };
    const reason = `Nobody decided until ${clockTime(approval.expiresAt)}; the approval expired.`;
    return refused(incident, { ...approval, state: 'expired', reason }, 'approval.expired', reason);
};

/** When an approval must be called out, or undefined: not asked for, done, or no longer waiting. */
export function escalationDue({ stage, approval }: Incident, { escalateSeconds }: Policy): Date | undefined {
    if (stage !== 'waiting' || !approval || approval.escalatedAt !== undefined || escalateSeconds === 0)
        return undefined;
    return new Date(Date.parse(approval.expiresAt) - escalateSeconds * 1000);
}

/** Notes once, some time before expiry, that still nobody has decided. */
export function escalating(policy: Policy): Transition {
    return (incident, now) => {
        const due = escalationDue(incident, policy);
        const { approval } = incident;
        if (!approval || !due || now < due) return { incident, entries: [] };
        return {
            incident: { ...incident, approval: { ...approval, escalatedAt: now.toISOString() } },
            entries: [
                entry(
                    'approval.escalated',
                    `Nobody has decided yet; the approval expires at ${clockTime(approval.expiresAt)}.`,
                ),
            ],
        };
    };
}

/** True while the gate has not yet carried the incident on from its waiting output. */
export function isHeldBy(gateId: string, { flow }: Incident): boolean {
    return flow.node === gateId && flow.state === 'sent' && flow.port === WAITING;
}

/**
 * A decided incident leaves the gate, once: the flow position moves from the waiting output to the approved or
 * the refused one. An approval whose seal or signatures do not hold is refused here.
 */
export function leaving(gate: Gate): Transition {
    return (incident) => {
        if (!isHeldBy(gate.id, incident)) return { incident, entries: [] };
        if (incident.stage === 'refused') return sent(incident, gate, REFUSED);
        if (incident.stage !== 'approved') return { incident, entries: [] };
        if (isApprovalSound(incident, gate.keys)) return sent(incident, gate, APPROVED);
        const reason = whyUnsound(incident, gate.keys);
        const { approval } = incident;
        const change = refused(
            incident,
            approval && { ...approval, state: 'denied', reason },
            'approval.denied',
            reason,
        );
        return { ...change, incident: { ...change.incident, flow: gate.sent(REFUSED) } };
    };
}

/** One sentence about where the incident stands at the gate, for `msg.payload`. */
export function gateText({ stage, plan, seal, approval, reason, id }: Incident): string {
    const fix = plan ? `"${plan.action.title}" on ${plan.hosts.join(', ')}` : id;
    if (stage === 'waiting') {
        return `${fix} waits for ${approval?.needed === 2 ? 'two approvals' : 'an approval'} until ${clockTime(approval?.expiresAt ?? '')}, seal ${shortSeal(seal?.digest ?? '')}.`;
    }
    if (stage !== 'approved') return reason ?? `${fix} is ${stage}.`;
    const people =
        approval?.decisions.map(({ by }) => (by.platform === 'policy' ? `rule "${by.id}"` : personOf(by))) ?? [];
    return `${fix} is approved by ${people.join(' and ')}.`;
}

function whyUnsound({ seal }: Incident, keys: KeyRing): string {
    if (seal && !keys.knows(seal.keyId)) return keyIsGone(seal, keys).message;
    return 'The stored approval is not one that this system signed for this plan.';
}

function isApprovalSound(incident: Incident, keys: KeyRing): boolean {
    const { plan, seal } = incident;
    if (!plan?.terms || !seal || !verifySeal(plan, seal, keys)) return false;
    return validApprovals(incident, keys).length >= Math.max(1, NEEDED[plan.terms.decision]);
}

function sealed(incident: Incident, plan: Plan, terms: ApprovalTerms, { keys }: Gate, now: Date): Incident {
    const approval: Approval = {
        state: 'waiting',
        needed: NEEDED[terms.decision],
        decisions: [],
        since: now.toISOString(),
        expiresAt: terms.expiresAt,
    };
    const { reason: _earlier, ...rest } = incident;
    return { ...rest, ...sealPlan(plan, terms, keys), approval };
}

function waiting(incident: Incident, gate: Gate, terms: ApprovalTerms): Change {
    const people = terms.decision === 'two' ? 'two approvals' : 'an approval';
    return {
        incident: { ...incident, stage: 'waiting', flow: gate.sent(WAITING) },
        entries: [
            sealEntry(incident, terms),
            entry(
                'approval.waiting',
                `Waits for ${people} of ${terms.approvers.join(', ')} until ${clockTime(terms.expiresAt)}.`,
            ),
        ],
    };
}

function automatic(incident: Incident, gate: Gate, terms: ApprovalTerms, now: Date): Change {
    const by = { platform: 'policy', id: terms.rule } as const;
    const seal = incident.seal?.digest ?? '';
    const decision = signDecision(gate.keys, {
        incidentId: incident.id,
        seal,
        verdict: 'approve',
        by,
        at: now.toISOString(),
    });
    const approval = incident.approval && { ...incident.approval, state: 'approved' as const, decisions: [decision] };
    return {
        incident: { ...incident, stage: 'approved', approval, flow: gate.sent(APPROVED) },
        entries: [
            sealEntry(incident, terms),
            {
                type: 'approval.granted',
                by,
                text: `Approved by rule "${terms.rule}", seal ${shortSeal(seal)}.`,
                data: { seal, given: 0, needed: 0 },
            },
        ],
    };
}

function denied(incident: Incident, gate: Gate, terms: ApprovalTerms, now: Date): Change {
    const reason = terms.reason ?? 'The policy denies this fix.';
    return atOnce(incident, gate, { state: 'denied', reason }, now, 'approval.denied');
}

function withdrawn(incident: Incident, gate: Gate, now: Date, reason: string): Change {
    return atOnce(incident, gate, { state: 'withdrawn', reason }, now, 'approval.withdrawn');
}

/** Why this plan is not sealed, whatever the policy says. */
function draftFault({ keys, requireDerived }: Gate, incident: Incident, plan: Plan): FixError | undefined {
    try {
        requireDraft(incident, plan, keys);
        requireDerived?.(incident, plan);
        return undefined;
    } catch (thrown) {
        return asFixError(thrown);
    }
}

function notOurs(incident: Incident, gate: Gate, fault: FixError, now: Date): Change {
    const reason = failureText(fault);
    const change = atOnce(incident, gate, { state: 'denied', reason }, now, 'approval.denied');
    return { ...change, entries: [entry('approval.denied', reason, { code: fault.code })] };
}

/** Refused on arrival, without ever waiting. */
function atOnce(
    incident: Incident,
    gate: Gate,
    end: { state: Approval['state']; reason: string },
    now: Date,
    type: TimelineType,
): Change {
    const at = now.toISOString();
    const change = refused(incident, { ...end, needed: 0, decisions: [], since: at, expiresAt: at }, type, end.reason);
    return { ...change, incident: { ...change.incident, flow: gate.sent(REFUSED) } };
}

function refused(incident: Incident, approval: Approval | undefined, type: TimelineType, reason: string): Change {
    return {
        incident: { ...incident, stage: 'refused', reason, ...(approval === undefined ? {} : { approval }) },
        entries: [entry(type, reason)],
    };
}

function sent(incident: Incident, gate: Gate, output: number): Change {
    const text = output === APPROVED ? 'Carried on as approved.' : 'Carried on as refused.';
    return {
        incident: { ...incident, flow: gate.sent(output) },
        entries: [entry('flow.sent', text, { port: output })],
    };
}

function sealEntry({ seal, draft }: Incident, terms: ApprovalTerms): NewTimelineEntry {
    const digest = seal?.digest ?? '';
    return entry('plan.sealed', `Plan sealed as ${shortSeal(digest)} under rule "${terms.rule}".`, {
        seal: digest,
        rule: terms.rule,
        ...(draft === undefined ? {} : { draft: draft.digest }),
    });
}

function entry(type: TimelineType, text: string, data?: NewTimelineEntry['data']): NewTimelineEntry {
    return { type, by: 'node:approval-gate', text, ...(data === undefined ? {} : { data }) };
}

function notPlanned({ id, stage }: Incident): FixError {
    return new FixError('STAGE_WRONG', `Incident ${id} is ${stage}; the approval gate takes planned ones.`, {
        field: 'incident.stage',
        cure: 'Put ansible-exec in mode "dry run" before this gate.',
    });
}
