// @needs redis-server
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Incidents } from '../../nodes/core/store/incidents';
import incidentStore from '../../nodes/incident-store/incident-store';
import redisMemory from '../../nodes/redis-memory/redis-memory';
import type { ServiceNode } from '../../nodes/runtime/config-node';
import type { IncidentMessage } from '../../nodes/runtime/message';
import type { IncidentStoreService } from '../../nodes/runtime/services';
import { anIncident, opening } from '../support/incidents';
import { helper } from '../support/node-red';
import { removeFolder, until } from '../support/processes';
import { type RedisServer, startRedis } from '../support/redis';

let folder: string;
let server: RedisServer;
const sent: IncidentMessage[] = [];
const caught: IncidentMessage[] = [];
const stores = new Set<Incidents['store']>();
beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-memory-'));
    server = await startRedis();
});
afterEach(async () => {
    await helper.unload();
    sent.length = 0;
    caught.length = 0;
});
afterAll(async () => {
    // A store stays open for a moment after its last node; a worker of Jest that ends meanwhile would have to be
    // killed.
    await Promise.all([...stores].map((store) => store.close()));
    await server.close();
    await removeFolder(folder);
});

async function deploy(store: Record<string, unknown>, limit: unknown = 5): Promise<Incidents> {
    const flow = [
        { id: 'tab', type: 'tab' },
        {
            id: 'store',
            type: 'incident-store',
            kind: 'embedded',
            path: folder,
            mode: 'standalone',
            host: '127.0.0.1',
            port: server.port,
            nodes: '',
            db: 0,
            username: '',
            namespace: 'a2f',
            useTls: false,
            retentionDays: 0,
            ...store,
        },
        { id: 'recalling', type: 'redis-memory', z: 'tab', store: 'store', mode: 'recall', limit, wires: [['next']] },
        {
            id: 'remembering',
            type: 'redis-memory',
            z: 'tab',
            store: 'store',
            mode: 'remember',
            limit: '',
            wires: [['next']],
        },
        { id: 'next', type: 'helper', z: 'tab' },
        { id: 'catching', type: 'catch', z: 'tab', scope: null, wires: [['caught']] },
        { id: 'caught', type: 'helper', z: 'tab' },
    ];
    await helper.load([incidentStore, redisMemory] as Parameters<typeof helper.load>[0], flow);
    helper.getNode('next').on('input', (msg) => sent.push(msg as IncidentMessage));
    helper.getNode('caught').on('input', (msg) => caught.push(msg as IncidentMessage));
    const { service } = helper.getNode('store') as ServiceNode<IncidentStoreService>;
    if (!service) throw new Error('the store has no service');
    const incidents = await service.incidents();
    stores.add(incidents.store);
    return incidents;
}

/** Status of one node; the test helper records those of all nodes in one list. */
function statusOf(id: string): unknown {
    const node = helper.getNode(id);
    const recorded = node.status as unknown as { thisValues: unknown[]; args: unknown[][] };
    return recorded.args[recorded.thisValues.lastIndexOf(node)]?.[0];
}

describe.each(['embedded', 'redis'])('on the %s store', (kind) => {
    test('what one incident taught is on the message of the next', async () => {
        const incidents = await deploy({ kind });
        const [first, second] = [anIncident({ stage: 'failed' }), anIncident()];
        for (const incident of [first, second]) await incidents.store.commit(opening(incident));
        helper.getNode('remembering').receive({ incident: first, mine: 'survives' } as never);
        await until(() => sent.length === 1);
        expect(sent[0]).toMatchObject({ topic: first.id, payload: 'Remembered, outcome: failed.', mine: 'survives' });
        helper.getNode('recalling').receive({ incident: { id: second.id } } as never);
        await until(() => sent.length === 2);
        expect(sent[1]?.incident?.similar?.[0]).toMatchObject({ incidentId: first.id, score: 1, outcome: 'failed' });
        expect(sent[1]?.payload).toContain(first.id);
        expect(statusOf('recalling')).toMatchObject({ fill: 'green' });
    });
});

test('a message without an incident, and an unknown one, reach the Catch node with a code', async () => {
    await deploy({});
    helper.getNode('recalling').receive({ payload: 'hello' });
    helper.getNode('recalling').receive({ incident: { id: 'inc-00000000' } } as never);
    await until(() => caught.length === 2);
    expect(caught.map(({ error }) => (error as { code?: string }).code)).toEqual(['INPUT_INVALID', 'INCIDENT_UNKNOWN']);
    expect(sent).toEqual([]);
});

test('a wrong limit turns the node red and is named', async () => {
    await deploy({}, '0');
    helper.getNode('recalling').receive({ incident: { id: 'inc-00000000' } } as never);
    await until(() => caught.some(({ error }) => (error as { code?: string }).code === 'CONFIG_INVALID'));
    expect((caught[0]?.error as { message: string }).message).toContain('(limit)');
    expect(statusOf('recalling')).toMatchObject({ fill: 'red', text: 'CONFIG_INVALID' });
    helper.getNode('recalling').receive({ incident: { id: 'inc-00000000' } } as never);
    await until(() => caught.length === 2);
    expect((caught[1]?.error as { message: string }).message).toBe((caught[0]?.error as { message: string }).message);
});
