import { z } from 'zod';
import { FixError } from '../../core/errors';
import type { Stage } from '../../core/model/stage';
import type { TimelineEntry } from '../../core/model/timeline';
import type { Head } from '../../core/signing/anchor';
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
import { Changes } from './changes';
import { type Client, Connection } from './connection';
import { IncidentIndex } from './incident-index';
import { IncidentList } from './incident-list';
import { Keys } from './keys';
import type { RedisStoreOptions } from './options';
import { RedisAnchors } from './redis-anchors';
import { RedisLeases } from './redis-leases';
import { RedisMemories } from './redis-memories';
import { RedisPreviews } from './redis-previews';
import { Retention } from './retention';
import { runScript, type ScriptName } from './scripts';
import { settle } from './settle';
import { writeTransition } from './transition';

/** What there is while the store is open. */
interface Connected {
    connection: Connection;
    index: IncidentIndex;
    incidents: IncidentList;
    retention: Retention;
}

/**
 * The shared incident store: several Node-RED processes and the Botkube plugin on one Redis, alone, behind
 * Sentinels, or as a Cluster. Every transition is one Lua script.
 */
export class RedisStore implements IncidentStore {
    readonly anchors: RedisAnchors;
    readonly leases: RedisLeases;
    readonly previews: RedisPreviews;
    readonly memories: RedisMemories;
    private readonly keys: Keys;
    private readonly changes: Changes;
    private connected?: Connected;

    constructor(private readonly options: RedisStoreOptions) {
        this.keys = new Keys(options.namespace ?? 'a2f');
        this.changes = new Changes(options, this.keys.changes);
        const connection = (): Connection => this.requireConnected().connection;
        this.anchors = new RedisAnchors(connection, this.keys);
        this.leases = new RedisLeases(connection, this.keys);
        this.previews = new RedisPreviews(connection, this.keys);
        this.memories = new RedisMemories(connection, this.keys);
    }

    /** Rejects while Redis cannot be reached, but keeps trying: call again, or just use the store, later. */
    async open(): Promise<void> {
        this.connected ??= this.connect();
        await this.ping();
    }

    async close(): Promise<void> {
        this.changes.close();
        this.connected?.connection.close();
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
        const { connection, index } = this.requireConnected();
        return writeTransition(
            { connection, keys: this.keys, index, indexApart: this.options.mode === 'cluster' },
            change,
        );
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
        const entries = await this.requireConnected().connection.ask((client) =>
            client.lrange(this.keys.timeline(id), after, -1),
        );
        return entries.map((entry): TimelineEntry => JSON.parse(entry));
    }

    async list(query: ListQuery = {}): Promise<StoredIncident[]> {
        return this.requireConnected().incidents.list(query);
    }

    async heads(after: ListPlace | undefined, limit: number): Promise<StoredHead[]> {
        return this.requireConnected().incidents.heads(after, limit);
    }

    async idsLeftAt(node: string, stages: readonly Stage[], instance: string): Promise<string[]> {
        return this.requireConnected().index.leftAt(node, stages, instance);
    }

    async countByStage(): Promise<Partial<Record<Stage, number>>> {
        return this.requireConnected().index.countByStage();
    }

    watch(listener: (notice: ChangeNotice) => void): () => void {
        return this.changes.watch(listener);
    }

    async sweep(before: Date, removing?: (heads: Head[]) => Promise<void>): Promise<number> {
        return this.requireConnected().retention.sweep(before, removing);
    }

    private async readFrom(client: Client, id: string): Promise<StoredIncident | undefined> {
        const [body, version, head] = await client.hmget(this.keys.incident(id), 'body', 'version', 'head');
        if (!body) return undefined;
        return { incident: JSON.parse(body), version: Number(version), head: head ?? '' };
    }

    private connect(): Connected {
        const { keys, anchors } = this;
        const connection = new Connection(this.options);
        const read = (id: string): Promise<StoredIncident | undefined> => this.read(id);
        const index = new IncidentIndex(connection, keys, read);
        const from = { connection, keys, index, anchors, read };
        return {
            connection,
            index,
            incidents: new IncidentList(from),
            retention: new Retention(from),
        };
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
}
