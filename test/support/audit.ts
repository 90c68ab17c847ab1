import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { openDatabase } from '../../nodes/adapters/sqlite/load-sqlite';
import { SqliteStore } from '../../nodes/adapters/sqlite/sqlite-store';
import { Anchoring } from '../../nodes/core/audit/anchoring';
import { type Clock, systemClock } from '../../nodes/core/clock';
import type { Incident } from '../../nodes/core/model/incident';
import type { NewTimelineEntry, TimelineEntry } from '../../nodes/core/model/timeline';
import type { Anchor } from '../../nodes/core/signing/anchor';
import type { KeyRing } from '../../nodes/core/signing/keys';
import { Incidents } from '../../nodes/core/store/incidents';
import type { IncidentStore } from '../../nodes/core/store/port';
import { keys } from './approvals';
import { anIncident } from './incidents';
import { startRedis } from './redis';

/** A process that writes incidents and anchors them. */
export interface AuditedProcess {
    store: IncidentStore;
    incidents: Incidents;
    anchoring: Anchoring;
    /** What was reported. */
    reported: unknown[];
}

export function audited(store: IncidentStore, clock: Clock = systemClock, signing: KeyRing = keys): AuditedProcess {
    const reported: unknown[] = [];
    const anchoring = new Anchoring({
        store,
        keys: () => Promise.resolve(signing),
        clock,
        report: (thrown) => void reported.push(thrown),
    });
    return { store, anchoring, incidents: new Incidents(store, clock, anchoring.observe), reported };
}

/** Writes an incident of so many entries; answers its id. */
export async function written(
    { incidents }: Pick<AuditedProcess, 'incidents'>,
    entries: number,
    parts: Partial<Incident> = {},
): Promise<string> {
    const incident = anIncident(parts);
    await incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    for (let count = 2; count <= entries; count += 1) await note({ incidents }, incident.id, `Entry ${count}.`);
    return incident.id;
}

export async function note(
    { incidents }: Pick<AuditedProcess, 'incidents'>,
    id: string,
    text: string,
    type: NewTimelineEntry['type'] = 'evidence.recorded',
): Promise<void> {
    await incidents.change(id, (incident) => ({ incident, entries: [{ type, by: 'node:llm-diagnose', text }] }));
}

/** Somebody who can write the store, without the signing key. */
export interface Intruder {
    /** Writes the whole timeline anew, and the incident's record to fit. */
    timeline(id: string, entries: TimelineEntry[]): Promise<void>;
    /** Writes the timeline anew, without the record. */
    entries(id: string, entries: TimelineEntry[]): Promise<void>;
    /** Makes the first entry something that is no JSON. */
    garble(id: string): Promise<void>;
    deleteIncident(id: string): Promise<void>;
    anchor(anchor: Anchor): Promise<void>;
    deleteAnchors(from: number, to: number): Promise<void>;
}

/** A store of a kind, empty, with somebody who gets at it directly. */
export interface AttackedStore {
    store: SqliteStore | RedisStore;
    /** Another process's connection; the embedded store has only one. */
    another(): Promise<IncidentStore>;
    intruder: Intruder;
    close(): Promise<void>;
}

export async function attackedSqlite(): Promise<AttackedStore & { folder: string }> {
    const folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-audit-'));
    const file = path.join(folder, 'incidents.db');
    const store = new SqliteStore(file);
    await store.open();
    const database = openDatabase(file);
    database.exec('PRAGMA busy_timeout = 5000');
    const run = (sql: string, ...values: (string | number)[]): void => void database.prepare(sql).run(...values);
    const entries: Intruder['entries'] = async (id, wanted) => {
        run('DELETE FROM timeline WHERE incident = ?', id);
        wanted.forEach((entry, at) =>
            run('INSERT INTO timeline (incident, seq, body) VALUES (?, ?, ?)', id, at + 1, JSON.stringify(entry)),
        );
    };
    return {
        store,
        folder,
        another: () => Promise.resolve(store),
        intruder: {
            entries,
            timeline: async (id, wanted) => {
                await entries(id, wanted);
                run(
                    'UPDATE incident SET version = ?, head = ? WHERE id = ?',
                    wanted.length,
                    wanted.at(-1)?.hash ?? '',
                    id,
                );
            },
            garble: async (id) => run('UPDATE timeline SET body = ? WHERE incident = ? AND seq = 1', '{"seq":', id),
            deleteIncident: async (id) => {
                run('DELETE FROM timeline WHERE incident = ?', id);
                run('DELETE FROM incident WHERE id = ?', id);
            },
            anchor: async (anchor) =>
                run('INSERT OR REPLACE INTO anchor (seq, body) VALUES (?, ?)', anchor.seq, JSON.stringify(anchor)),
            deleteAnchors: async (from, to) => run('DELETE FROM anchor WHERE seq BETWEEN ? AND ?', from, to),
        },
        close: async () => {
            database.close();
            await store.close();
            await rm(folder, { recursive: true, force: true });
        },
    };
}

export async function attackedRedis(): Promise<AttackedStore & { url: string }> {
    const server = await startRedis();
    const nodes = [{ host: '127.0.0.1', port: server.port }];
    const store = new RedisStore({ mode: 'standalone', nodes });
    await store.open();
    const raw = new Redis(server.port);
    const opened: RedisStore[] = [store];
    const entries: Intruder['entries'] = async (id, wanted) => {
        await raw.del(`a2f:{${id}}:timeline`);
        if (wanted.length > 0) await raw.rpush(`a2f:{${id}}:timeline`, ...wanted.map((entry) => JSON.stringify(entry)));
    };
    const deleteAnchors: Intruder['deleteAnchors'] = async (from, to) =>
        void (await raw.zremrangebyscore('a2f:{audit}:anchors', from, to));
    return {
        store,
        url: `redis://127.0.0.1:${server.port}`,
        another: async () => {
            const other = new RedisStore({ mode: 'standalone', nodes });
            await other.open();
            opened.push(other);
            return other;
        },
        intruder: {
            entries,
            deleteAnchors,
            timeline: async (id, wanted) => {
                await entries(id, wanted);
                await raw.hset(`a2f:{${id}}:incident`, 'version', wanted.length, 'head', wanted.at(-1)?.hash ?? '');
            },
            garble: async (id) => void (await raw.lset(`a2f:{${id}}:timeline`, 0, '{"seq":')),
            deleteIncident: async (id) => {
                await raw.del(`a2f:{${id}}:timeline`, `a2f:{${id}}:incident`);
                await raw.zrem('a2f:{index}:updated', id);
            },
            anchor: async (anchor) => {
                await deleteAnchors(anchor.seq, anchor.seq);
                await raw.zadd('a2f:{audit}:anchors', anchor.seq, JSON.stringify(anchor));
            },
        },
        close: async () => {
            raw.disconnect();
            for (const one of opened) await one.close();
            await server.close();
        },
    };
}
