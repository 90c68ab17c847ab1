import type { Node, NodeAPI, NodeDef } from 'node-red';
import { systemClock } from '../../nodes/core/clock';
import type { Incident } from '../../nodes/core/model/incident';
import { Incidents } from '../../nodes/core/store/incidents';
import llmDiagnose from '../../nodes/llm-diagnose/llm-diagnose';
import llmProvider from '../../nodes/llm-provider/llm-provider';
import prometheusServer from '../../nodes/prometheus-server/prometheus-server';
import type { ServiceNode } from '../../nodes/runtime/config-node';
import type { IncidentMessage } from '../../nodes/runtime/message';
import type { RunbookLibraryService } from '../../nodes/runtime/services';
import { concludes, DISK_RUNBOOK, diskIncident } from '../support/diagnosis';
import { HttpStandIn, sendJson } from '../support/http-stand-in';
import { opening } from '../support/incidents';
import { helper } from '../support/node-red';
import { OllamaStandIn } from '../support/ollama-stand-in';
import { OpenAiStandIn } from '../support/openai-stand-in';
import { until } from '../support/processes';
import { serviceOf, storeNode } from '../support/store-node';
import { type TemporaryStore, temporarySqlite } from '../support/stores';

const FULL = { status: 'success', data: { resultType: 'vector', result: [{ metric: {}, value: [1, '0.95'] }] } };
const PROVIDER = { timeout: 5, retries: 0, numCtx: 16384, keepAlive: '10m', calls: 4, tokens: 50000, deadline: 20 };
const DIAGNOSE = {
    id: 'diagnose',
    type: 'llm-diagnose',
    z: 'tab',
    name: '',
    store: 'store',
    library: 'library',
    prometheus: 'prometheus',
    provider: '',
    concurrency: 2,
    wires: [['proposal'], ['none']],
};

const openai = new OpenAiStandIn();
const ollama = new OllamaStandIn();
const prometheus = new HttpStandIn((_request, response) => sendJson(response, 200, FULL));
const address = { openai: '', ollama: '', prometheus: '' };

let opened: TemporaryStore;
const sent: { output: string; msg: IncidentMessage }[] = [];

beforeAll(async () => {
    address.openai = await openai.start();
    address.ollama = await ollama.start();
    address.prometheus = await prometheus.start();
    await new Promise<void>((done) => helper.startServer(done));
});
afterAll(async () => {
    await new Promise<void>((done) => helper.stopServer(done));
    await Promise.all([openai.stop(), ollama.stop(), prometheus.stop()]);
});
beforeEach(async () => {
    opened = await temporarySqlite();
    sent.length = 0;
    openai.seen.length = 0;
});
afterEach(async () => {
    await helper.unload();
    await opened.close();
});

function libraryNode(RED: NodeAPI): void {
    function construct(this: ServiceNode<RunbookLibraryService> & Node, config: NodeDef): void {
        RED.nodes.createNode(this, config);
        this.service = {
            library: { folder: '', inventory: '', runbooks: () => [DISK_RUNBOOK], problems: () => [] } as never,
        };
    }
    RED.nodes.registerType('runbook-library', construct as never);
}

async function load(
    config: Record<string, unknown> = {},
    providers: { id: string; [field: string]: unknown }[] = [],
): Promise<void> {
    const nodes = [storeNode(() => serviceOf(opened.store)), libraryNode, prometheusServer, llmProvider, llmDiagnose];
    const flow = [
        { id: 'tab', type: 'tab' },
        { id: 'store', type: 'incident-store' },
        { id: 'library', type: 'runbook-library' },
        {
            id: 'prometheus',
            type: 'prometheus-server',
            name: '',
            url: address.prometheus,
            alertmanagerUrl: '',
            auth: 'none',
            timeout: 5,
        },
        ...providers.map((provider) => ({ type: 'llm-provider', name: '', ...PROVIDER, ...provider })),
        ...['proposal', 'none', 'caught', 'state'].map((id) => ({ id, type: 'helper', z: 'tab' })),
        { id: 'catch-1', type: 'catch', z: 'tab', scope: ['diagnose'], wires: [['caught']] },
        { id: 'status-1', type: 'status', z: 'tab', scope: ['diagnose'], wires: [['state']] },
        { ...DIAGNOSE, ...config },
    ];
    await helper.load(nodes as Parameters<typeof helper.load>[0], flow, { model: { apiKey: 'sk-test' } });
    for (const output of ['proposal', 'none', 'caught', 'state']) {
        helper.getNode(output).on('input', (msg) => sent.push({ output, msg: msg as IncidentMessage }));
    }
}

async function stored(incident: Incident = diskIncident()): Promise<Incident> {
    await opened.store.commit(opening(incident));
    return incident;
}

async function first(output: string): Promise<IncidentMessage> {
    const of = () => sent.find((one) => one.output === output)?.msg;
    await until(() => of() !== undefined);
    return of() ?? {};
}

const states = (): string[] =>
    sent.filter(({ output }) => output === 'state').map(({ msg }) => (msg.status as { text: string }).text);

test("without a model the rules answer: the proposal is stored, and sent with the user's own properties", async () => {
    await load();
    const incident = await stored();
    helper.getNode('diagnose').receive({ incident: { id: incident.id }, mine: 42 } as never);
    const msg = await first('proposal');
    expect(msg).toMatchObject({
        mine: 42,
        topic: incident.id,
        payload: 'Old spool files fill the volume of web-1. Proposed: Remove old spool files on web-1.',
        incident: {
            stage: 'diagnosed',
            diagnosis: { verdict: 'proposal', source: { by: 'rules' } },
            flow: { node: 'diagnose', state: 'sent', port: 0 },
        },
    });
    expect((await opened.store.read(incident.id))?.incident).toEqual(msg.incident);
    const types = (await opened.store.timeline(incident.id)).map(({ type }) => type);
    expect(types).toEqual([
        'incident.opened',
        'diagnosis.started',
        'evidence.recorded',
        'evidence.recorded',
        'evidence.recorded',
        'diagnosis.made',
    ]);
    await until(() => states().at(-1) === 'llm-diagnose.status.rules');
});

test('without a metrics source it is inconclusive, on the second output', async () => {
    await load({ prometheus: '' });
    const { id } = await stored();
    helper.getNode('diagnose').receive({ incident: { id } } as never);
    expect((await first('none')).incident).toMatchObject({ id, stage: 'inconclusive', flow: { port: 1 } });
});

test.each(['openai', 'ollama'] as const)('a model at %s answers', async (vendor) => {
    const server = vendor === 'openai' ? openai : ollama;
    server.willAnswer(concludes());
    await load({ provider: 'model' }, [{ id: 'model', vendor, model: 'test-model', url: address[vendor] }]);
    const { id } = await stored();
    helper.getNode('diagnose').receive({ incident: { id } } as never);
    expect((await first('proposal')).incident?.diagnosis).toMatchObject({
        source: { by: 'model', vendor, model: 'test-model' },
        proposal: { parameters: { keep_days: 2 } },
    });
    await until(() => states().at(-1) === 'llm-diagnose.status.model');
});

test('a model that fails leaves the answer to the rules; card and status say so', async () => {
    openai.willAnswer({ status: 401, error: { message: 'bad key' } });
    await load({ provider: 'model' }, [{ id: 'model', vendor: 'openai', model: 'gpt-test', url: address.openai }]);
    const { id } = await stored();
    helper.getNode('diagnose').receive({ incident: { id } } as never);
    expect((await first('proposal')).incident?.diagnosis?.source).toMatchObject({
        by: 'rules',
        fallback: expect.stringContaining('HTTP 401'),
    });
    await until(() => states().at(-1) === 'llm-diagnose.status.fallback');
});

test('a provider that is not configured right leaves the answer to the rules as well', async () => {
    await load({ provider: 'model' }, [{ id: 'model', vendor: 'openai', model: '', url: '' }]);
    await until(() => states().length > 0);
    expect(states()).toEqual(['llm-diagnose.status.unusable']);
    const { id } = await stored();
    helper.getNode('diagnose').receive({ incident: { id } } as never);
    expect((await first('proposal')).incident?.diagnosis?.source).toMatchObject({
        by: 'rules',
        fallback: 'The selected llm-provider cannot be used: The field model is empty.',
    });
});

test('no more than the set number run at a time, and none is lost', async () => {
    openai.willAnswer(concludes());
    await load({ provider: 'model', concurrency: 1 }, [
        { id: 'model', vendor: 'openai', model: 'gpt-test', url: address.openai },
    ]);
    const incidents = await Promise.all([1, 2, 3, 4].map(() => stored()));
    for (const { id } of incidents) helper.getNode('diagnose').receive({ incident: { id } } as never);
    await until(() => sent.filter(({ output }) => output === 'proposal').length === 4);
    expect(
        states()
            .filter((text) => /running/.test(text))
            .every((text) => text.startsWith('1 running')),
    ).toBe(true);
    expect(openai.seen).toHaveLength(4);
});

test('a second message for an incident that is being diagnosed ends in LEASED_ELSEWHERE', async () => {
    openai.willAnswer('silence');
    await load({ provider: 'model' }, [{ id: 'model', vendor: 'openai', model: 'gpt-test', url: address.openai }]);
    const { id } = await stored();
    helper.getNode('diagnose').receive({ incident: { id } } as never);
    await until(() => openai.seen.length === 1);
    helper.getNode('diagnose').receive({ incident: { id } } as never);
    expect((await first('caught')).error).toMatchObject({ code: 'LEASED_ELSEWHERE' });
});

test('another instance that holds the step keeps this one off', async () => {
    await load();
    const { id } = await stored();
    await opened.store.leases.take(`diagnose:${id}`, 'another', 60_000);
    helper.getNode('diagnose').receive({ incident: { id } } as never);
    expect((await first('caught')).error).toMatchObject({ code: 'LEASED_ELSEWHERE' });
});

test.each([
    ['an incident that is not in the store', { incident: { id: 'inc-00000000' } }, 'INCIDENT_UNKNOWN'],
    ['a message without an incident', { payload: 'hello' }, 'INPUT_INVALID'],
])('%s ends at the Catch node with a code', async (_what, msg, code) => {
    await load();
    helper.getNode('diagnose').receive(msg as never);
    expect((await first('caught')).error).toMatchObject({ code });
});

test('an incident past its diagnosis ends at the Catch node, one that has closed goes nowhere', async () => {
    await load();
    const running = await stored(diskIncident({}, { stage: 'running' }));
    const closed = await stored(diskIncident({}, { stage: 'closed' }));
    helper.getNode('diagnose').receive({ incident: { id: closed.id } } as never);
    helper.getNode('diagnose').receive({ incident: { id: running.id } } as never);
    expect((await first('caught')).error).toMatchObject({ code: 'STAGE_WRONG' });
    expect((await opened.store.read(closed.id))?.version).toBe(1);
});

describe('after a restart', () => {
    test('a diagnosis that was cut off is made again', async () => {
        const { id } = await stored(
            diskIncident({}, { flow: { node: 'diagnose', state: 'working', instance: 'gone' } }),
        );
        await load();
        expect((await first('proposal')).topic).toBe(id);
    });

    test('a diagnosis that nobody carried on is sent again, not made again', async () => {
        await load();
        const { id } = await stored();
        helper.getNode('diagnose').receive({ incident: { id } } as never);
        await first('proposal');
        await helper.unload();
        const incidents = new Incidents(opened.store, systemClock);
        await incidents.change(id, (incident) => ({
            incident: { ...incident, flow: { ...incident.flow, instance: 'gone' } },
            entries: [{ type: 'flow.sent', by: 'node:test', text: 'Gone.' }],
        }));
        sent.length = 0;
        await load();
        expect(await first('proposal')).toMatchObject({ topic: id, payload: expect.stringContaining('Proposed') });
        const types = (await opened.store.timeline(id)).map(({ type }) => type);
        expect(types.filter((type) => type === 'diagnosis.made')).toHaveLength(1);
    });

    test.each([
        ['a diagnosis without a proposal that was never sent is sent', (at: string) => at, 1],
        [
            'a diagnosis without a proposal on which something was written since is not sent again',
            () => '2026-01-02T00:00:00.000Z',
            0,
        ],
    ])('%s', async (_what, updatedAt, times) => {
        const stageSince = '2026-01-01T00:00:00.000Z';
        const left = diskIncident(
            {},
            {
                stage: 'inconclusive',
                stageSince,
                updatedAt: updatedAt(stageSince),
                flow: { node: 'diagnose', state: 'sent', port: 1, instance: 'gone' },
            },
        );
        await stored(left);
        const later = await stored(
            diskIncident({}, { flow: { node: 'diagnose', state: 'working', instance: 'gone' } }),
        );
        await load();
        expect((await first('proposal')).topic).toBe(later.id);
        expect(sent.filter(({ output, msg }) => output === 'none' && msg.topic === left.id)).toHaveLength(times);
    });

    test('a redeploy in the middle of a diagnosis leaves nothing behind', async () => {
        openai.willAnswer('silence');
        await load({ provider: 'model' }, [{ id: 'model', vendor: 'openai', model: 'gpt-test', url: address.openai }]);
        const { id } = await stored();
        helper.getNode('diagnose').receive({ incident: { id } } as never);
        await until(() => openai.seen.length === 1);
        await helper.unload();
        openai.willAnswer(concludes());
        await load({ provider: 'model' }, [{ id: 'model', vendor: 'openai', model: 'gpt-test', url: address.openai }]);
        expect((await first('proposal')).incident).toMatchObject({ id, diagnosis: { source: { by: 'model' } } });
    });
});

test.each([
    ['runbooks', { library: '' }, 'library'],
    ['a store', { store: '' }, 'store'],
    ['the Prometheus server it names', { prometheus: 'missing' }, 'prometheus'],
])('without %s it answers every message with what is missing', async (_what, config, field) => {
    await load(config);
    helper.getNode('diagnose').receive({ incident: { id: 'inc-00000000' } } as never);
    expect((await first('caught')).error).toMatchObject({
        code: 'CONFIG_MISSING',
        message: expect.stringContaining(field),
    });
});
