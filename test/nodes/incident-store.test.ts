// @needs redis-server
import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Incident } from '../../nodes/core/model/incident';
import incidentStore from '../../nodes/incident-store/incident-store';
import type { ServiceNode } from '../../nodes/runtime/config-node';
import type { IncidentStoreService } from '../../nodes/runtime/services';
import { atTheGate } from '../support/approvals';
import { anIncident, opening } from '../support/incidents';
import { helper } from '../support/node-red';
import { until } from '../support/processes';
import { startRedis } from '../support/redis';

let folder: string;
beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-config-'));
});
afterEach(async () => {
    await helper.unload();
    await rm(folder, { recursive: true, force: true });
});

interface Setting {
    config?: Record<string, unknown>;
    credentials?: Record<string, string>;
}

async function deploy({ config = {}, credentials = {} }: Setting = {}): Promise<IncidentStoreService> {
    const node = {
        id: 'store',
        type: 'incident-store',
        kind: 'embedded',
        path: path.join(folder, 'kept'),
        mode: 'standalone',
        host: '127.0.0.1',
        port: 6379,
        nodes: '',
        sentinelName: '',
        db: 0,
        username: '',
        namespace: 'a2f',
        useTls: false,
        tls: '',
        retentionDays: 0,
        ...config,
    };
    await helper.load(incidentStore as Parameters<typeof helper.load>[0], [node], { store: credentials });
    const { service } = helper.getNode('store') as ServiceNode<IncidentStoreService>;
    if (!service) throw new Error(`no service: ${logged().join(' ')}`);
    return service;
}

function logged(): string[] {
    return helper.log().args.map(([entry]) => String((entry as { msg?: unknown }).msg));
}

test('a redeploy keeps everything, and the node before may still write its last line', async () => {
    const before = await deploy();
    const incidents = await before.incidents();
    const incident = anIncident();
    await incidents.store.commit(opening(incident));
    await helper.unload();
    const late = anIncident();
    await incidents.store.commit(opening(late));
    const after = await (await deploy()).incidents();
    await expect(after.store.read(incident.id)).resolves.toBeDefined();
    await expect(after.store.read(late.id)).resolves.toBeDefined();
});

test('the demo operator is off unless switched on', async () => {
    expect((await deploy()).demoOperator).toBe(false);
    await helper.unload();
    expect((await deploy({ config: { demoOperator: true } })).demoOperator).toBe(true);
});

test('two nodes with the same store count into the same metrics', async () => {
    const first = await (await deploy()).incidents();
    await first.create(anIncident(), [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    await helper.unload();
    const second = await deploy();
    const incidents = await second.incidents();
    await incidents.create(anIncident(), [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    const { body } = await second.metrics.text(() => incidents.store.countByStage());
    expect(body).toContain('alert_to_fix_intake_total{event="opened"} 2');
});

test('old ended incidents are swept right after the start', async () => {
    const old = anIncident({ stage: 'closed', updatedAt: '2001-01-01T00:00:00.000Z' });
    const underWay = anIncident({ updatedAt: '2001-01-01T00:00:00.000Z' });
    const incidents = await (await deploy()).incidents();
    for (const incident of [old, underWay]) await incidents.store.commit(opening(incident));
    await helper.unload();
    const { store } = await (await deploy({ config: { retentionDays: '30' } })).incidents();
    await until(async () => (await store.read(old.id)) === undefined);
    await expect(store.read(underWay.id)).resolves.toBeDefined();
});

describe('signing keys', () => {
    const [one, two] = ['a'.repeat(32), 'b'.repeat(32)];

    test('are made once, for the owner only, and stay the same', async () => {
        const signed = (await (await deploy()).keys()).sign('plan');
        const file = path.join(folder, 'kept', 'signing.key');
        expect((await stat(file)).mode & 0o777).toBe(0o600);
        expect(await readFile(file)).toHaveLength(32);
        await helper.unload();
        const keys = await (await deploy()).keys();
        expect(keys.verify('plan', signed.keyId, signed.signature)).toBe(true);
    });

    test('a damaged key file is refused and left alone', async () => {
        await (await deploy()).keys();
        const file = path.join(folder, 'kept', 'signing.key');
        await truncate(file, 7);
        await helper.unload();
        await expect((await deploy()).keys()).rejects.toMatchObject({
            code: 'CONFIG_INVALID',
            message: expect.stringContaining('signing.key'),
        });
        expect(await readFile(file)).toHaveLength(7);
    });

    /** A store with a plan that waits, sealed with the key that it then has. */
    async function withWaitingPlan(setting: Setting = {}): Promise<Incident> {
        const service = await deploy(setting);
        const waiting = await atTheGate(await service.incidents(), {}, {}, await service.keys());
        await helper.unload();
        return waiting;
    }

    test('are not made anew while a plan waits that was sealed with a lost one', async () => {
        const { id, seal } = await withWaitingPlan();
        const file = path.join(folder, 'kept', 'signing.key');
        await rm(file);
        await expect((await deploy()).keys()).rejects.toMatchObject({
            code: 'CONFIG_INVALID',
            message: expect.stringMatching(new RegExp(`no signing key.*signed with the key ${seal?.keyId} \\(${id}`)),
            cure: expect.stringContaining('from a backup'),
        });
        await until(() => logged().some((line) => line.includes('No other key is made')));
        await expect(stat(file)).rejects.toThrow('ENOENT');
    });

    test('of another Node-RED are noticed: a key that did not sign what waits is refused', async () => {
        const { seal } = await withWaitingPlan();
        const file = path.join(folder, 'kept', 'signing.key');
        await writeFile(file, Buffer.alloc(32, 5));
        await expect((await deploy()).keys()).rejects.toMatchObject({
            code: 'CONFIG_INVALID',
            message: expect.stringContaining(`the key ${seal?.keyId}`),
            cure: expect.stringContaining('the same keys'),
        });
        expect(await readFile(file)).toEqual(Buffer.alloc(32, 5));
    });

    test('that everybody can read are refused, that the group can read are warned of', async () => {
        await (await deploy()).keys();
        const file = path.join(folder, 'kept', 'signing.key');
        await helper.unload();
        await chmod(file, 0o644);
        await expect((await deploy()).keys()).rejects.toMatchObject({
            code: 'CONFIG_INVALID',
            message: expect.stringContaining('mode 644'),
            cure: expect.stringContaining('chmod 600'),
        });
        await helper.unload();
        await chmod(file, 0o640);
        await (await deploy()).keys();
        expect(logged().join()).toContain('open to its group (mode 640)');
    });

    test('of the file go on verifying when secrets are entered, until the file is deleted', async () => {
        const { id, seal } = await withWaitingPlan();
        const changed = await (await deploy({ credentials: { signingKeys: one } })).keys();
        expect(changed.knows(seal?.keyId ?? '')).toBe(true);
        expect(changed.sign('plan').keyId).not.toBe(seal?.keyId);
        await helper.unload();
        await rm(path.join(folder, 'kept', 'signing.key'));
        expect((await (await deploy({ credentials: { signingKeys: one } })).keys()).knows(seal?.keyId ?? '')).toBe(
            false,
        );
        await until(() =>
            logged().some((line) =>
                line.includes(`the key ${seal?.keyId} (${id} can be neither decided nor run without it)`),
            ),
        );
    });

    test('are one, when several processes make the first at once', async () => {
        const script = `require(${JSON.stringify(path.resolve('test/support/typescript-hook.cjs'))});
            const { loadKeyRing } = require(${JSON.stringify(path.resolve('nodes/incident-store/signing-keys.ts'))});
            console.log(loadKeyRing({ folder: ${JSON.stringify(path.join(folder, 'shared'))}, inUse: [], warn: console.log }).ids().join());`;
        const made = await Promise.all(
            Array.from({ length: 5 }, () => promisify(execFile)(process.execPath, ['-e', script])),
        );
        expect(new Set(made.map(({ stdout }) => stdout)).size).toBe(1);
        expect(await readdir(path.join(folder, 'shared'))).toEqual(['signing.key']);
    });

    test('of credentials: the first signs, all verify', async () => {
        const signed = (await (await deploy({ credentials: { signingKeys: one } })).keys()).sign('plan');
        await helper.unload();
        const keys = await (await deploy({ credentials: { signingKeys: `${two}\n ${one}\n` } })).keys();
        expect(keys.verify('plan', signed.keyId, signed.signature)).toBe(true);
        expect(keys.sign('plan').keyId).not.toBe(signed.keyId);
    });

    test('that are short are refused', async () => {
        await expect((await deploy({ credentials: { signingKeys: 'short' } })).keys()).rejects.toMatchObject({
            code: 'CONFIG_INVALID',
            field: 'signingKeys',
        });
    });
});

describe('Redis', () => {
    test('with password, on the chosen database', async () => {
        const server = await startRedis('--requirepass', 'right');
        const service = await deploy({
            config: { kind: 'redis', port: server.port, db: '3' },
            credentials: { password: 'right' },
        });
        const incidents = await service.incidents();
        await expect(incidents.store.ping()).resolves.toBeUndefined();
        await incidents.store.close();
        await server.close();
    });

    test('down at the start: said once, and used as soon as it is up', async () => {
        const server = await startRedis();
        await server.kill();
        const service = await deploy({ config: { kind: 'redis', port: server.port } });
        await expect(service.incidents()).rejects.toMatchObject({ code: 'STORE_DOWN' });
        await until(() => logged().some((line) => line.includes('ECONNREFUSED')));
        await server.restart();
        await until(() => service.incidents().then(() => true));
        await (await service.incidents()).store.close();
        await server.close();
    });
});

test.each([
    ['nodes', { kind: 'redis', mode: 'cluster', nodes: 'redis-1' }],
    ['nodes', { kind: 'redis', mode: 'sentinel', nodes: '' }],
    ['host', { kind: 'redis', host: '' }],
    ['host', { kind: 'redis', host: 'redis-1:6379' }],
    ['port', { kind: 'redis', port: 'many' }],
    ['nodes', { kind: 'redis', mode: 'sentinel', nodes: 'sentinel-1:26379\nsentinel-2:99999' }],
    ['mode', { kind: 'redis', mode: 'several' }],
    ['db', { kind: 'redis', db: 'x' }],
    ['tls', { kind: 'redis', useTls: true, tls: 'gone' }],
    ['namespace', { kind: 'redis', namespace: '{a}' }],
    ['retentionDays', { retentionDays: '' }],
    ['kind', { kind: 'paper' }],
    ['path', { path: '${NO_SUCH_VARIABLE}' }],
])('a wrong %s is refused and named', async (field, config) => {
    await expect(deploy({ config })).rejects.toThrow(`(${field})`);
});
