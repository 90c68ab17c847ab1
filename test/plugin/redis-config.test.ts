// @needs redis-server
// @needs openssl
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import { FixExecutor } from '../../botkube-plugin/executor/fix-executor';
import { requestOf } from '../support/botkube-request';
import { freePort, spawnUntil, stop, until } from '../support/processes';
import { type RedisServer, startRedis } from '../support/redis';

/** The ways to reach Redis that the incident store of Node-RED knows, on real servers. */
let folder: string;
let plugin: FixExecutor;

beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'a2f-redis-config-'));
    plugin = new FixExecutor({ environment: { SENTINEL_PASSWORD: 'of the sentinels' } });
});
afterEach(async () => {
    await plugin.close();
    rmSync(folder, { recursive: true, force: true });
});

async function status(redis: object): Promise<string> {
    return JSON.stringify(
        await plugin.execute(
            requestOf('fix status', { mention: '<@U1>' }, { configs: [stringify({ redis })] }),
            new AbortController().signal,
        ),
    );
}

test('behind Sentinels that want a password', async () => {
    const server = await startRedis();
    const port = await freePort();
    const file = path.join(folder, 'sentinel.conf');
    writeFileSync(
        file,
        `port ${port}\nbind 127.0.0.1\ndir ${folder}\nrequirepass "of the sentinels"\nsentinel monitor fixes 127.0.0.1 ${server.port} 1\n`,
    );
    const sentinel = await spawnUntil({
        command: 'redis-server',
        args: [file, '--sentinel'],
        ready: (program) => program.output().includes('+monitor master fixes'),
    });
    const redis = {
        mode: 'sentinel',
        nodes: [`127.0.0.1:${port}`],
        sentinelName: 'fixes',
        sentinelPasswordEnv: 'SENTINEL_PASSWORD',
    };
    expect(await status(redis)).toContain(`✓ Redis (sentinel) 127.0.0.1:${port}, 0 incidents`);
    expect(await status({ ...redis, sentinelPasswordEnv: 'NOT_THERE' })).toContain('NOT_THERE is not set');
    await stop(sentinel);
    await server.close();
});

test('a Cluster', async () => {
    const server = await startRedis(
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        String(await freePort()),
        '--cluster-announce-ip',
        '127.0.0.1',
    );
    const cli = (...args: string[]): string =>
        execFileSync('redis-cli', ['-p', String(server.port), ...args], { encoding: 'utf8' });
    cli('cluster', 'addslotsrange', '0', '16383');
    await until(() => cli('cluster', 'info').includes('cluster_state:ok'));
    const place = `127.0.0.1:${server.port}`;
    await until(async () =>
        (await status({ mode: 'cluster', nodes: [place] })).includes(`✓ Redis (cluster) ${place}, 0 incidents`),
    );
    await server.close();
});

describe('TLS with an authority of the site', () => {
    let server: RedisServer;
    let port: number;
    const file = (name: string): string => path.join(folder, name);
    const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    beforeEach(async () => {
        openssl(
            'req',
            '-x509',
            '-newkey',
            'rsa:2048',
            '-nodes',
            '-days',
            '2',
            '-subj',
            '/CN=site',
            '-keyout',
            'ca.key',
            '-out',
            'ca.pem',
        );
        openssl(
            'req',
            '-newkey',
            'rsa:2048',
            '-nodes',
            '-subj',
            '/CN=redis',
            '-keyout',
            'redis.key',
            '-out',
            'redis.csr',
        );
        writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
        openssl(
            'x509',
            '-req',
            '-in',
            'redis.csr',
            '-CA',
            'ca.pem',
            '-CAkey',
            'ca.key',
            '-CAcreateserial',
            '-days',
            '2',
            '-extfile',
            'names',
            '-out',
            'redis.pem',
        );
        port = await freePort();
        server = await startRedis(
            '--tls-port',
            String(port),
            '--tls-cert-file',
            file('redis.pem'),
            '--tls-key-file',
            file('redis.key'),
            '--tls-ca-cert-file',
            file('ca.pem'),
            '--tls-auth-clients',
            'no',
        );
    });
    afterEach(() => server.close());

    test('is trusted by its file, by name and by address, and not without it', async () => {
        for (const host of ['localhost', '127.0.0.1'])
            expect(await status({ host, port, tls: true, caFile: file('ca.pem') })).toContain(
                `✓ Redis ${host}:${port}`,
            );
        expect(await status({ host: 'localhost', port, tls: true })).toContain(
            'self-signed certificate in certificate chain',
        );
    });

    test('that cannot be read is named', async () => {
        expect(await status({ host: 'localhost', port, tls: true, caFile: '/nowhere/ca.pem' })).toContain(
            'The certificate authority /nowhere/ca.pem cannot be read',
        );
    });
});
