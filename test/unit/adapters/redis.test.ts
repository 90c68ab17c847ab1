// @needs redis-server
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { Redis } from 'ioredis';
import { Connection } from '../../../nodes/adapters/redis/connection';
import type { RedisStoreOptions } from '../../../nodes/adapters/redis/options';
import { RedisStore } from '../../../nodes/adapters/redis/redis-store';
import type { ChangeNotice, StoredIncident } from '../../../nodes/core/store/port';
import { anIncident, moving, opening } from '../../support/incidents';
import { freePort, spawnUntil, stop, until } from '../../support/processes';
import { type RedisServer, startRedis } from '../../support/redis';
import { behavesLikeAStore } from './store-behaviour';

function standalone(port: number, more: Partial<RedisStoreOptions> = {}): RedisStoreOptions {
    return { mode: 'standalone', nodes: [{ host: '127.0.0.1', port }], ...more };
}

async function stored(store: RedisStore, id: string): Promise<StoredIncident> {
    const found = await store.read(id);
    if (!found) throw new Error(`${id} is not stored`);
    return found;
}

describe('one server', () => {
    let server: RedisServer;
    let store: RedisStore;
    beforeAll(async () => {
        server = await startRedis();
        store = new RedisStore(standalone(server.port));
        await store.open();
    });
    afterAll(async () => {
        await store.close();
        await server.close();
    });

    behavesLikeAStore(() => store);

    test("two processes see each other's commits and watch them", async () => {
        const other = new RedisStore(standalone(server.port));
        await other.open();
        const heard: ChangeNotice[] = [];
        const leave = other.watch((notice) => heard.push(notice));
        await until(async () => {
            await store.commit(opening(anIncident()));
            return heard.length > 0;
        });
        const incident = anIncident();
        await store.commit(opening(incident));
        await until(() => heard.some(({ id }) => id === incident.id));
        expect((await stored(other, incident.id)).incident).toEqual(incident);
        leave();
        await other.close();
    });

    test('something else on the channel of changes is ignored', async () => {
        const raw = new Redis(server.port);
        const heard: ChangeNotice[] = [];
        const leave = store.watch((notice) => heard.push(notice));
        await until(async () => (await raw.publish('a2f:changes', 'not json')) > 0);
        await raw.publish('a2f:changes', '{"id":1}');
        await store.commit(opening(anIncident()));
        await until(() => heard.length === 1);
        leave();
        raw.disconnect();
    });

    test('namespaces do not see each other', async () => {
        const other = new RedisStore(standalone(server.port, { namespace: 'other' }));
        await other.open();
        await expect(other.list()).resolves.toEqual([]);
        const incident = anIncident();
        await other.commit(opening(incident));
        await expect(store.read(incident.id)).resolves.toBeUndefined();
        await other.close();
    });

    test('a transition that a crash kept from the index is listed all the same, and indexed again', async () => {
        const own = new RedisStore(standalone(server.port, { namespace: 'crash' }));
        await own.open();
        const raw = new Redis(server.port);
        const incident = anIncident();
        await own.commit(opening(incident));
        const snapshot = await raw.hget('crash:{index}:indexed', incident.id);
        await own.commit(moving(await stored(own, incident.id), 'diagnosed', '2026-01-01T00:01:00.000Z'));
        await raw.zrem('crash:{index}:stage:diagnosed', incident.id);
        await raw.zadd('crash:{index}:stage:open', 1, incident.id);
        await raw.hset('crash:{index}:indexed', incident.id, snapshot ?? '');
        await raw.zadd('crash:{index}:pending', Date.now(), `${incident.id} token`);
        expect((await own.list({ stages: ['diagnosed'] })).map(({ incident: { id } }) => id)).toEqual([incident.id]);
        await expect(own.list({ stages: ['open'] })).resolves.toEqual([]);
        await raw.zadd('crash:{index}:pending', 1, `${incident.id} token`, 1, 'inc-neverwas token');
        expect(await own.countByStage()).toMatchObject({ open: 0, diagnosed: 1 });
        await expect(raw.zcard('crash:{index}:pending')).resolves.toBe(0);
        raw.disconnect();
        await own.close();
    });

    test('nothing of a swept incident stays', async () => {
        const own = new RedisStore(standalone(server.port, { namespace: 'swept' }));
        await own.open();
        const incident = anIncident({ stage: 'closed' });
        await own.claimGroup(incident.groupKey, incident.id);
        await own.commit(opening(incident));
        await own.sweep(new Date());
        const raw = new Redis(server.port);
        const left = (await raw.keys('swept:*')).filter((key) => key !== 'swept:{ping}');
        expect(left).toEqual([]);
        raw.disconnect();
        await own.close();
    });

    test('is STORE_DOWN after it is closed', async () => {
        const own = new RedisStore(standalone(server.port));
        await own.open();
        await own.close();
        await expect(own.read('inc-00000000')).rejects.toMatchObject({ code: 'STORE_DOWN' });
    });
});

describe('bad days', () => {
    test('killed and restarted: STORE_DOWN with the reason meanwhile, then all committed data is there', async () => {
        const server = await startRedis();
        const store = new RedisStore(standalone(server.port, { deadlineMs: 3000 }));
        await store.open();
        const heard: string[] = [];
        const leave = store.watch(({ id }) => heard.push(id));
        const incident = anIncident();
        await store.commit(opening(incident));
        await server.kill();
        await expect(store.commit(opening(anIncident()))).rejects.toMatchObject({ code: 'STORE_DOWN' });
        await expect(store.list()).rejects.toMatchObject({
            code: 'STORE_DOWN',
            message: expect.stringContaining('ECONNREFUSED'),
        });
        await server.restart();
        await until(() => store.ping().then(() => true));
        expect((await stored(store, incident.id)).incident).toEqual(incident);
        expect((await store.list()).map(({ incident: { id } }) => id)).toContain(incident.id);
        heard.length = 0;
        await until(async () => {
            await store.commit(opening(anIncident()));
            return heard.length > 0;
        });
        leave();
        await store.close();
        await server.close();
    });

    test('a client that has given up, as ioredis does when a failover is told at the wrong moment, connects again until it is closed', async () => {
        const server = await startRedis();
        const connection = new Connection(standalone(server.port));
        const ping = (): Promise<boolean> => connection.ask((client) => client.ping()).then(() => true);
        await until(ping);
        const ended = once(connection.client, 'end');
        connection.client.disconnect();
        await ended;
        await until(ping);
        connection.close();
        await expect(ping()).rejects.toMatchObject({ code: 'STORE_DOWN' });
        await server.close();
    });

    test('nobody listens: open says so, with the reason of the network', async () => {
        const store = new RedisStore(standalone(await freePort(), { deadlineMs: 500 }));
        await expect(store.open()).rejects.toMatchObject({
            code: 'STORE_DOWN',
            message: expect.stringContaining('ECONNREFUSED'),
        });
        await store.close();
    });

    test('a wrong password is named', async () => {
        const server = await startRedis('--requirepass', 'right');
        const wrong = new RedisStore(standalone(server.port, { password: 'wrong' }));
        await expect(wrong.open()).rejects.toMatchObject({
            code: 'STORE_DOWN',
            message: expect.stringMatching(/WRONGPASS|NOAUTH/),
        });
        const right = new RedisStore(standalone(server.port, { password: 'right' }));
        await expect(right.open()).resolves.toBeUndefined();
        await Promise.all([wrong.close(), right.close()]);
        await server.close();
    });

    test('a server that takes no writes is down, with its own words', async () => {
        const server = await startRedis('--maxmemory', '1');
        const store = new RedisStore(standalone(server.port));
        await expect(store.open()).rejects.toMatchObject({
            code: 'STORE_DOWN',
            message: expect.stringContaining('OOM'),
        });
        await store.close();
        await server.close();
    });

    test('a server that hangs is down after the deadline', async () => {
        const server = await startRedis();
        const store = new RedisStore(standalone(server.port, { deadlineMs: 2000 }));
        await store.open();
        server.freeze();
        await expect(store.read('inc-00000000')).rejects.toMatchObject({ code: 'STORE_DOWN' });
        await store.close();
        await server.close();
    });
});

test('Sentinels name the server', async () => {
    const server = await startRedis();
    const folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-sentinel-'));
    const port = await freePort();
    const file = path.join(folder, 'sentinel.conf');
    await writeFile(
        file,
        `port ${port}\nbind 127.0.0.1\ndir ${folder}\nsentinel monitor fixes 127.0.0.1 ${server.port} 1\n`,
    );
    const sentinel = await spawnUntil({
        command: 'redis-server',
        args: [file, '--sentinel'],
        ready: (program) => program.output().includes('+monitor master fixes'),
    });
    const store = new RedisStore({ mode: 'sentinel', nodes: [{ host: '127.0.0.1', port }], sentinelName: 'fixes' });
    await store.open();
    const incident = anIncident();
    await expect(store.commit(opening(incident))).resolves.toBe(true);
    await store.close();
    await stop(sentinel);
    await server.close();
    await rm(folder, { recursive: true, force: true });
});

describe('a Cluster of three', () => {
    const servers: RedisServer[] = [];
    let store: RedisStore;
    beforeAll(async () => {
        for (let count = 0; count < 3; count += 1) {
            const bus = await freePort();
            servers.push(await startRedis('--cluster-enabled', 'yes', '--cluster-port', String(bus)));
        }
        const addresses = servers.map(({ port }) => `127.0.0.1:${port}`);
        await promisify(execFile)('redis-cli', ['--cluster', 'create', ...addresses, '--cluster-yes']);
        const nodes = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
        await until(async () => {
            const info = await promisify(execFile)('redis-cli', ['-p', String(nodes[2]?.port), 'cluster', 'info']);
            return info.stdout.includes('cluster_state:ok');
        });
        store = new RedisStore({ mode: 'cluster', nodes });
        await store.open();
    });
    afterAll(async () => {
        await store?.close();
        await Promise.all(servers.map((server) => server.close()));
    });

    behavesLikeAStore(() => store);
});
