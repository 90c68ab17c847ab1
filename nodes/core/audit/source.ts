import type { Incident } from '../model/incident';
import type { TimelineEntry } from '../model/timeline';
import type { Anchor } from '../signing/anchor';

/** One incident as it is audited: what its record says, and its timeline. */
export interface AuditedIncident {
    id: string;
    version: number;
    head: string;
    entries: TimelineEntry[];
    /** The incident as it is now; not part of the chain. */
    state?: Incident;
    /** Why it cannot be read; then there are no entries. */
    unreadable?: string;
}

/** Where an audit reads: a store, or an export. */
export interface AuditSource {
    /** The moment that it tells of: now, or when the export was written. */
    asOf(): Promise<Date>;
    /** Anchors with a number above `after`, ascending. */
    anchors(after?: number): AsyncIterable<Anchor>;
    /**
     * Every incident once, in the order of its last change. Read after the anchors, so that it is no older than they
     * are.
     */
    incidents(): AsyncIterable<AuditedIncident>;
    /** One of them; undefined when it is not there. */
    incident(id: string): Promise<AuditedIncident | undefined>;
}
