import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Head } from '../../core/audit/anchor';
import type { AnchorLog } from '../../core/audit/anchor-log';
import { FixError } from '../../core/errors';
import { STAGES, isEnded, type Stage } from '../../core/incident/stage';
import type { MemoryRecord } from '../../core/memory/memory';
import { Listeners } from '../../core/store/listeners';
import type { ChangeNotice, Commit, GroupClaim, IncidentStore, ListPlace, ListQuery, StoredHead, StoredIncident } from '../../core/store/port';
import type { TimelineEntry } from '../../core/store/timeline';
import { makePrivate, takeHold } from './exclusive-hold';
import { Leases } from './leases';
import { openDatabase } from './load-sqlite';
import { prepareDatabase, prepareToRead, type Statements } from './schema';
import { SqliteAnchors } from './sqlite-anchors';
import { storeDown } from './store-down';
import { WriteBatch } from './write-batch';

type Row = Record<string, SQLOutputValue>;

interface Opened {
    database: DatabaseSync;
    sql: Statements;
    batch: WriteBatch;
    leases: Leases;
    letGo: () => void;
}

/** Stands before every incident of a list: it sorts after every ISO 8601 time. */
const TOP: ListPlace = { updatedAt: '~', id: '' };

/** Incidents deleted in one transaction, so that a long sweep lets other writes through. */
const SWEEP_PORTION = 200;

export interface SqliteOptions {
    /** How long `open` waits for another process to let go of the file, milliseconds; default 2000. */
    patienceMs?: number;
    /** Opens the file beside the process that has it; everything that writes rejects. */
    readOnly?: boolean;
}

/**
 * The embedded incident store: one SQLite file, one process, every answered write on disk. The file and its
 * folder are readable by their owner only.
 */
export class SqliteStore implements IncidentStore {
    private opening?: Promise<Opened>;
    private opened?: Opened;
    private readonly listeners = new Listeners();
    readonly anchors: AnchorLog = new SqliteAnchors({
        query: (work) => this.query(({ sql }) => work(sql)),
        write: (work) => this.write(({ sql }) => work(sql)),
    });

    /** `file`: path of the database; its folder is made when missing. */
    constructor(
        readonly file: string,
        private readonly options: SqliteOptions = {},
    ) {}

    async open(): Promise<void> {
        this.opening ??= this.connect();
        try {
            this.opened = await this.opening;
        } catch (thrown) {
            this.opening = undefined;
            throw storeDown(this.file, thrown);
        }
    }

    async close(): Promise<void> {
        const opened = await this.opening?.catch(() => undefined);
        this.opening = undefined;
        this.opened = undefined;
        if (!opened?.database.isOpen) return;
        opened.batch.flush();
        opened.database.close();
        opened.letGo();
    }

    async ping(): Promise<void> {
        await this.write(({ sql }) => sql.probe.run({ now: Date.now() }));
    }

    /** A new claim is on disk no later than the incident that is created for it in the same turn of the event loop. */
    async claimGroup(groupKey: string, candidate: string): Promise<GroupClaim> {
        const row = this.query(({ sql, batch }) =>
            sql.readGroup.get({ group: groupKey }) ?? batch.now(() => sql.claimGroup.get({ group: groupKey, id: candidate })));
        const previous = row?.previous ?? undefined;
        return { current: String(row?.current), ...(previous === undefined ? {} : { previous: String(previous) }) };
    }

    releaseGroup(groupKey: string, incidentId: string): Promise<boolean> {
        return this.write(({ sql }) => sql.releaseGroup.run({ group: groupKey, id: incidentId }).changes === 1);
    }

    async commit(change: Commit): Promise<boolean> {
        const written = await this.write(({ sql }) => writeTransition(sql, change));
        if (written) this.notify(change);
        return written;
    }

    /** Nothing to wait for: a transition is answered after COMMIT, and `synchronous = FULL` flushes the log before that. */
    settle(id: string): Promise<StoredIncident | undefined> {
        return this.read(id);
    }

    async read(id: string): Promise<StoredIncident | undefined> {
        const row = this.query(({ sql }) => sql.readIncident.get({ id }));
        return row && storedIncident(row);
    }

    async timeline(id: string, after = 0): Promise<TimelineEntry[]> {
        const rows = this.query(({ sql }) => sql.readTimeline.all({ id, after }));
        return rows.map((row): TimelineEntry => JSON.parse(String(row.body)));
    }

    async keepPreview(id: string, nonce: string, text: string): Promise<void> {
        await this.write(({ sql }) => sql.keepPreview.run({ id, nonce, text }));
    }

    async preview(id: string, nonce: string): Promise<string | undefined> {
        const row = this.query(({ sql }) => sql.readPreview.get({ id, nonce }));
        return row && String(row.text);
    }

    async list(query: ListQuery = {}): Promise<StoredIncident[]> {
        const { stages, limit = 100, before = TOP } = query;
        const page = { before: before.updatedAt, beforeId: before.id, limit };
        const rows = this.query(({ sql }) =>
            stages ? sql.listStages.all({ stages: JSON.stringify(stages), ...page }) : sql.list.all(page),
        );
        return rows.map(storedIncident);
    }

    async heads(after: ListPlace | undefined, limit: number): Promise<StoredHead[]> {
        const page = { after: after?.updatedAt ?? '', afterId: after?.id ?? '', limit };
        return this.query(({ sql }) => sql.heads.all(page)).map((row) => ({
            ...headOf(row), updatedAt: String(row.updated_at), anchored: Number(row.anchored),
        }));
    }

    async idsLeftAt(node: string, stages: readonly Stage[], instance: string): Promise<string[]> {
        const rows = this.query(({ sql }) => sql.idsLeftAt.all({ node, stages: JSON.stringify(stages), instance }));
        return rows.map(({ id }) => String(id));
    }

    async countByStage(): Promise<Partial<Record<Stage, number>>> {
        const rows = this.query(({ sql }) => sql.countByStage.all());
        return Object.fromEntries(rows.map((row) => [String(row.stage), Number(row.count)]));
    }

    watch(listener: (notice: ChangeNotice) => void): () => void {
        return this.listeners.add(listener);
    }

    async lease(name: string, owner: string, ttlMs: number): Promise<boolean> {
        if (!survivesRestart(name)) return this.requireOpened().leases.take(name, owner, ttlMs);
        return this.write(({ sql, leases }) => {
            const now = Date.now();
            const holder = leases.ownerOf(name);
            if (holder !== undefined && holder !== owner) return false;
            return sql.lease.run({ name, owner, now, until: now + ttlMs }).changes === 1 && leases.take(name, owner, ttlMs);
        });
    }

    async releaseLease(name: string, owner: string): Promise<boolean> {
        if (!survivesRestart(name)) return this.requireOpened().leases.release(name, owner);
        return this.write(({ sql, leases }) => {
            const held = leases.release(name, owner);
            return sql.releaseLease.run({ name, owner, now: Date.now() }).changes === 1 || held;
        });
    }

    async leaseOwner(name: string): Promise<string | undefined> {
        if (!survivesRestart(name)) return this.requireOpened().leases.ownerOf(name);
        const holder = this.requireOpened().leases.ownerOf(name);
        if (holder !== undefined) return holder;
        const row = this.query(({ sql }) => sql.leaseOwner.get({ name, now: Date.now() }));
        return row && String(row.owner);
    }

    async remember(record: MemoryRecord): Promise<void> {
        const { incidentId: id, identity, alertname, at } = record;
        await this.write(({ sql }) => sql.remember.run({ id, identity, alertname, at, body: JSON.stringify(record) }));
    }

    async recall({ identity, alertname, limit }: { identity: string; alertname: string; limit: number }): Promise<MemoryRecord[]> {
        const rows = this.query(({ sql }) => [
            ...sql.recallIdentity.all({ identity, limit }),
            ...sql.recallAlertname.all({ alertname, limit }),
            ...sql.recallNewest.all({ limit }),
        ]);
        const bodies = new Map(rows.map((row) => [String(row.incident), String(row.body)]));
        return [...bodies.values()].slice(0, limit).map((body): MemoryRecord => JSON.parse(body));
    }

    async sweep(before: Date, removing?: (heads: Head[]) => Promise<void>): Promise<number> {
        const of = { stages: JSON.stringify(STAGES.filter(isEnded)), before: before.toISOString(), limit: SWEEP_PORTION };
        let swept = 0;
        for (;;) {
            const portion = this.query(({ sql }) => sql.sweepable.all(of)).map(headOf);
            if (portion.length > 0) await removing?.(portion);
            const deleted = await this.write(({ sql }) => deletePortion(sql, portion));
            swept += deleted;
            if (portion.length < SWEEP_PORTION || deleted === 0) return swept;
        }
    }

    private async connect(): Promise<Opened> {
        if (this.options.readOnly) {
            const { database, sql } = prepared(openDatabase(this.file, { readOnly: true }), prepareToRead);
            return { database, sql, batch: new WriteBatch(database), leases: new Leases(), letGo: () => undefined };
        }
        mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
        const letGo = await takeHold(this.file, this.options.patienceMs ?? 2000);
        try {
            makePrivate(this.file);
            const { database, sql } = prepared(openDatabase(this.file), prepareDatabase);
            return { database, sql, batch: new WriteBatch(database), leases: new Leases(), letGo };
        } catch (thrown) {
            letGo();
            throw thrown;
        }
    }

    private async write<Result>(work: (opened: Opened) => Result): Promise<Result> {
        const opened = this.requireOpened();
        try {
            return await opened.batch.add(() => work(opened));
        } catch (thrown) {
            throw storeDown(this.file, thrown);
        }
    }

    private query<Result>(work: (opened: Opened) => Result): Result {
        const opened = this.requireOpened();
        try {
            return work(opened);
        } catch (thrown) {
            throw storeDown(this.file, thrown);
        }
    }

    private requireOpened(): Opened {
        if (this.opened) return this.opened;
        throw new FixError('STORE_DOWN', `The incident store ${this.file} is not open.`, {
            cure: 'Look at the status of the incident store for the reason.',
        });
    }

    private notify({ incident, entries }: Commit): void {
        this.listeners.tell({ id: incident.id, version: entries.at(-1)?.seq ?? 0, stage: incident.stage });
    }
}

/** A database that cannot be used is closed again: `open` is called until it succeeds. */
function prepared(database: DatabaseSync, prepare: (database: DatabaseSync) => Statements): Pick<Opened, 'database' | 'sql'> {
    try {
        return { database, sql: prepare(database) };
    } catch (thrown) {
        database.close();
        throw thrown;
    }
}

/** Hosts stay taken when this process dies, because Ansible may still work on them. */
function survivesRestart(lease: string): boolean {
    return lease.startsWith('host:');
}

function writeTransition(sql: Statements, { expectedVersion, incident, entries }: Commit): boolean {
    const last = entries.at(-1);
    if (!last) return false;
    const { id, stage, updatedAt, groupKey: group, flow } = incident;
    const position = { node: flow.node, sentBy: flow.state === 'sent' ? flow.instance : '' };
    const row = { id, version: last.seq, head: last.hash, stage, updatedAt, group, ...position, body: JSON.stringify(incident) };
    const result =
        expectedVersion === 0 ? sql.createIncident.run(row) : sql.changeIncident.run({ ...row, expected: expectedVersion });
    if (result.changes !== 1) return false;
    for (const entry of entries) sql.appendEntry.run({ id, seq: entry.seq, body: JSON.stringify(entry) });
    return true;
}

/** Deletes the incidents that did not change meanwhile; answers how many. */
function deletePortion(sql: Statements, portion: readonly Head[]): number {
    let deleted = 0;
    for (const { incident: id, version } of portion) {
        if (!sql.isVersion.get({ id, version })) continue;
        sql.forgetGroup.run({ id });
        sql.deleteTimeline.run({ id });
        sql.deletePreviews.run({ id });
        sql.deleteIncident.run({ id });
        deleted += 1;
    }
    if (deleted > 0) sql.deleteEmptyGroups.run();
    return deleted;
}

function headOf(row: Row): Head {
    return { incident: String(row.id), version: Number(row.version), head: String(row.head) };
}

function storedIncident(row: Row): StoredIncident {
    return { incident: JSON.parse(String(row.body)), version: Number(row.version), head: String(row.head) };
}
