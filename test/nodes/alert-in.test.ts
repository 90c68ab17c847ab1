// @needs prometheus-alertmanager

import { createHmac } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import type { NodeAPI } from 'node-red';
import request from 'supertest';
import { AlertmanagerAlerts } from '../../nodes/adapters/alertmanager/alertmanager-alerts';
import alertIn from '../../nodes/alert-in/alert-in';
import { endedSince, reopening } from '../../nodes/core/intake/reopen';
import prometheusServer from '../../nodes/prometheus-server/prometheus-server';
import type { IncidentMessage } from '../../nodes/runtime/message';
import { startAlertmanager } from '../support/alertmanager';
import { alertOn, anAlert, aPayload } from '../support/alertmanager-payload';
import { helper } from '../support/node-red';
import { until } from '../support/processes';
import { serviceOf, storeNode } from '../support/store-node';
import { type TemporaryStore, temporarySqlite } from '../support/stores';

const PATH = '/alert-to-fix/webhook';
const CONFIG = {
    id: 'in',
    type: 'alert-in',
    z: 'tab',
    name: '',
    store: 'store',
    path: PATH,
    auth: 'none',
    signatureHeader: '',
    timestampHeader: '',
    timestampWindow: 300,
    bodyLimit: 64,
    cluster: 'main',
    grouping: 'group',
    groupLabels: '',
    cooldown: 0,
    stormLimit: 60,
    severityLabel: '',
    clusterLabel: '',
    teamLabel: '',
    wires: [['new'], ['changed'], ['resolved']],
};
const FLOW = [
    { id: 'tab', type: 'tab' },
    { id: 'store', type: 'incident-store' },
    ...['new', 'changed', 'resolved'].map((id) => ({ id, type: 'helper', z: 'tab' })),
];

let opened: TemporaryStore;
let http: NodeAPI['httpNode'];
const sent: { output: string; msg: IncidentMessage }[] = [];

beforeAll(() => new Promise<void>((done) => helper.startServer(done)));
afterAll(() => new Promise<void>((done) => helper.stopServer(done)));
beforeEach(async () => {
    opened = await temporarySqlite();
    sent.length = 0;
});
afterEach(async () => {
    await helper.unload();
    await opened.close();
});

function capturing(RED: NodeAPI): void {
    http = RED.httpNode;
    alertIn(RED);
}

async function load(config: Record<string, unknown> = {}, credentials = {}, more: object[] = []): Promise<void> {
    const nodes = [storeNode(() => serviceOf(opened.store)), prometheusServer, capturing] as Parameters<
        typeof helper.load
    >[0];
    await helper.load(nodes, [...FLOW, { ...CONFIG, ...config }, ...more] as typeof FLOW, { in: credentials });
    for (const output of ['new', 'changed', 'resolved']) {
        helper.getNode(output).on('input', (msg) => sent.push({ output, msg: msg as IncidentMessage }));
    }
}

function post(body: unknown, headers: Record<string, string> = {}): request.Test {
    return request(http)
        .post(PATH)
        .set('Content-Type', 'application/json')
        .set(headers)
        .send(typeof body === 'string' ? body : JSON.stringify(body));
}

function bytes(body: Buffer): request.Test {
    const test = request(http).post(PATH).set('Content-Type', 'application/json');
    test.write(body);
    return test;
}

/** The helper makes every method of a node a sinon spy. */
function lastArgument(method: unknown): unknown {
    return (method as { lastCall?: { args: unknown[] } }).lastCall?.args[0];
}

const lastStatus = (id = 'in'): unknown => lastArgument(helper.getNode(id).status);

describe('an alert', () => {
    beforeEach(() => load());

    test('is in the store when it is answered, and comes out as a new incident', async () => {
        const answer = await post(aPayload());
        expect(answer.status).toBe(202);
        const [{ id, effect }] = answer.body.incidents;
        expect(effect).toBe('new');
        expect((await opened.store.read(id))?.incident.stage).toBe('open');
        await until(() => sent.length === 1);
        expect(sent[0]).toMatchObject({
            output: 'new',
            msg: { topic: id, payload: 'DiskFilling on web-1 (critical): 1 alert firing', incident: { id } },
        });
        expect(lastStatus()).toMatchObject({ fill: 'green' });
    });

    test('joins, then resolves, each on its output; duplicates stay quiet', async () => {
        await post(aPayload());
        await post(aPayload());
        await post(aPayload({ alerts: [anAlert(), alertOn('web-2')] }));
        await post(
            aPayload({
                alerts: [
                    anAlert({ status: 'resolved', endsAt: new Date().toISOString() }),
                    alertOn('web-2', { status: 'resolved' }),
                ],
            }),
        );
        await until(() => sent.length === 3);
        expect(sent.map(({ output }) => output)).toEqual(['new', 'changed', 'resolved']);
        expect(new Set(sent.map(({ msg }) => msg.topic)).size).toBe(1);
        expect(sent[2]?.msg.incident?.stage).toBe('closed');
    });
});

describe('a request that is wrong is answered with one sentence', () => {
    beforeEach(() => load());
    test.each<[string, () => request.Test, number, string]>([
        ['no JSON', () => post('{"version": "4",'), 400, 'body'],
        ['not UTF-8', () => bytes(Buffer.from([0x22, 0xff, 0x22])), 400, 'body'],
        ['an empty body', () => post(''), 400, 'body'],
        ['another version', () => post(aPayload({ version: '9' })), 422, 'version'],
        [
            'another type',
            () => request(http).post(PATH).set('Content-Type', 'text/plain').send('x'),
            415,
            'Content-Type',
        ],
        [
            'another character set',
            () => post('{}', { 'Content-Type': 'application/json; charset=latin1' }),
            415,
            'Content-Type',
        ],
        ['compressed', () => post('{}', { 'Content-Encoding': 'gzip' }), 415, 'Content-Encoding'],
        ['too large', () => post(JSON.stringify({ x: 'x'.repeat(70_000) })), 413, 'body'],
        ['fetched', () => request(http).get(PATH), 405, 'method'],
        ['deeply nested', () => post(`${'['.repeat(30_000)}${']'.repeat(30_000)}`), 422, 'body'],
    ])('%s', async (_what, send, status, field) => {
        const answer = await send();
        expect(answer.status).toBe(status);
        expect(answer.body).toMatchObject({ field });
        expect(answer.body.error).toMatch(/^[^.]+; [a-z].+\.$/);
    });

    test('that names the field once', async () => {
        expect((await post(aPayload({ version: '9' }))).body.error).toBe(
            'The webhook body is wrong at version: invalid option: expected one of "1"|"4"; ' +
                'send Alertmanager\'s webhook body (version "4") or Grafana\'s (version "1"), without a custom payload template.',
        );
    });

    test('and stores nothing', async () => {
        await post(aPayload({ version: '9' }));
        expect(await opened.store.list()).toEqual([]);
    });

    test('but a store that is down is worth a retry', async () => {
        await opened.store.close();
        expect((await post(aPayload())).status).toBe(503);
        expect(lastStatus()).toMatchObject({ fill: 'red', text: 'STORE_DOWN' });
        await opened.store.open();
        expect((await post(aPayload())).status).toBe(202);
        expect(lastStatus()).toMatchObject({ fill: 'green' });
    });
});

describe('a sender proves itself', () => {
    test('by a Bearer token', async () => {
        await load({ auth: 'bearer' }, { token: 's3cret' });
        expect((await post(aPayload())).status).toBe(401);
        expect((await post(aPayload())).headers['www-authenticate']).toBe('Bearer');
        expect((await post(aPayload(), { Authorization: 'Bearer s3cret' })).status).toBe(202);
    });

    test('by user and password', async () => {
        await load({ auth: 'basic' }, { user: 'am', password: 'pw' });
        expect((await post(aPayload(), { Authorization: 'Basic eHg=' })).status).toBe(401);
        expect((await request(http).post(PATH).auth('am', 'pw').send(aPayload())).status).toBe(202);
    });

    test("by Grafana's signature over the raw body", async () => {
        await load({ auth: 'hmac', timestampHeader: 'X-Time' }, { secret: 'k' });
        const body = `${JSON.stringify(aPayload({ version: '1' }), null, 2)}\n`;
        const time = String(Math.floor(Date.now() / 1_000));
        const signature = createHmac('sha256', 'k').update(`${time}:${body}`).digest('hex');
        const headers = { 'X-Time': time, 'X-Grafana-Alerting-Signature': signature };
        expect((await post(body.trim(), headers)).status).toBe(401);
        expect((await post(body, headers)).status).toBe(202);
    });

    test('a signed request that was recorded and is sent again changes nothing; one without a time is refused', async () => {
        await load({ auth: 'hmac' }, { secret: 'k' });
        const signed = (body: string, at: string): Record<string, string> => ({
            'X-Grafana-Alerting-Timestamp': at,
            'X-Grafana-Alerting-Signature': createHmac('sha256', 'k').update(`${at}:${body}`).digest('hex'),
        });
        const time = String(Math.floor(Date.now() / 1_000));
        const firing = JSON.stringify(aPayload());
        const ended = JSON.stringify(
            aPayload({ alerts: [anAlert({ status: 'resolved', endsAt: '2026-01-01T01:00:00Z' })] }),
        );
        expect((await post(firing, signed(firing, time))).body).toMatchObject({ status: 'accepted' });
        expect((await post(ended, signed(ended, time))).body).toMatchObject({ status: 'accepted' });
        const replayed = await post(firing, signed(firing, time));
        expect([replayed.status, replayed.body]).toEqual([202, { status: 'known', incidents: [] }]);
        expect(await opened.store.list()).toHaveLength(1);
        const bare = createHmac('sha256', 'k').update(firing).digest('hex');
        expect((await post(firing, { 'X-Grafana-Alerting-Signature': bare })).body).toMatchObject({
            code: 'AUTH_FAILED',
            field: 'X-Grafana-Alerting-Timestamp',
        });
    });
});

describe('the path', () => {
    test('of a second node is refused with a clear sentence, and the first goes on', async () => {
        await load({}, {}, [{ ...CONFIG, id: 'second' }]);
        expect(lastStatus('second')).toMatchObject({ fill: 'red', text: 'CONFIG_INVALID' });
        expect(lastArgument(helper.getNode('second').error)).toContain(
            'Another alert-in listens on /alert-to-fix/webhook',
        );
        expect((await post(aPayload())).status).toBe(202);
    });

    test('is free again when the node is gone', async () => {
        await load();
        await helper.unload();
        expect((await post(aPayload())).status).toBe(404);
    });

    test('without a secret for the chosen authentication is not opened', async () => {
        await load({ auth: 'bearer' });
        expect(lastStatus()).toMatchObject({ fill: 'red' });
        expect((await post(aPayload())).status).toBe(404);
    });
});

describe('after a restart', () => {
    test('an incident that nobody carried on is sent again', async () => {
        await load();
        const [{ id }] = (await post(aPayload())).body.incidents;
        const other = { node: 'in', state: 'sent' as const, port: 0, instance: 'gone' };
        await opened.incidents.change(id, (incident) => ({
            incident: { ...incident, flow: other },
            entries: [{ type: 'flow.sent', by: 'node:alert-in', text: 'As another process left it.' }],
        }));
        await helper.unload();
        sent.length = 0;
        await load();
        await until(() => sent.length === 1);
        expect(sent[0]).toMatchObject({ output: 'new', msg: { topic: id } });
        expect((await opened.store.timeline(id)).at(-1)?.type).toBe('flow.resumed');
    });

    test('an incident that a person has diagnosed again comes out once more, once', async () => {
        await load();
        const [{ id }] = (await post(aPayload())).body.incidents;
        const failed = await opened.incidents.change(id, (incident) => ({
            incident: { ...incident, stage: 'failed' },
            entries: [{ type: 'plan.failed', by: 'node:test', text: 'No such playbook.' }],
        }));
        sent.length = 0;
        await opened.incidents.change(id, reopening({ platform: 'page', id: 'alice' }, endedSince(failed)));
        await helper.unload();
        await load();
        await until(() => sent.length === 1);
        expect(sent[0]).toMatchObject({ output: 'new', msg: { topic: id, incident: { stage: 'open' } } });
        await helper.unload();
        await load();
        const types = (await opened.store.timeline(id)).map(({ type }) => type);
        expect(types.slice(-2)).toEqual(['incident.reopened', 'flow.resumed']);
        expect(sent).toHaveLength(1);
    });

    test('an incident whose cooldown is over is released', async () => {
        await load({ cooldown: 3_600 });
        await post(aPayload());
        await post(aPayload({ alerts: [anAlert({ status: 'resolved', endsAt: new Date().toISOString() })] }));
        const [{ id, effect }] = (await post(aPayload({ alerts: [anAlert({ startsAt: new Date().toISOString() })] })))
            .body.incidents;
        expect(effect).toBe('held');
        await opened.incidents.change(id, (incident) => ({
            incident: { ...incident, flow: { ...incident.flow, until: new Date().toISOString() } },
            entries: [{ type: 'flow.sent', by: 'node:alert-in', text: 'The test lets time pass.' }],
        }));
        await until(() => sent.some(({ msg }) => msg.topic === id));
        expect((await opened.store.read(id))?.incident.flow).toMatchObject({ state: 'sent', port: 0 });
    });
});

describe('with the Alertmanager that sends', () => {
    const prometheus = (alertmanagerUrl: string) => ({
        id: 'prometheus',
        type: 'prometheus-server',
        name: '',
        url: 'http://127.0.0.1:9',
        alertmanagerUrl,
        auth: 'none',
        timeout: '5',
    });

    test('an incident whose end was never told comes out as resolved once its alerts have long been gone', async () => {
        const alertmanager = await startAlertmanager('http://127.0.0.1:9');
        const now = performance.now.bind(performance);
        let aheadMs = 0;
        const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
        const asked = jest.spyOn(AlertmanagerAlerts.prototype, 'firing');
        let looks = -1;
        try {
            await load({ prometheus: 'prometheus' }, {}, [prometheus(alertmanager.url)]);
            const [{ id }] = (await post(aPayload({ alerts: [anAlert({ startsAt: new Date().toISOString() })] }))).body
                .incidents;
            await until(() => {
                if (asked.mock.calls.length > looks) aheadMs += 120_000;
                looks = asked.mock.calls.length;
                return sent.some(({ output }) => output === 'resolved');
            });
            expect(sent.at(-1)).toMatchObject({
                output: 'resolved',
                msg: { topic: id, incident: { stage: 'closed' } },
            });
        } finally {
            clock.mockRestore();
            asked.mockRestore();
            await alertmanager.remove();
        }
    });

    test('that cannot be asked, alerts are taken, and the log says it once', async () => {
        const now = performance.now.bind(performance);
        let aheadMs = 0;
        const clock = jest.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
        const asked = jest.spyOn(AlertmanagerAlerts.prototype, 'firing');
        try {
            await load({ prometheus: 'prometheus' }, {}, [prometheus('http://127.0.0.1:9')]);
            expect((await post(aPayload())).status).toBe(202);
            aheadMs = 60_000;
            await until(() => asked.mock.calls.length === 1);
            await pause(6_000);
            aheadMs = 120_000;
            await until(() => asked.mock.calls.length === 2);
            await Promise.allSettled(asked.mock.results.map(({ value }) => value as Promise<unknown>));
        } finally {
            clock.mockRestore();
            asked.mockRestore();
        }
        const { warn } = helper.getNode('in') as unknown as { warn: { args: [string][] } };
        expect(warn.args.flat()).toEqual([expect.stringContaining('cannot ask for alerts that resolved')]);
        expect((await opened.store.list()).map(({ incident }) => incident.stage)).toEqual(['open']);
    });
});
