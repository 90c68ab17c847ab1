import { FixError } from '../errors';
import type { Approval, ApprovalTerms, Decision, GroupDirectory } from '../model/approval';
import { type Identity, identityText } from '../model/identity';
import type { Incident } from '../model/incident';
import { shortSeal } from '../model/plan';
import type { KeyRing } from '../signing/keys';
import { verifySeal } from '../signing/seal';
import type { Change, Incidents, Transition } from '../store/incidents';
import { cleanText } from './clean-text';
import { requireClockWentOn } from './clock-check';
import { signDecision, validApprovals } from './decision';
import { requireAsPlanned } from './draft-check';
import { isEntitled } from './entitled';
import { isBarredRequester, isSamePerson } from './people';
import { NEEDED } from './policy';
import {
    because,
    expired,
    isOver,
    notAsSealed,
    notEntitled,
    nothingToDecide,
    otherPlan,
    personOf,
    requesterRefused,
} from './refusals';

const LONGEST_REASON = 500;
const LONGEST_NAME = 80;
/** A card shows this many characters of the seal; fewer decide nothing. */
const SHORTEST_PREFIX = 8;

/** What any chat, page or command hands in. The platform attests `by`; it never comes from text. */
export interface DecisionRequest {
    incidentId: string;
    /** The seal that the person saw: the digest, or its beginning as the card shows it. */
    seal: string;
    verdict: Decision['verdict'];
    by: Identity;
    reason?: string;
}

/** `first-of-two`: recorded, and a second person is still needed. */
export type DecisionOutcome = 'approved' | 'first-of-two' | 'rejected';

/** What deciding needs. Without `directory` the groups of a platform count for nobody. */
export interface DecisionParts {
    incidents: Incidents;
    keys: KeyRing;
    directory?: GroupDirectory;
}

/**
 * Decides on a waiting fix: the one way in for every chat, page and plugin. One winner, whoever clicks at the
 * same time. Throws `INPUT_INVALID`, `INCIDENT_UNKNOWN`, `STAGE_WRONG`, `PLAN_CHANGED`, `PLAN_SIGNATURE_WRONG`,
 * `PLAN_EXPIRED`, `CLOCK_WRONG`, `PLAN_WITHDRAWN`, `POLICY_DENIED`, `ALREADY_DECIDED` or `NOT_ENTITLED`, each with a
 * sentence to show.
 */
export async function decide(
    { incidents, keys, directory }: DecisionParts,
    request: DecisionRequest,
): Promise<{ incident: Incident; outcome: DecisionOutcome }> {
    const asked = cleaned(request);
    const { incident } = await incidents.get(asked.incidentId);
    const { seal, terms } = requireWaiting(incident, asked, keys, incidents.now());
    if (!(await isEntitled(asked.by, terms.approvers, directory))) throw notEntitled(asked.by, terms);
    const decided = await incidents.change(asked.incidentId, deciding({ ...asked, seal }, keys));
    return { incident: decided, outcome: outcomeOf(decided) };
}

/** Who decides has been found entitled by the terms under exactly this seal. */
function deciding(asked: DecisionRequest, keys: KeyRing): Transition {
    return (incident, now) => {
        const { terms, approval } = requireWaiting(incident, asked, keys, now);
        const { incidentId, seal, verdict, by, reason } = asked;
        const decision = signDecision(keys, {
            incidentId,
            seal,
            verdict,
            by,
            at: now.toISOString(),
            ...(reason === undefined ? {} : { reason }),
        });
        if (verdict === 'reject') return rejected(incident, approval, decision);
        const others = validApprovals(incident, keys);
        requireNewApprover(terms, others, by);
        return granted(incident, { ...approval, decisions: [...others, decision] }, decision, NEEDED[terms.decision]);
    };
}

/** The sealed terms of an incident that waits for a decision on the seal asked about. */
function requireWaiting(
    incident: Incident,
    asked: DecisionRequest,
    keys: KeyRing,
    now: Date,
): { seal: string; terms: ApprovalTerms; approval: Approval } {
    const { id, stage, plan, seal, approval } = incident;
    if (!plan?.terms || !seal || !approval) {
        throw approval && approval.state !== 'waiting' ? isOver(approval, incident) : nothingToDecide(incident);
    }
    if (!seal.digest.startsWith(asked.seal)) throw otherPlan(id, seal);
    if (approval.state !== 'waiting') throw isOver(approval, incident);
    if (stage !== 'waiting') throw nothingToDecide(incident);
    if (!verifySeal(plan, seal, keys)) throw notAsSealed(id, seal, keys);
    if (asked.verdict === 'approve') requireAsPlanned(incident);
    requireClockWentOn(incident, now, [incident.updatedAt]);
    if (now >= new Date(plan.terms.expiresAt)) throw expired(plan.terms.expiresAt);
    return { seal: seal.digest, terms: plan.terms, approval };
}

function requireNewApprover(terms: ApprovalTerms, others: Decision[], by: Identity): void {
    const before = others.find((decision) => isSamePerson(decision.by, by, terms.people))?.by;
    if (before) {
        const elsewhere = identityText(before) === identityText(by) ? '' : ` as ${personOf(before)}`;
        throw new FixError('ALREADY_DECIDED', `You have approved already${elsewhere}; a second person is needed.`);
    }
    if (isBarredRequester(by, terms)) throw requesterRefused(terms);
}

function granted(incident: Incident, approval: Approval, { by, reason, seal }: Decision, needed: number): Change {
    const given = approval.decisions.length;
    const state = given >= needed ? 'approved' : 'waiting';
    const count = needed > 1 ? ` (${given} of ${needed})` : '';
    return {
        incident: { ...incident, stage: state, approval: { ...approval, state } },
        entries: [
            {
                type: 'approval.granted',
                by,
                text: `Approved by ${personOf(by)}${count}, seal ${shortSeal(seal)}${because(reason)}.`,
                data: { seal, given, needed },
            },
        ],
    };
}

function rejected(incident: Incident, approval: Approval, decision: Decision): Change {
    const { by, reason, seal } = decision;
    const text = `Rejected by ${personOf(by)}${because(reason)}.`;
    return {
        incident: {
            ...incident,
            stage: 'refused',
            reason: text,
            approval: {
                ...approval,
                state: 'rejected',
                decisions: [...approval.decisions, decision],
                ...(reason === undefined ? {} : { reason }),
            },
        },
        entries: [{ type: 'approval.rejected', by, text, data: { seal } }],
    };
}

function cleaned(request: DecisionRequest): DecisionRequest {
    const seal = request.seal.trim().toLowerCase();
    if (!/^[0-9a-f]*$/.test(seal) || seal.length < SHORTEST_PREFIX || seal.length > 64) {
        throw new FixError(
            'INPUT_INVALID',
            `The seal must be at least the ${SHORTEST_PREFIX} characters that the card shows.`,
            { field: 'seal' },
        );
    }
    const { platform, id, name } = request.by;
    const by = { platform, id, ...(name === undefined ? {} : { name: cleanText(name, LONGEST_NAME) }) };
    const reason = cleanText(request.reason ?? '', LONGEST_REASON);
    const { incidentId, verdict } = request;
    return { incidentId, seal, verdict, by, ...(reason === '' ? {} : { reason }) };
}

function outcomeOf({ stage }: Incident): DecisionOutcome {
    if (stage === 'refused') return 'rejected';
    return stage === 'waiting' ? 'first-of-two' : 'approved';
}
