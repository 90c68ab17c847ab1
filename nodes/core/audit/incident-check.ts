import { chainFault, type TimelineEntry } from '../model/timeline';
import { hasDigest } from '../text/json';
import type { AuditedIncident } from './source';

/** What is wrong with the timeline of one incident. */
export type IncidentFault =
    /** Entry `seq` was altered or replaced. */
    | { fault: 'entry-altered'; seq: number }
    /** Entry `seq` is not there, others behind it are. */
    | { fault: 'entry-missing'; seq: number }
    /** Entries from `seq` on were rewritten as a whole: entry `named` is not the one that anchor `anchor` names. */
    | { fault: 'rewritten'; seq: number; named: number; anchor: number }
    /**
     * The timeline ends before entry `seq`; `named` is the entry that anchor `anchor`, or without one the incident's
     * record, names.
     */
    | { fault: 'tail-cut'; seq: number; named: number; anchor?: number }
    /** The record of the incident names another entry than the timeline's `seq`. */
    | { fault: 'record-altered'; seq: number }
    /** What the incident's record says of this is not what entry `seq` holds the digest of. */
    | { fault: 'state-altered'; seq: number; what: 'plan' | 'outcome' | 'rollback' | 'verification' }
    | { fault: 'unreadable'; seq: number; reason: string };

/** What an anchor says of an incident. */
export interface AnchoredPoint {
    version: number;
    head: string;
    anchor: number;
}

/** The first thing that is wrong with the timeline, by itself and by the anchors; undefined when nothing is. */
export function incidentFault(incident: AuditedIncident, points: readonly AnchoredPoint[]): IncidentFault | undefined {
    const { id, entries, version, head, unreadable } = incident;
    if (unreadable !== undefined) return { fault: 'unreadable', seq: 1, reason: unreadable };
    const broken = chainFault(id, entries);
    if (broken) return { fault: broken.fault === 'missing' ? 'entry-missing' : 'entry-altered', seq: broken.seq };
    const next = entries.length + 1;
    let good = 0;
    for (const point of [...points].sort((a, b) => a.version - b.version || a.anchor - b.anchor)) {
        const entry = entries[point.version - 1];
        if (entry && entry.hash !== point.head)
            return { fault: 'rewritten', seq: good + 1, named: point.version, anchor: point.anchor };
        if (!entry) return { fault: 'tail-cut', seq: next, named: point.version, anchor: point.anchor };
        good = point.version;
    }
    if (version > entries.length) return { fault: 'tail-cut', seq: next, named: version };
    if (version > 0 && entries[version - 1]?.hash !== head) return { fault: 'record-altered', seq: version };
    return draftFault(incident) ?? stateFault(incident);
}

/**
 * Is the plan of the record the one that the newest dry run made, and the gate sealed? Entries of earlier versions do
 * not say which it was.
 */
function draftFault({ state, entries, version }: AuditedIncident): IncidentFault | undefined {
    if (!state?.plan) return undefined;
    const known = entries.slice(0, version);
    const { terms: _terms, ...draft } = state.plan;
    const made = known.findLast(({ type }) => type === 'plan.made');
    const sealed = known.findLast(({ type, seq }) => type === 'plan.sealed' && seq > (made?.seq ?? 0));
    const wrong = [made, sealed].find((entry) => {
        const digest = entry?.data?.draft;
        return typeof digest === 'string' && !hasDigest(draft, digest);
    });
    return wrong && { fault: 'state-altered', seq: wrong.seq, what: 'plan' };
}

/**
 * Is what was approved, done and verified, as the record tells it, what the chain holds the digests of? Only once a run
 * began; what an earlier run of the incident came to is not in the record any more.
 */
function stateFault({ state, entries, version }: AuditedIncident): IncidentFault | undefined {
    if (!state?.run) return undefined;
    const known = entries.slice(0, version);
    const begun = known.findLast(({ type }) => type === 'run.intended')?.seq ?? 0;
    const compare = (
        what: Extract<IncidentFault, { what: string }>['what'],
        types: readonly TimelineEntry['type'][],
        member: string,
        fits: (told: string) => boolean,
    ): IncidentFault | undefined => {
        const told = what === 'plan' ? known : known.slice(begun);
        const entry = told.findLast(({ type, data }) => types.includes(type) && typeof data?.[member] === 'string');
        return entry && !fits(String(entry.data?.[member]))
            ? { fault: 'state-altered', seq: entry.seq, what }
            : undefined;
    };
    const { plan, run, verification } = state;
    return (
        compare('plan', ['approval.granted'], 'seal', (seal) => hasDigest(plan, seal)) ??
        compare('outcome', ['run.ended', 'run.cancelled'], 'outcome', (digest) => hasDigest(run.outcome, digest)) ??
        compare('rollback', ['rollback.ended'], 'outcome', (digest) => hasDigest(run.rollback, digest)) ??
        compare('verification', ['verification.made'], 'result', (result) => result === verification?.result)
    );
}
