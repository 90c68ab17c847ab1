import { canonicalJson, hasDigest, type JsonObject, sha256 } from '../text/json';
import { identityText } from './identity';
import type { Actor } from './incident';

/** What happened, in dotted lower case: `<thing>.<past participle>`. */
export type TimelineType =
    | 'incident.opened'
    | 'alerts.joined'
    | 'alerts.changed'
    | 'alerts.repeated'
    | 'alerts.resolved'
    | 'memory.recalled'
    | 'memory.remembered'
    | 'diagnosis.started'
    | 'evidence.recorded'
    | 'diagnosis.made'
    | 'diagnosis.inconclusive'
    | 'plan.started'
    | 'plan.made'
    | 'plan.failed'
    | 'plan.sealed'
    | 'approval.waiting'
    | 'approval.granted'
    | 'approval.rejected'
    | 'approval.expired'
    | 'approval.withdrawn'
    | 'approval.denied'
    | 'approval.escalated'
    | 'run.checking'
    | 'run.intended'
    | 'run.started'
    | 'run.task'
    | 'run.ended'
    | 'run.refused'
    | 'run.unknown'
    | 'run.cancelled'
    | 'rollback.started'
    | 'rollback.ended'
    | 'verification.started'
    | 'verification.made'
    | 'card.posted'
    | 'card.updated'
    | 'card.answered'
    | 'card.failed'
    | 'attachment.started'
    | 'attachment.sent'
    | 'attachment.failed'
    | 'flow.sent'
    | 'flow.resumed'
    | 'incident.closed'
    | 'incident.reopened';

export interface NewTimelineEntry {
    type: TimelineType;
    by: Actor;
    /** One plain sentence for people. */
    text: string;
    data?: JsonObject;
}

/**
 * One line of the audit log. `hash` covers everything else; `prev` is the hash of the line before ('' for the first).
 */
export interface TimelineEntry {
    seq: number;
    at: string;
    type: TimelineType;
    by: string;
    text: string;
    data?: JsonObject;
    prev: string;
    hash: string;
}

/** What the hash of an entry covers. */
function hashed(incidentId: string, entry: Omit<TimelineEntry, 'hash'>): object {
    return { incident: incidentId, ...entry };
}

/** Numbers and chains new entries after the entry `after.seq` whose hash is `after.hash`. */
export function chain(
    incidentId: string,
    after: { seq: number; hash: string },
    at: string,
    entries: readonly NewTimelineEntry[],
): TimelineEntry[] {
    let { seq, hash: prev } = after;
    return entries.map(({ type, by, text, data }) => {
        seq += 1;
        const author = typeof by === 'string' ? by : identityText(by);
        const body = { seq, at, type, by: author, text, ...(data === undefined ? {} : { data }), prev };
        prev = sha256(canonicalJson(hashed(incidentId, body)));
        return { ...body, hash: prev };
    });
}

/** Where a chain breaks first: entry `seq` was altered, or is not there. */
export interface ChainFault {
    seq: number;
    fault: 'altered' | 'missing';
}

/**
 * The first entry that does not fit the chain, or undefined when the chain is whole. Entries may be whatever a store
 * was made to hold.
 */
export function chainFault(incidentId: string, entries: readonly (TimelineEntry | null)[]): ChainFault | undefined {
    let prev = '';
    let seq = 0;
    for (const entry of entries) {
        seq += 1;
        const { hash = '', ...body } = entry ?? ({} as TimelineEntry);
        if (body.seq > seq) return { seq, fault: 'missing' };
        if (body.seq !== seq || body.prev !== prev || !hasDigest(hashed(incidentId, body), hash))
            return { seq, fault: 'altered' };
        prev = hash;
    }
    return undefined;
}

/** Seq of the first entry that does not fit the chain, or undefined when the chain is whole. */
export function firstBrokenLink(incidentId: string, entries: readonly TimelineEntry[]): number | undefined {
    return chainFault(incidentId, entries)?.seq;
}
