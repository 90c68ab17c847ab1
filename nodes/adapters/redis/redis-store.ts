import { z } from 'zod';
import type { Head } from '../../core/audit/anchor';
import { FixError } from '../../core/errors';
import { newNonce } from '../../core/incident/id';
import { STAGES, isEnded, type Stage } from '../../core/incident/stage';
import type { MemoryRecord } from '../../core/memory/memory';
import { Listeners } from '../../core/store/listeners';
import type { ChangeNotice, Commit, GroupClaim, IncidentStore, ListPlace, ListQuery, StoredHead, StoredIncident } from '../../core/store/port';
import type { TimelineEntry } from '../../core/store/timeline';
import { Connection, type Client, type RedisStoreOptions } from './connection';
import { IncidentIndex, placeOf } from './incident-index';
import { Keys } from './keys';
import { Memories } from './memories';
import { RedisAnchors } from './redis-anchors';
import { runScript, type ScriptName } from './scripts';
import { settle } from './settle';

/** Incidents read at once, so that a long list does not fill the connection. */
const READ_PORTION = 500;

const changeNotice = z.object({ id: z.string(), version: z.number(), stage: z.enum(STAGES) });

interface Connected {
    connection: Connection;
    index: IncidentIndex;
    memories: Memories;
}

/**
 * The shared incident store: several Node-RED processes and the Botkube plugin on one Redis, alone, behind
 * Sentinels, or as a Cluster. Every transition is one Lua script.
 */
export class RedisStore implements IncidentStore {
    readonly anchors: RedisAnchors;
    private readonly keys: Keys;
    private readonly listeners = new Listeners();
    private connected?: Connected;
    private subscriber?: Connection;

    constructor(private readonly options: RedisStoreOptions) {
        this.keys = new Keys(options.namespace ?? 'a2f');
        this.anchors = new RedisAnchors(() => this.requireConnected().connection, this.keys);
    }

    /** Rejects while Redis cannot be reached, but keeps trying: call again, or just use the store, later. */
    async open(): Promise<void> {
        this.connected ??= this.connect();
        await this.ping();
    }

    async close(): Promise<void> {
        this.subscriber?.close();
        this.connected?.connection.close();
        this.subscriber = undefined;
        this.connected = undefined;
    }

    async ping(): Promise<void> {
        await this.requireConnected().connection.ask((client) => client.set(this.keys.ping, '1', 'PX', 1000));
    }

    async claimGroup(groupKey: string, candidate: string): Promise<GroupClaim> {
        const answer = await this.run('claim-group', [this.keys.group(groupKey)], [candidate]);
        const [current, previous] = z.tuple([z.string(), z.string().nullable()]).parse(answer);
        return { current, ...(previous === null ? {} : { previous }) };
    }

    async releaseGroup(groupKey: string, incidentId: string): Promise<boolean> {
        return (await this.run('release-group', [this.keys.group(groupKey)], [incidentId])) === 1;
    }

    async commit(change: Commit): Promise<boolean> {
        const { incident, entries, expectedVersion } = change;
        const last = entries.at(-1);
        if (!last) return false;
        const told: ChangeNotice = { id: incident.id, version: last.seq, stage: incident.stage };
        const write = (token: string, index: readonly string[]): Promise<unknown> =>
            this.run('commit', [this.keys.incident(incident.id), this.keys.timeline(incident.id), ...index], [
                expectedVersion, last.seq, last.hash, JSON.stringify(incident), token, this.keys.changes, JSON.stringify(told),
                incident.id, ...placeOf(incident), ...entries.map((entry) => JSON.stringify(entry)),
            ]);
        if (this.options.mode !== 'cluster') return (await write(newNonce(), this.keys.index)) === 1;
        const { index } = this.requireConnected();
        const mark = await index.mark(incident.id);
        const written = (await write(mark.token, [])) === 1;
        // The transition is decided; an index that cannot be reached now is healed by the mark.
        await (written ? index.put({ incident, version: last.seq }, mark) : index.unmark(mark)).catch(() => undefined);
        return written;
    }

    async settle(id: string): Promise<StoredIncident | undefined> {
        const { connection } = this.requireConnected();
        const { deadlineMs } = connection;
        const settlement = {
            mark: this.keys.settled(id),
            read: (server: Client) => this.readFrom(server, id),
            replicaNeeded: this.options.mode !== 'standalone',
        };
        return connection.ask(() => settle(connection, settlement, deadlineMs), 3 * deadlineMs);
    }

    async read(id: string): Promise<StoredIncident | undefined> {
        return this.requireConnected().connection.ask((client) => this.readFrom(client, id));
    }

    async timeline(id: string, after = 0): Promise<TimelineEntry[]> {
        const entries = await this.requireConnected().connection.ask((client) => client.lrange(this.keys.timeline(id), after, -1));
        return entries.map((entry): TimelineEntry => JSON.parse(entry));
    }

    async keepPreview(id: string, nonce: string, text: string): Promise<void> {
        await this.requireConnected().connection.ask((client) => client.hsetnx(this.keys.previews(id), nonce, text));
    }

    async preview(id: string, nonce: string): Promise<string | undefined> {
        return (await this.requireConnected().connection.ask((client) => client.hget(this.keys.previews(id), nonce))) ?? undefined;
    }

    async list({ stages, limit = 100, before }: ListQuery = {}): Promise<StoredIncident[]> {
        const ids = await this.requireConnected().index.candidates(stages, limit, before);
        const found: StoredIncident[] = [];
        for (let start = 0; start < ids.length; start += READ_PORTION) {
            const portion = await Promise.all(ids.slice(start, start + READ_PORTION).map((id) => this.read(id)));
            found.push(...portion.filter((stored) => stored !== undefined));
        }
        return found
            .filter(({ incident }) => stages === undefined || stages.includes(incident.stage))
            .filter(({ incident }) => before === undefined || newestFirst(incident, before) > 0)
            .sort((a, b) => newestFirst(a.incident, b.incident))
            .slice(0, limit);
    }

    async heads(after: ListPlace | undefined, limit: number): Promise<StoredHead[]> {
        const { connection, index } = this.requireConnected();
        const places = await index.placesAfter(after, limit);
        const [stored, anchored] = await Promise.all([
            connection.ask((client) => Promise.all(places.map(({ id }) => client.hmget(this.keys.incident(id), 'version', 'head')))),
            this.anchors.versions(places.map(({ id }) => id)),
        ]);
        return places.map(({ id, updatedAt }, at) => {
            const [version, head] = stored[at] ?? [];
            return { incident: id, updatedAt, version: Number(version ?? 0), head: head ?? '', anchored: anchored[at] ?? 0 };
        });
    }

    async idsLeftAt(node: string, stages: readonly Stage[], instance: string): Promise<string[]> {
        return this.requireConnected().index.leftAt(node, stages, instance);
    }

    async countByStage(): Promise<Partial<Record<Stage, number>>> {
        return this.requireConnected().index.countByStage();
    }

    watch(listener: (notice: ChangeNotice) => void): () => void {
        const stop = this.listeners.add(listener);
        this.subscriber ??= this.subscribe();
        return () => {
            stop();
            if (this.listeners.size > 0) return;
            this.subscriber?.close();
            this.subscriber = undefined;
        };
    }

    async lease(name: string, owner: string, ttlMs: number): Promise<boolean> {
        return (await this.run('take-lease', [this.keys.lease(name)], [owner, ttlMs])) === 1;
    }

    async releaseLease(name: string, owner: string): Promise<boolean> {
        return (await this.run('release-lease', [this.keys.lease(name)], [owner])) === 1;
    }

    async leaseOwner(name: string): Promise<string | undefined> {
        return (await this.requireConnected().connection.ask((client) => client.get(this.keys.lease(name)))) ?? undefined;
    }

    async remember(record: MemoryRecord): Promise<void> {
        return this.requireConnected().memories.remember(record);
    }

    async recall(query: { identity: string; alertname: string; limit: number }): Promise<MemoryRecord[]> {
        return this.requireConnected().memories.recall(query);
    }

    async sweep(before: Date, removing?: (heads: Head[]) => Promise<void>): Promise<number> {
        let swept = 0;
        for (const stage of STAGES.filter(isEnded)) {
            const ids = await this.requireConnected().index.idsBefore(stage, before.getTime());
            for (let start = 0; start < ids.length; start += READ_PORTION) {
                const portion = await this.sweepable(ids.slice(start, start + READ_PORTION), before);
                if (portion.length > 0) await removing?.(portion.map(({ incident, version, head }) => ({ incident: incident.id, version, head })));
                for (const stored of portion) swept += await this.delete(stored);
            }
        }
        return swept;
    }

    /** Those of the ids that may be deleted; the index is mended for the others. */
    private async sweepable(ids: readonly string[], before: Date): Promise<StoredIncident[]> {
        const { index } = this.requireConnected();
        const found: StoredIncident[] = [];
        for (const id of ids) {
            const stored = await this.read(id);
            if (!stored) await index.remove(id);
            else if (isEnded(stored.incident.stage) && new Date(stored.incident.updatedAt) < before) found.push(stored);
            else await index.put(stored);
        }
        return found;
    }

    /** 1, or 0 when it changed meanwhile. */
    private async delete({ incident: { id, groupKey }, version }: StoredIncident): Promise<number> {
        await this.run('forget-group', [this.keys.group(groupKey)], [id]);
        const deleted = await this.run('delete-incident', [this.keys.incident(id), this.keys.timeline(id), this.keys.previews(id)], [version]);
        if (deleted !== 1) return 0;
        await this.requireConnected().index.remove(id);
        return 1;
    }

    private async readFrom(client: Client, id: string): Promise<StoredIncident | undefined> {
        const [body, version, head] = await client.hmget(this.keys.incident(id), 'body', 'version', 'head');
        if (!body) return undefined;
        return { incident: JSON.parse(body), version: Number(version), head: head ?? '' };
    }

    private connect(): Connected {
        const connection = new Connection(this.options);
        const index = new IncidentIndex(connection, this.keys, (id) => this.read(id));
        return { connection, index, memories: new Memories(connection, this.keys) };
    }

    private requireConnected(): Connected {
        if (this.connected) return this.connected;
        throw new FixError('STORE_DOWN', 'The connection to Redis is not open.', {
            cure: 'Look at the status of the incident store for the reason.',
        });
    }

    private async run(name: ScriptName, keys: string[], args: (string | number)[]): Promise<unknown> {
        return this.requireConnected().connection.ask((client) => runScript(client, name, keys, args));
    }

    private subscribe(): Connection {
        const subscriber = new Connection(this.options);
        subscriber.client.on('message', (_channel: string, text: string) => {
            const told = parseNotice(text);
            if (told) this.listeners.tell(told);
        });
        const join = (): void => {
            subscriber.client.subscribe(this.keys.changes).catch(() => undefined);
        };
        subscriber.client.on('ready', join);
        return subscriber;
    }
}

/** A notice of the channel; undefined when something else was published there. */
function parseNotice(text: string): ChangeNotice | undefined {
    try {
        return changeNotice.parse(JSON.parse(text));
    } catch {
        return undefined;
    }
}

function newestFirst(a: ListPlace, b: ListPlace): number {
    if (a.updatedAt !== b.updatedAt) return a.updatedAt < b.updatedAt ? 1 : -1;
    return a.id < b.id ? 1 : -1;
}
