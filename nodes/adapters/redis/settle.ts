import { Cluster, type Redis } from 'ioredis';
import { FixError } from '../../core/errors';
import type { Connection } from './connection';

/** How long the key lives that is written only to be waited for, milliseconds. */
const MARK_MS = 60_000;

/** What is asked: `mark` and all that `read` reads lie in one slot of a Cluster. */
export interface Settlement<Answer> {
    mark: string;
    /** Reads on the very server whose replicas were waited for. */
    read(server: Redis): Promise<Answer>;
    /** False: a server that has no replica is alone, and there is nothing to wait for. */
    replicaNeeded: boolean;
}

/**
 * Waits until a replica has what was written before to the server that holds `mark`, then reads there. `WAIT` speaks
 * only of what its own connection wrote, and a connection that reconnects may end at another server; so this writes a
 * mark on a connection of its own, which is made once and never reconnects. Of a Cluster each server is asked until the
 * one that has the slot answers, so another one may be down. Throws `STORE_DOWN` when no replica confirms within
 * `waitMs`.
 */
export async function settle<Answer>(
    connection: Connection,
    settlement: Settlement<Answer>,
    waitMs: number,
): Promise<Answer> {
    const { client } = connection;
    let trouble: unknown = new Error('no server of the Cluster has this incident');
    const servers = client instanceof Cluster ? client.nodes('master') : [client];
    for (const server of servers) {
        const own = server.duplicate({
            lazyConnect: true,
            retryStrategy: () => null,
            sentinelRetryStrategy: () => null,
            reconnectOnError: () => false,
            failoverDetector: false,
            autoResendUnfulfilledCommands: false,
            maxRetriesPerRequest: 0,
            enableAutoPipelining: false,
            commandTimeout: 2 * waitMs,
        });
        own.on('error', () => undefined);
        try {
            await own.connect();
            return await settleOn(own, settlement, waitMs);
        } catch (thrown) {
            if (!(thrown instanceof Error) || !thrown.message.startsWith('MOVED ')) trouble = thrown;
        } finally {
            own.disconnect();
        }
    }
    throw trouble;
}

async function settleOn<Answer>(
    server: Redis,
    { mark, read, replicaNeeded }: Settlement<Answer>,
    waitMs: number,
): Promise<Answer> {
    await server.set(mark, '1', 'PX', MARK_MS);
    if (replicaNeeded || (await hasReplicas(server))) await waitForReplica(server, waitMs);
    return read(server);
}

async function waitForReplica(server: Redis, waitMs: number): Promise<void> {
    if ((await server.wait(1, waitMs)) >= 1) return;
    throw new FixError(
        'STORE_DOWN',
        `No replica of Redis confirmed within ${waitMs} ms that it has what was written; it would be lost with the server.`,
        {
            cure: 'Bring a replica back ("redis-cli info replication" at the master shows which are connected).',
        },
    );
}

async function hasReplicas(server: Redis): Promise<boolean> {
    return !/^connected_slaves:0\r?$/m.test(await server.info('replication'));
}
