// @needs ansible-playbook
import type { Node, NodeAPI, NodeDef } from 'node-red';
import { RunbookFolder } from '../../nodes/adapters/runbook-folder/runbook-folder';
import ansibleExec from '../../nodes/ansible-exec/ansible-exec';
import type { ServiceNode } from '../../nodes/runtime/config-node';
import type { IncidentMessage } from '../../nodes/runtime/message';
import type { ApprovalGateService, PrometheusServerService, RunbookLibraryService } from '../../nodes/runtime/services';
import { FixScene, type SceneOptions } from '../support/fix-scene';
import { helper } from '../support/node-red';
import { until } from '../support/processes';
import { serviceOf, storeNode } from '../support/store-node';

const NODE = {
    type: 'ansible-exec',
    z: 'tab',
    name: '',
    store: 'store',
    library: 'library',
    prometheus: 'prometheus',
    program: '',
    timeout: 60,
    forks: 5,
    concurrency: 2,
};
const OUTPUTS = ['succeeded', 'failed', 'progress', 'caught', 'state'];

let scene: FixScene;
const sent: { output: string; msg: IncidentMessage }[] = [];
const at = (output: string): IncidentMessage[] => sent.filter((one) => one.output === output).map(({ msg }) => msg);

beforeAll(() => new Promise<void>((done) => helper.startServer(done)));
afterAll(() => new Promise<void>((done) => helper.stopServer(done)));
beforeEach(() => {
    sent.length = 0;
});
afterEach(async () => {
    await helper.unload();
    await scene.close();
});

function configNode<Service>(type: string, service: () => Service): (RED: NodeAPI) => void {
    return (RED) => {
        function construct(this: ServiceNode<Service> & Node, config: NodeDef): void {
            RED.nodes.createNode(this, config);
            this.service = service();
        }
        RED.nodes.registerType(type, construct as never);
    };
}

async function load(config: Record<string, unknown> = {}): Promise<void> {
    const nodes = [
        storeNode(() =>
            serviceOf(scene.storage.store, { folder: scene.library.root, keys: () => Promise.resolve(scene.keys) }),
        ),
        configNode<RunbookLibraryService>('runbook-library', () => ({
            library: new RunbookFolder({ folder: scene.library.folder }),
        })),
        configNode<ApprovalGateService>('approval-gate', () => ({ policy: scene.policyWith({}) })),
        configNode<PrometheusServerService>('prometheus-server', () => ({
            metrics: scene.metrics,
            rules: { inactive: async () => new Set<string>() },
            alerts: { ...scene.alerts, since: async () => new Date(0) },
        })),
        ansibleExec,
    ];
    const flow = [
        { id: 'tab', type: 'tab' },
        { id: 'gate-1', type: 'approval-gate' },
        { id: 'store', type: 'incident-store' },
        { id: 'library', type: 'runbook-library' },
        { id: 'prometheus', type: 'prometheus-server' },
        ...OUTPUTS.map((id) => ({ id, type: 'helper', z: 'tab' })),
        { id: 'catch-1', type: 'catch', z: 'tab', scope: ['planner', 'runner'], wires: [['caught']] },
        { id: 'status-1', type: 'status', z: 'tab', scope: ['planner', 'runner'], wires: [['state']] },
        { id: 'planner', mode: 'dry-run', wires: [['succeeded'], ['failed'], ['progress']], ...NODE, ...config },
        { id: 'runner', mode: 'run', wires: [['succeeded'], ['failed'], ['progress']], ...NODE, ...config },
    ];
    await helper.load(nodes as Parameters<typeof helper.load>[0], flow);
    for (const output of OUTPUTS)
        helper.getNode(output).on('input', (msg) => sent.push({ output, msg: msg as IncidentMessage }));
}

async function open(options: SceneOptions = {}): Promise<string> {
    scene = await new FixScene(options).open();
    return (await scene.diagnosed()).id;
}

function send(node: string, id: string, extra: Record<string, unknown> = {}): void {
    helper.getNode(node).receive({ incident: { id }, ...extra } as never);
}

const stored = async (id: string) => (await scene.storage.incidents.get(id)).incident;
const SLOW =
    '- copy: {dest: "{{ playbook_dir }}/../../conf", content: "half\\n"}\n- wait_for: {path: "{{ playbook_dir }}/../../go", timeout: 60, sleep: 1}\n  when: not ansible_check_mode\n- copy: {dest: "{{ playbook_dir }}/../../conf", content: "good\\n"}';
const clearedByFix = (): void => {
    scene.onAsk = () => {
        if (scene.conf() === 'good') scene.alertState = 'cleared';
    };
};

test('dry run, approval, run: outputs, progress, payload, topic, and what the user put on the message', async () => {
    const id = await open();
    await load();
    send('planner', id, { mine: { kept: true } });
    await until(() => at('succeeded').length === 1);
    expect(at('succeeded')[0]).toMatchObject({
        topic: id,
        mine: { kept: true },
        payload: expect.stringContaining('1 task would change'),
        incident: { stage: 'planned' },
    });
    await scene.approve(id);
    clearedByFix();
    send('runner', id, { mine: { kept: true } });
    await until(() => at('succeeded').length === 2);
    expect(at('succeeded')[1]).toMatchObject({
        topic: id,
        mine: { kept: true },
        payload: expect.stringContaining('cleared'),
        incident: { stage: 'closed' },
    });
    expect(at('progress').map(({ payload }) => payload)).toContain('web-1: write: changed');
    expect(at('failed')).toEqual([]);
    expect(at('caught')).toEqual([]);
});

test('a refused fix leaves by the second output with the reason', async () => {
    const id = await open();
    await load();
    send('planner', id);
    await until(() => at('succeeded').length === 1);
    await scene.approve(id);
    scene.alertState = 'cleared';
    send('runner', id);
    await until(() => at('failed').length === 1);
    expect(at('failed')[0]).toMatchObject({
        payload: expect.stringContaining('does not fire'),
        incident: { stage: 'refused' },
    });
});

const FORGED: [string, (id: string) => Record<string, unknown>, string][] = [
    ['the id of an incident that nobody approved', (id) => ({ incident: { id } }), 'NOT_APPROVED'],
    [
        'an incident made by hand that claims to be approved',
        (id) => ({
            incident: { id, stage: 'approved', approval: { state: 'approved', decisions: [{ verdict: 'approve' }] } },
        }),
        'NOT_APPROVED',
    ],
    [
        'an incident that does not exist',
        () => ({ incident: { id: 'inc-00000000', stage: 'approved' } }),
        'INCIDENT_UNKNOWN',
    ],
    ['no incident', () => ({ payload: 'rm -rf /' }), 'INPUT_INVALID'],
    ['an incident whose id is a path', () => ({ incident: { id: '../../etc' } }), 'INPUT_INVALID'],
    ['a cancel of something that does not run', (id) => ({ incident: { id }, cancel: true }), 'STAGE_WRONG'],
];
test.each(FORGED)(
    '%s, wired straight to the run, ends in a catchable error and runs nothing',
    async (_what, message, code) => {
        const id = await open();
        await load();
        helper.getNode('runner').receive(message(id) as never);
        await until(() => at('caught').length === 1);
        expect(at('caught')[0]).toMatchObject({ error: { code } });
        expect([...at('succeeded'), ...at('failed')]).toEqual([]);
        expect(await stored(id)).toMatchObject({ stage: 'diagnosed' });
        expect(scene.conf()).toBe('bad');
    },
);

async function running(): Promise<string> {
    const id = await open({ tasks: SLOW });
    await load();
    send('planner', id);
    await until(() => at('succeeded').length === 1);
    await scene.approve(id);
    clearedByFix();
    send('runner', id);
    await until(() => scene.conf() === 'half');
    return id;
}

test.each([{ cancel: true }, { topic: 'cancel' }])('%j stops the run', async (message) => {
    const id = await running();
    send('runner', id, message);
    await until(() => at('failed').length === 1);
    expect(at('failed')[0]).toMatchObject({ incident: { stage: 'failed', run: { state: 'cancelled' } } });
});

test('a second message for a running fix is an error, and the fix goes on', async () => {
    const id = await running();
    send('runner', id);
    await until(() => at('caught').length === 1);
    expect(at('caught')[0]).toMatchObject({ error: { code: 'ALREADY_RUN' } });
    scene.library.write('../go', '');
    await until(() => at('succeeded').length === 2);
});

test('a run survives a redeploy: the new node finds it and puts its end on the output', async () => {
    const id = await running();
    await helper.unload();
    expect(await stored(id)).toMatchObject({ stage: 'running' });
    sent.length = 0;
    await load();
    scene.library.write('../go', '');
    await until(() => at('succeeded').length === 1);
    expect(at('succeeded')[0]).toMatchObject({
        topic: id,
        incident: { stage: 'closed', verification: { result: 'cleared' } },
    });
});

test('a missing program is told by status at once, and by the incident', async () => {
    const id = await open();
    await load({ program: '/nowhere/ansible-playbook' });
    await until(() => at('state').some(({ status }) => (status as { text?: string }).text === 'ANSIBLE_MISSING'));
    send('planner', id);
    await until(() => at('failed').length === 1);
    expect(at('failed')[0]).toMatchObject({
        payload: expect.stringContaining('/nowhere'),
        incident: { stage: 'failed' },
    });
});

test.each([
    [{ store: '' }, 'CONFIG_MISSING'],
    [{ library: 'gone' }, 'CONFIG_MISSING'],
    [{ timeout: 'soon' }, 'CONFIG_INVALID'],
    [{ mode: 'both' }, 'CONFIG_INVALID'],
    [{ program: '${NO_SUCH_VARIABLE}' }, 'CONFIG_INVALID'],
])('with %j every message ends in the error %s', async (config, code) => {
    const id = await open();
    await load(config);
    send('runner', id);
    await until(() => at('caught').length === 1);
    expect(at('caught')[0]).toMatchObject({ error: { code } });
});

test('a store that is down is an error, and the status says so', async () => {
    const id = await open();
    await load();
    await until(() => at('state').length > 0);
    await scene.storage.store.close();
    send('planner', id);
    await until(() => at('caught').length === 1);
    expect(at('caught')[0]).toMatchObject({ error: { code: 'STORE_DOWN' } });
});
