// @needs redis-server
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { RedisStore } from '../../../nodes/adapters/redis/redis-store';
import { anIncident, opening } from '../../support/incidents';
import { until } from '../../support/processes';
import { startRedis } from '../../support/redis';
import { followers, startRedisCluster, startSentinelGroup } from '../../support/redis-group';

async function stored(store: RedisStore): Promise<string> {
    const incident = anIncident();
    await store.commit(opening(incident));
    return incident.id;
}

const NO_REPLICA = { code: 'STORE_DOWN', message: expect.stringContaining('No replica of Redis confirmed') };

describe('what was written is settled', () => {
    test('at once by a server that is alone, and not by one whose only replica hangs', async () => {
        const server = await startRedis();
        const store = new RedisStore({
            mode: 'standalone',
            nodes: [{ host: '127.0.0.1', port: server.port }],
            deadlineMs: 3000,
        });
        await store.open();
        const id = await stored(store);
        expect(await store.settle(id)).toEqual(await store.read(id));
        expect(await store.settle('inc-00000000')).toBeUndefined();
        const replica = await startRedis('--replicaof', '127.0.0.1', String(server.port));
        await until(() => followers(server).then((count) => count === 1));
        replica.freeze();
        await store.commit(opening(anIncident()));
        await expect(store.settle(id)).rejects.toMatchObject(NO_REPLICA);
        await store.close();
        await Promise.all([server.close(), replica.close()]);
    });

    test('behind Sentinels when the replica has it, not while the replica is gone, and again when it is back', async () => {
        const group = await startSentinelGroup();
        const store = new RedisStore(group.options);
        await store.open();
        const id = await stored(store);
        expect(await store.settle(id)).toMatchObject({ version: 1 });
        await group.replica.kill();
        await expect(store.settle(id)).rejects.toMatchObject(NO_REPLICA);
        await group.replica.restart();
        await until(() => store.settle(id).then((found) => found?.version === 1));
        await store.close();
        await group.close();
    });

    test('behind Sentinels it is there after a failover', async () => {
        const group = await startSentinelGroup();
        const store = new RedisStore(group.options);
        await store.open();
        const id = await stored(store);
        await store.settle(id);
        await group.master.kill();
        await until(() => store.ping().then(() => true));
        expect(await store.read(id)).toMatchObject({ version: 1 });
        await expect(store.settle(id)).rejects.toMatchObject({ code: 'STORE_DOWN' });
        await store.close();
        await group.close();
    });

    test('in a Cluster by the replica of the server that holds the incident, whichever that is', async () => {
        const cluster = await startRedisCluster(1);
        const store = new RedisStore(cluster.options);
        await store.open();
        const ids = await Promise.all(Array.from({ length: 12 }, () => stored(store)));
        for (const id of ids) expect(await store.settle(id)).toEqual(await store.read(id));
        await store.close();
        await cluster.close();
    });

    test('in a Cluster though a server that holds other incidents is gone', async () => {
        const cluster = await startRedisCluster(1);
        const store = new RedisStore(cluster.options);
        await store.open();
        const ids = await Promise.all(Array.from({ length: 12 }, () => stored(store)));
        const [gone] = cluster.servers;
        const elsewhere = (
            await Promise.all(ids.map(async (id) => ((await holds(gone?.port, id)) ? [] : [id])))
        ).flat();
        expect(elsewhere.length).toBeGreaterThan(0);
        await gone?.kill();
        expect(await Promise.all(elsewhere.map((id) => store.settle(id)))).toEqual(
            elsewhere.map(() => expect.objectContaining({ version: 1 })),
        );
        await store.close();
        await cluster.close();
    });

    test('never in a Cluster without replicas', async () => {
        const cluster = await startRedisCluster(0);
        const store = new RedisStore(cluster.options);
        await store.open();
        await expect(store.settle(await stored(store))).rejects.toMatchObject(NO_REPLICA);
        await store.close();
        await cluster.close();
    });
});

/** Has this server of a Cluster the incident? */
async function holds(port: number | undefined, id: string): Promise<boolean> {
    const { stdout } = await promisify(execFile)('redis-cli', ['-p', String(port), 'exists', `a2f:{${id}}:incident`]);
    return stdout.trim() === '1';
}
