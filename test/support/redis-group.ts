import { execFile } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { RedisStoreOptions } from '../../nodes/adapters/redis/options';
import { freePort, removeFolder, spawnUntil, stop, until } from './processes';
import { type RedisServer, startRedis } from './redis';

const run = promisify(execFile);

/** Real servers that belong together, and how a store reaches them. */
export interface RedisGroup {
    master: RedisServer;
    replica: RedisServer;
    options: RedisStoreOptions;
    close(): Promise<void>;
}

/**
 * A master, a replica that follows it, and a Sentinel that makes the replica master two seconds after the master has
 * gone.
 */
export async function startSentinelGroup(): Promise<RedisGroup> {
    const master = await startRedis();
    const replica = await startRedis('--replicaof', '127.0.0.1', String(master.port));
    await until(() => followers(master).then((count) => count === 1));
    const folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-sentinel-'));
    const port = await freePort();
    const file = path.join(folder, 'sentinel.conf');
    await writeFile(
        file,
        [
            `port ${port}`,
            'bind 127.0.0.1',
            `dir ${folder}`,
            `sentinel monitor fixes 127.0.0.1 ${master.port} 1`,
            'sentinel down-after-milliseconds fixes 2000',
            'sentinel failover-timeout fixes 5000',
            '',
        ].join('\n'),
    );
    const sentinel = await spawnUntil({
        command: 'redis-server',
        args: [file, '--sentinel'],
        ready: (program) => program.output().includes(`+slave slave 127.0.0.1:${replica.port}`),
    });
    return {
        master,
        replica,
        options: { mode: 'sentinel', nodes: [{ host: '127.0.0.1', port }], sentinelName: 'fixes', deadlineMs: 3000 },
        close: async () => {
            await stop(sentinel, 'SIGKILL');
            await Promise.all([master.close(), replica.close()]);
            await removeFolder(folder);
        },
    };
}

/** A Cluster of three masters; with `replicas`, each has one. */
export async function startRedisCluster(
    replicas: 0 | 1,
): Promise<{ servers: RedisServer[]; options: RedisStoreOptions; close(): Promise<void> }> {
    const servers: RedisServer[] = [];
    for (let count = 0; count < 3 * (1 + replicas); count += 1) {
        servers.push(
            await startRedis(
                '--cluster-enabled',
                'yes',
                '--cluster-port',
                String(await freePort()),
                '--cluster-node-timeout',
                '15000',
            ),
        );
    }
    const nodes = servers.map(({ port }) => ({ host: '127.0.0.1', port }));
    await run('redis-cli', [
        '--cluster',
        'create',
        ...nodes.map(({ port }) => `127.0.0.1:${port}`),
        '--cluster-replicas',
        String(replicas),
        '--cluster-yes',
    ]);
    await until(async () => {
        const states = await Promise.all(
            nodes.map(({ port }) => run('redis-cli', ['-p', String(port), 'cluster', 'info'])),
        );
        const following = await Promise.all(servers.map(followers));
        return (
            states.every(({ stdout }) => stdout.includes('cluster_state:ok')) &&
            following.filter((count) => count > 0).length === 3 * replicas
        );
    });
    return {
        servers,
        options: { mode: 'cluster', nodes, deadlineMs: 3000 },
        close: async () => void (await Promise.all(servers.map((server) => server.close()))),
    };
}

/** How many replicas are connected to this server and up to date. */
export async function followers({ port }: RedisServer): Promise<number> {
    const { stdout } = await run('redis-cli', ['-p', String(port), 'info', 'replication']);
    return [...stdout.matchAll(/^slave\d+:.*state=online/gm)].length;
}
