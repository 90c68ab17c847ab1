import type { Stage } from '../../core/model/stage';
import type { TimelineEntry } from '../../core/model/timeline';
import type { Head } from '../../core/signing/anchor';
import type { AnchorLog } from '../../core/store/anchor-log';
import type { Leases } from '../../core/store/leases';
import { Listeners } from '../../core/store/listeners';
import type { MemoryRecords } from '../../core/store/memory-records';
import type {
    ChangeNotice,
    Commit,
    GroupClaim,
    IncidentStore,
    ListPlace,
    ListQuery,
    StoredHead,
    StoredIncident,
} from '../../core/store/port';
import type { Previews } from '../../core/store/previews';
import { Connection, type SqliteOptions } from './connection';
import { IncidentList } from './incident-list';
import { sweep } from './retention';
import { storedIncident } from './rows';
import { SqliteAnchors } from './sqlite-anchors';
import { SqliteLeases } from './sqlite-leases';
import { SqliteMemories } from './sqlite-memories';
import { SqlitePreviews } from './sqlite-previews';
import { writeTransition } from './transition';

/**
 * The embedded incident store: one SQLite file, one process, every answered write on disk. The file and its
 * folder are readable by their owner only.
 */
export class SqliteStore implements IncidentStore {
    readonly anchors: AnchorLog;
    readonly leases: Leases;
    readonly previews: Previews;
    readonly memories: MemoryRecords;
    private readonly connection: Connection;
    private readonly incidents: IncidentList;
    private readonly listeners = new Listeners();

    /** `file`: path of the database; its folder is made when missing. */
    constructor(
        readonly file: string,
        options: SqliteOptions = {},
    ) {
        this.connection = new Connection(file, options);
        this.anchors = new SqliteAnchors(this.connection);
        this.incidents = new IncidentList(this.connection);
        this.leases = new SqliteLeases(this.connection);
        this.previews = new SqlitePreviews(this.connection);
        this.memories = new SqliteMemories(this.connection);
    }

    open(): Promise<void> {
        return this.connection.open();
    }

    close(): Promise<void> {
        return this.connection.close();
    }

    async ping(): Promise<void> {
        await this.connection.write(({ sql }) => sql.probe.run({ now: Date.now() }));
    }

    /** A new claim is on disk no later than the incident that is created for it in the same turn of the event loop. */
    async claimGroup(groupKey: string, candidate: string): Promise<GroupClaim> {
        const row = this.connection.query(
            ({ sql, batch }) =>
                sql.readGroup.get({ group: groupKey }) ??
                batch.now(() => sql.claimGroup.get({ group: groupKey, id: candidate })),
        );
        const previous = row?.previous ?? undefined;
        return { current: String(row?.current), ...(previous === undefined ? {} : { previous: String(previous) }) };
    }

    releaseGroup(groupKey: string, incidentId: string): Promise<boolean> {
        return this.connection.write(
            ({ sql }) => sql.releaseGroup.run({ group: groupKey, id: incidentId }).changes === 1,
        );
    }

    async commit(change: Commit): Promise<boolean> {
        const written = await this.connection.write(({ sql }) => writeTransition(sql, change));
        if (written) this.notify(change);
        return written;
    }

    /**
     * Nothing to wait for: a transition is answered after COMMIT, and `synchronous = FULL` flushes the log before that.
     */
    settle(id: string): Promise<StoredIncident | undefined> {
        return this.read(id);
    }

    async read(id: string): Promise<StoredIncident | undefined> {
        const row = this.connection.query(({ sql }) => sql.readIncident.get({ id }));
        return row && storedIncident(row);
    }

    async timeline(id: string, after = 0): Promise<TimelineEntry[]> {
        const rows = this.connection.query(({ sql }) => sql.readTimeline.all({ id, after }));
        return rows.map((row): TimelineEntry => JSON.parse(String(row.body)));
    }

    list(query: ListQuery = {}): Promise<StoredIncident[]> {
        return this.incidents.list(query);
    }

    heads(after: ListPlace | undefined, limit: number): Promise<StoredHead[]> {
        return this.incidents.heads(after, limit);
    }

    idsLeftAt(node: string, stages: readonly Stage[], instance: string): Promise<string[]> {
        return this.incidents.idsLeftAt(node, stages, instance);
    }

    countByStage(): Promise<Partial<Record<Stage, number>>> {
        return this.incidents.countByStage();
    }

    watch(listener: (notice: ChangeNotice) => void): () => void {
        return this.listeners.add(listener);
    }

    sweep(before: Date, removing?: (heads: Head[]) => Promise<void>): Promise<number> {
        return sweep(this.connection, before, removing);
    }

    private notify({ incident, entries }: Commit): void {
        this.listeners.tell({ id: incident.id, version: entries.at(-1)?.seq ?? 0, stage: incident.stage });
    }
}
