import type { Matcher } from '../text/matcher';
import type { Identity } from './identity';
import type { Risk } from './runbook';

/**
 * When a rule applies: days 0 (Sunday) to 6, minutes of the day in an IANA time zone; `to` before `from` runs past
 * midnight.
 */
export interface TimeWindow {
    days: number[];
    from: string;
    to: string;
    timeZone: string;
}

/**
 * Who may decide: a person such as `slack:<team>/<user>`, a group of a platform such as `slack-group:<team>/<group>`, or
 * `group:<name>`, a group named in the gate. {@link file://./platforms.ts} has the forms.
 */
export type Approver = string;

/** One rule of an approval gate; the first that matches applies, none means deny. */
export interface PolicyRule {
    name: string;
    match: Matcher[];
    risks: Risk[];
    window?: TimeWindow;
    decision: 'automatic' | 'one' | 'two' | 'deny';
    approvers: Approver[];
    /** Where one decides: may that be the person who asked for the fix? Where two decide, never. */
    requesterMayApprove?: boolean;
}

/** Accounts of one person each, by a name for that person; written as approvers. It gives nobody a right. */
export type People = Readonly<Record<string, readonly Approver[]>>;

export interface Policy {
    rules: PolicyRule[];
    groups: Record<string, Approver[]>;
    /** Accounts on several platforms that are one person, who counts once. */
    people?: People;
    /** How long an approval may wait, seconds. */
    expirySeconds: number;
    /** Note to the card so long before expiry, seconds; 0 for none. */
    escalateSeconds: number;
}

/** The terms the gate set for one plan; sealed with it. */
export interface ApprovalTerms {
    gate: string;
    rule: string;
    decision: 'automatic' | 'one' | 'two' | 'deny';
    /** Groups of the gate resolved to people; groups of a platform are asked at the decision and at the run. */
    approvers: Approver[];
    setAt: string;
    expiresAt: string;
    /** Those of the gate's {@link Policy.people} who may matter for this plan; absent when there are none. */
    people?: People;
    /** Who asked for the fix by hand, and therefore does not approve it. */
    requestedBy?: Identity;
    /** The rule lets the person who asked approve all the same; only where one decides. */
    requesterMayApprove?: true;
    /** Why it is denied, one sentence; only with `deny`. */
    reason?: string;
}

/** A signed decision on one seal by one person or rule. */
export interface Decision {
    incidentId: string;
    /** Digest of the seal decided on. */
    seal: string;
    verdict: 'approve' | 'reject';
    by: Identity;
    at: string;
    reason?: string;
    keyId: string;
    /** HMAC-SHA256, hex, over the canonical JSON of everything else. */
    signature: string;
}

export interface Approval {
    state: 'waiting' | 'approved' | 'rejected' | 'expired' | 'withdrawn' | 'denied';
    /** How many approvals are needed: 0, 1 or 2. */
    needed: number;
    decisions: Decision[];
    since: string;
    expiresAt: string;
    /** When the run took it. An approval is consumed once. */
    consumedAt?: string;
    escalatedAt?: string;
    reason?: string;
}

/** Answers whether a person is in a group of their platform. Rejects when that cannot be known: nobody is entitled. */
export interface GroupDirectory {
    isMember(group: Approver, person: Identity): Promise<boolean>;
}
