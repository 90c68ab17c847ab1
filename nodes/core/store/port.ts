import type { Incident } from '../model/incident';
import type { Stage } from '../model/stage';
import type { TimelineEntry } from '../model/timeline';
import type { Head } from '../signing/anchor';
import type { AnchorLog } from './anchor-log';
import type { Leases } from './leases';
import type { MemoryRecords } from './memory-records';
import type { Previews } from './previews';

/** An incident as stored. `version` is the number of its timeline entries. */
export interface StoredIncident {
    incident: Incident;
    version: number;
    /** Hash of the newest timeline entry; the next entry chains to it. */
    head: string;
}

/** A state transition: the new state and the timeline entries that led to it, in one atomic write. */
export interface Commit {
    /** Version the change was computed from; 0 creates the incident. */
    expectedVersion: number;
    incident: Incident;
    /** Sequence numbers expectedVersion + 1 and following; at least one. */
    entries: TimelineEntry[];
}

/** Who holds a group: `current` is joined by new alerts; `previous` ended before it. */
export interface GroupClaim {
    current: string;
    previous?: string;
}

/** Where in a list an incident stands: newest `updatedAt` (ISO) first, of the same time the greatest id first. */
export type ListPlace = Pick<Incident, 'id' | 'updatedAt'>;

export interface ListQuery {
    stages?: readonly Stage[];
    /** Maximum number returned (default 100). */
    limit?: number;
    /** Only incidents that stand behind this place: that of the last one of the page before. */
    before?: ListPlace;
}

/** The newest timeline entry of a stored incident. */
export interface StoredHead extends Head {
    /** Where the incident stands in the list; `id` is the incident's. */
    updatedAt: string;
    /** Version that the newest anchor of the incident names; 0 when none does. */
    anchored: number;
}

export interface ChangeNotice {
    id: string;
    version: number;
    stage: Stage;
}

/**
 * Where incidents live. Each method that writes is one atomic operation: a transaction in SQLite, a Lua
 * script in Redis. Every method rejects with `STORE_DOWN` when the store cannot be reached.
 */
export interface IncidentStore {
    /** Connects, creates what is missing. Idempotent. */
    open(): Promise<void>;
    close(): Promise<void>;
    /** Resolves when a write would succeed now; rejects with `STORE_DOWN` and the reason otherwise. */
    ping(): Promise<void>;

    /** Makes `candidate` the group's current incident if the group has none; answers who is. */
    claimGroup(groupKey: string, candidate: string): Promise<GroupClaim>;
    /** Ends `incidentId`'s hold of the group (it becomes `previous`); false if it did not hold it. */
    releaseGroup(groupKey: string, incidentId: string): Promise<boolean>;

    /** Writes the transition if the stored version is the expected one; false if it is not. */
    commit(change: Commit): Promise<boolean>;
    /**
     * The incident as it is where it survives the loss of one server, with all that was answered as written before: in
     * SQLite at once, since a write is answered when it is on disk; in Redis when a replica has it. Rejects with
     * `STORE_DOWN` when none has. A store that lost a server meanwhile may answer an older version.
     */
    settle(id: string): Promise<StoredIncident | undefined>;
    read(id: string): Promise<StoredIncident | undefined>;
    /** Entries with seq > `after` (default 0), ascending. */
    timeline(id: string, after?: number): Promise<TimelineEntry[]>;
    list(query?: ListQuery): Promise<StoredIncident[]>;
    /**
     * The heads of incidents that stand after this place (undefined: of all), oldest `updatedAt` first; at most
     * `limit`. Cheap: no incident is read. Version 0: the incident is listed, and is not there.
     */
    heads(after: ListPlace | undefined, limit: number): Promise<StoredHead[]>;
    /**
     * Ids of the incidents in these stages whose flow position is at `node`, without those that `instance` has sent on.
     * May name some that have moved on, and is cheap however many incidents there are.
     */
    idsLeftAt(node: string, stages: readonly Stage[], instance: string): Promise<string[]>;
    /** How many incidents there are in each stage; stages with none may be absent. */
    countByStage(): Promise<Partial<Record<Stage, number>>>;
    /**
     * Calls `listener` after each commit, of other processes too where the store is shared. Returns the way to stop.
     */
    watch(listener: (notice: ChangeNotice) => void): () => void;

    /**
     * Deletes ended incidents last updated before this time, with their timelines; answers how many. `removing` is told
     * of each portion first; when it rejects, so does this, and they stay.
     */
    sweep(before: Date, removing?: (heads: Head[]) => Promise<void>): Promise<number>;

    /** The chain of signed anchors over all incidents. */
    readonly anchors: AnchorLog;
    /** Who works on what, of all processes that share the store. */
    readonly leases: Leases;
    /** The dry runs that were shown, whole. */
    readonly previews: Previews;
    /** What is remembered of ended incidents. */
    readonly memories: MemoryRecords;
}
