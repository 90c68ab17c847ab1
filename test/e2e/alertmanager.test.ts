// @needs prometheus-alertmanager
// @needs redis-server
import path from 'node:path';
import { type RunningAlertmanager, startAlertmanager } from '../support/alertmanager';
import { type NodeRedProcess, startNodeRed } from '../support/node-red-process';
import { until } from '../support/processes';
import { startRedis } from '../support/redis';

const SETTINGS = "httpNodeRoot: '/api',";

interface Seen {
    output: string;
    incident: {
        id: string;
        stage: string;
        previous?: string;
        source: { receiver: string };
        alerts: { status: string; startsAt: string }[];
    };
}

/** Remembers in the flow's context what came out of each output, and tells it at `/seen`. */
function recorder(output: string): object[] {
    const func = `const seen = flow.get('seen') || []; seen.push({ output: '${output}', incident: msg.incident }); flow.set('seen', seen);`;
    return [{ id: output, type: 'function', z: 'tab', func, outputs: 0, wires: [] }];
}

function flows(store: object): object[] {
    return [
        { id: 'tab', type: 'tab', label: 'alerts' },
        { id: 'store', type: 'incident-store', retentionDays: 30, demoOperator: false, ...store },
        {
            id: 'in',
            type: 'alert-in',
            z: 'tab',
            name: '',
            store: 'store',
            path: '/alert-to-fix/webhook',
            auth: 'bearer',
            credentials: { token: 's3cret' },
            signatureHeader: '',
            timestampHeader: '',
            timestampWindow: 300,
            bodyLimit: 1024,
            cluster: 'test',
            grouping: 'group',
            groupLabels: '',
            cooldown: 0,
            stormLimit: 60,
            severityLabel: '',
            clusterLabel: '',
            teamLabel: '',
            wires: [['new'], ['changed'], ['resolved']],
        },
        ...['new', 'changed', 'resolved'].flatMap(recorder),
        { id: 'ask', type: 'http in', z: 'tab', url: '/seen', method: 'get', wires: [['look']] },
        {
            id: 'look',
            type: 'function',
            z: 'tab',
            func: "msg.payload = flow.get('seen') || []; return msg;",
            outputs: 1,
            wires: [['tell']],
        },
        { id: 'tell', type: 'http response', z: 'tab', wires: [] },
    ];
}

let nodeRed: NodeRedProcess;
let alertmanager: RunningAlertmanager;

async function start(store: object): Promise<void> {
    nodeRed = await startNodeRed({ settings: SETTINGS });
    await nodeRed.deploy(flows(store));
    const httpConfig = "{ authorization: { credentials: 's3cret' } }";
    alertmanager = await startAlertmanager(`${nodeRed.url}/api/alert-to-fix/webhook`, httpConfig);
}

async function seen(): Promise<Seen[]> {
    return (await (await fetch(`${nodeRed.url}/api/seen`)).json()) as Seen[];
}

/** How often Alertmanager has notified us, as it counts itself. */
async function notifications(): Promise<number> {
    const metrics = await (await fetch(`${alertmanager.url}/metrics`)).text();
    return Number(/^alertmanager_notifications_total\{integration="webhook"[^}]*\} (\d+)/m.exec(metrics)?.[1] ?? 0);
}

const outputs = async (): Promise<string[]> => (await seen()).map(({ output }) => output);
const LABELS = { alertname: 'DiskFilling', instance: 'web-1', severity: 'critical' };

describe('a real Alertmanager', () => {
    afterEach(async () => {
        await alertmanager?.remove();
        await nodeRed?.remove();
    });

    test('opens one incident however often it repeats, closes it, and opens a linked one when the alert fires again', async () => {
        await start({ kind: 'embedded', path: 'incidents' });
        await alertmanager.post({ labels: LABELS, annotations: { summary: 'full' } });
        await until(async () => (await outputs()).length === 1);
        await until(async () => (await notifications()) >= 3);
        expect(await outputs()).toEqual(['new']);

        await alertmanager.post({ labels: LABELS, endsAt: new Date().toISOString() });
        await until(async () => (await outputs()).includes('resolved'));

        await alertmanager.post({ labels: LABELS });
        await until(async () => (await outputs()).filter((output) => output === 'new').length === 2);
        const [first, closed, second] = await seen();
        expect(first?.incident).toMatchObject({ stage: 'open', source: { receiver: 'node.red' } });
        expect(closed?.incident).toMatchObject({ id: first?.incident.id, stage: 'closed' });
        expect(second?.incident).toMatchObject({ stage: 'open', previous: first?.incident.id });
    });

    test('sends again what came while the store was down, and nothing is lost', async () => {
        const redis = await startRedis();
        try {
            await redis.kill();
            await start({
                kind: 'redis',
                path: 'incidents',
                mode: 'standalone',
                host: '127.0.0.1',
                port: redis.port,
                db: 0,
                namespace: 'a2f',
            });
            await alertmanager.post({ labels: LABELS });
            await until(() => nodeRed.log().includes('[alert-in:in]'));
            expect(await outputs()).toEqual([]);
            await redis.restart();
            await until(async () => (await outputs()).length === 1);
            expect(await outputs()).toEqual(['new']);
        } finally {
            await redis.close();
        }
    });
});

test('an alert that Node-RED took before it was killed is sent on after the restart', async () => {
    nodeRed = await startNodeRed({ settings: SETTINGS });
    const { userDir, port } = nodeRed;
    try {
        await nodeRed.deploy(flows({ kind: 'embedded', path: path.join(userDir, 'incidents') }));
        const body = {
            version: '4',
            receiver: 'r',
            status: 'firing',
            groupKey: 'g',
            externalURL: '',
            alerts: [{ status: 'firing', labels: LABELS, annotations: {}, startsAt: new Date().toISOString() }],
        };
        const answer = await fetch(`${nodeRed.url}/api/alert-to-fix/webhook`, {
            method: 'POST',
            body: JSON.stringify(body),
            headers: { 'Content-Type': 'application/json', Authorization: 'Bearer s3cret' },
        });
        expect(answer.status).toBe(202);
        const accepted = (await answer.json()) as { incidents: { id: string }[] };
        await nodeRed.stop('SIGKILL');
        nodeRed = await startNodeRed({ userDir, port, settings: SETTINGS });
        await until(async () => (await outputs()).length === 1);
        expect((await seen())[0]?.incident.id).toBe(accepted.incidents[0]?.id);
    } finally {
        await nodeRed.remove();
    }
});
