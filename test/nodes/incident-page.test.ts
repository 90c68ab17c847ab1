// @needs prometheus
/**
 * @needs redis-server
 * @needs promtool
 */
import { spawnSync } from 'node:child_process';
import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { createConnection } from 'node:net';
import bcrypt from 'bcryptjs';
import { endedSince } from '../../nodes/core/intake/reopen';
import type { Incident } from '../../nodes/core/model/incident';
import { sealOf } from '../support/approvals';
import { alertInNode, embeddedStoreNode, PageScene } from '../support/page-scene';
import { until } from '../support/processes';

interface Answer {
    status: number;
    headers: IncomingHttpHeaders;
    text: string;
    json: {
        error?: { code: string; message: string; text?: string; field?: string };
        outcome?: string;
        stage?: string;
    };
}

interface Ask {
    method?: string;
    headers?: Record<string, string>;
    body?: string;
}

/** `fetch` writes Host, Origin and Sec-Fetch-Site by itself; these tests write them. */
function ask(url: string, { method = 'GET', headers = {}, body }: Ask = {}): Promise<Answer> {
    return new Promise((resolve, reject) => {
        const request = httpRequest(url, { method, headers }, (response) => {
            let text = '';
            response.setEncoding('utf8');
            response.on('data', (chunk: string) => (text += chunk));
            response.on('end', () => {
                const isJson = /json/.test(response.headers['content-type'] ?? '');
                resolve({
                    status: response.statusCode ?? 0,
                    headers: response.headers,
                    text,
                    json: isJson ? (JSON.parse(text) as Answer['json']) : {},
                });
            });
        });
        request.on('error', reject);
        request.end(body);
    });
}

const PAGE = { 'content-type': 'application/json', 'x-alert-to-fix': 'page' };

function decision(
    scene: PageScene,
    incident: Incident,
    headers: Record<string, string> = {},
    parts: object = {},
    query = '',
): Promise<Answer> {
    const body = JSON.stringify({ seal: sealOf(incident), verdict: 'approve', ...parts });
    return ask(`${scene.url}api/incidents/${incident.id}/decision${query}`, {
        method: 'POST',
        headers: { ...PAGE, ...headers },
        body,
    });
}

function again(
    scene: PageScene,
    incident: Incident,
    headers: Record<string, string> = {},
    query = '',
    since = endedSince(incident),
): Promise<Answer> {
    return ask(`${scene.url}api/incidents/${incident.id}/diagnosis${query}`, {
        method: 'POST',
        headers: { ...PAGE, ...headers },
        body: JSON.stringify({ since }),
    });
}

const stageOf = async (scene: PageScene, { id }: Incident): Promise<string> =>
    (await scene.incidents.get(id)).incident.stage;

let scene: PageScene;

describe('without admin authentication, on loopback, with the demo operator', () => {
    let incident: Incident;
    beforeAll(async () => {
        scene = await PageScene.start({
            demoOperator: true,
            nodes: [embeddedStoreNode('other'), { id: 'tab', type: 'tab' }, alertInNode()],
            settings: "httpAdminCors: { origin: '*', methods: 'GET,POST' },",
        });
        incident = await scene.waiting();
    });
    afterAll(() => scene.close());

    test.each<[string, Record<string, string>]>([
        ['by another web site, which may not send our header without asking', { 'x-alert-to-fix': '' }],
        [
            'by another web site that httpAdminCors lets in',
            { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' },
        ],
        ['by a page of another port of this machine', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }],
        ['by a file or a sandboxed frame', { origin: 'null' }],
        ['through a rebound DNS name', { host: 'evil.example.org' }],
        ['through a name that begins like ours', { host: '127.0.0.1.evil.example.org' }],
        ['through a proxy that says so', { 'x-forwarded-for': '203.0.113.5' }],
        ['through a proxy with a standard header', { forwarded: 'for=203.0.113.5' }],
        ['through a proxy that only names itself', { via: '1.1 proxy' }],
        ...[
            'CF-Connecting-IP',
            'True-Client-IP',
            'X-Client-IP',
            'X-Real-IP',
            'X-Cluster-Client-IP',
            'X-Forwarded-Port',
            'X-Forwarded-Server',
            'X-Original-Forwarded-For',
            'X-Envoy-External-Address',
            'Forwarded-For',
            'Fastly-Client-IP',
        ].map((name): [string, Record<string, string>] => [
            `through a proxy that adds ${name}`,
            { [name.toLowerCase()]: '203.0.113.5' },
        ]),
        ['through a proxy that hides all but the browser’s origin', { origin: 'https://ops.example.org' }],
    ])('a decision %s is refused', async (_how, headers) => {
        const sent = Object.fromEntries(Object.entries({ ...PAGE, ...headers }).filter(([, value]) => value !== ''));
        const body = JSON.stringify({ seal: sealOf(incident), verdict: 'approve' });
        const answer = await ask(`${scene.url}api/incidents/${incident.id}/decision`, {
            method: 'POST',
            headers: sent,
            body,
        });
        expect(answer.status).toBe(403);
        expect(answer.json.error).toMatchObject({ code: 'AUTH_FAILED' });
        expect(answer.json.error?.message).toMatch(/this machine only/);
        expect(await stageOf(scene, incident)).toBe('waiting');
    });

    test.each<[string, string, string, number, string]>([
        ['malformed JSON', '{"seal":', 'application/json', 400, 'INPUT_INVALID'],
        ['a form', 'seal=abc&verdict=approve', 'application/x-www-form-urlencoded', 400, 'INPUT_INVALID'],
        ['no content type at all', '{}', '', 400, 'INPUT_INVALID'],
        ['an array', '[]', 'application/json', 400, 'INPUT_INVALID'],
        [
            'a verdict of the wrong type',
            '{"seal":"abcdefgh","verdict":["approve"]}',
            'application/json',
            400,
            'INPUT_INVALID',
        ],
        ['a seal that is a number', '{"seal":12345678,"verdict":"approve"}', 'application/json', 400, 'INPUT_INVALID'],
        [
            'a seal too short to mean anything',
            '{"seal":"a","verdict":"approve"}',
            'application/json',
            400,
            'INPUT_INVALID',
        ],
        [
            'a reason of 3,000 characters',
            JSON.stringify({ seal: 'abcdefgh', verdict: 'reject', reason: 'x'.repeat(3_000) }),
            'application/json',
            400,
            'INPUT_INVALID',
        ],
        ['6 MB', JSON.stringify({ seal: 'x'.repeat(6_000_000) }), 'application/json', 413, 'TOO_LARGE'],
    ])('%s is answered with a plain sentence and no stack trace', async (_what, body, type, status, code) => {
        const headers = { 'x-alert-to-fix': 'page', ...(type ? { 'content-type': type } : {}) };
        const answer = await ask(`${scene.url}api/incidents/${incident.id}/decision`, {
            method: 'POST',
            headers,
            body,
        });
        expect({ status: answer.status, code: answer.json.error?.code }).toEqual({ status, code });
        expect(answer.text).not.toMatch(/node_modules|at .*\.js/);
        expect(await stageOf(scene, incident)).toBe('waiting');
    });

    test('another seal, an unknown incident and a bad id are told apart', async () => {
        const other = await decision(scene, incident, {}, { seal: 'f'.repeat(64) });
        expect([other.status, other.json.error?.code]).toEqual([409, 'PLAN_CHANGED']);
        const unknown = await decision(scene, { ...incident, id: 'inc-00000000' });
        expect([unknown.status, unknown.json.error?.code]).toEqual([404, 'INCIDENT_UNKNOWN']);
        const bad = await ask(`${scene.url}api/incidents/..%2f..%2fetc/log`);
        expect([bad.status, bad.json.error?.field]).toEqual([400, 'id']);
        for (const place of ['yesterday', incident.updatedAt, `${incident.updatedAt},..`, `yesterday,${incident.id}`]) {
            const before = await ask(`${scene.url}api/incidents?before=${place}`);
            expect([before.status, before.json.error?.field]).toEqual([400, 'before']);
        }
    });

    test('of fifty clicks at the same time one decides; the others are told who did, in their language', async () => {
        const contested = await scene.waiting();
        const answers = await Promise.all(
            Array.from({ length: 50 }, () => decision(scene, contested, {}, {}, '?language=zh-CN')),
        );
        expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
        const late = answers.filter(({ status }) => status === 409);
        expect(late).toHaveLength(49);
        for (const { json } of late) expect(json.error?.text).toContain('Demo operator (page:demo-operator) 已于');
    });

    test('what ended while its alerts fire is listed as open, with the reason; what is over is not', async () => {
        const listed = async (): Promise<{ id: string; reason?: string }[]> =>
            (
                (await ask(`${scene.url}api/incidents?show=open`)).json as {
                    incidents?: { id: string; reason?: string }[];
                }
            ).incidents ?? [];
        const refused = await scene.ended('refused', 'Rejected by Ada.');
        const unknown = await scene.ended('unknown', 'Nobody knows.');
        const over = await scene.ended('failed', 'The playbook failed.');
        await scene.incidents.change(over.id, (known) => ({
            incident: { ...known, alerts: known.alerts.map((alert) => ({ ...alert, status: 'resolved' })) },
            entries: [{ type: 'alerts.resolved', by: 'node:test', text: 'Over.' }],
        }));
        const open = await listed();
        expect(open.find(({ id }) => id === refused.id)?.reason).toBe('Rejected by Ada.');
        expect(open.find(({ id }) => id === unknown.id)?.reason).toBe('Nobody knows.');
        expect(open.find(({ id }) => id === incident.id)).not.toHaveProperty('reason');
        expect(open.map(({ id }) => id)).not.toContain(over.id);
    });

    describe('diagnosing again', () => {
        const shown = async ({
            id,
        }: Incident): Promise<{ again?: { since: string; you?: { id: string }; refusal?: string } }> =>
            (await ask(`${scene.url}api/incidents/${id}`, { headers: PAGE })).json as { again?: { since: string } };

        test('the incident is open again and alert-in sends it on; the timeline names the person', async () => {
            const failed = await scene.ended('failed', 'The playbook failed.');
            expect((await shown(failed)).again).toMatchObject({
                since: failed.stageSince,
                you: { id: 'demo-operator' },
            });
            const answer = await again(scene, failed);
            expect([answer.status, answer.json]).toEqual([200, { stage: 'open' }]);
            expect(await shown(failed)).not.toHaveProperty('again');
            await until(async () => (await scene.incidents.store.timeline(failed.id)).at(-1)?.type === 'flow.resumed');
            expect((await scene.incidents.store.timeline(failed.id)).at(-2)).toMatchObject({
                type: 'incident.reopened',
                by: 'page:demo-operator',
            });
            expect((await ask(`${scene.url}api/incidents/${failed.id}`)).json).toMatchObject({
                chain: { whole: true },
            });
        });

        test('of twenty clicks one counts', async () => {
            const refused = await scene.ended('refused', 'Rejected.');
            const answers = await Promise.all(
                Array.from({ length: 20 }, () => again(scene, refused, {}, '?language=zh-CN')),
            );
            expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
            const late = answers.filter(({ status }) => status === 409);
            expect(late).toHaveLength(19);
            for (const { json } of late)
                expect(json.error).toMatchObject({
                    code: 'STAGE_WRONG',
                    field: 'incident.stage',
                    text: expect.stringContaining('诊断中'),
                });
            const types = (await scene.incidents.store.timeline(refused.id)).map(({ type }) => type);
            expect(types.filter((type) => type === 'incident.reopened')).toHaveLength(1);
        });

        test('a click on an ending that is no longer the newest counts for nothing', async () => {
            const failed = await scene.ended('failed', 'The playbook failed.');
            const answer = await again(scene, failed, {}, '', '2026-01-01T00:00:00.000Z');
            expect([answer.status, answer.json.error?.code, answer.json.error?.field]).toEqual([
                409,
                'STAGE_WRONG',
                'since',
            ]);
            expect(await stageOf(scene, failed)).toBe('failed');
        });

        test.each(['waiting', 'unknown'] as const)('an incident that is %s is left alone', async (stage) => {
            const one = stage === 'waiting' ? await scene.waiting() : await scene.ended(stage, 'Nobody knows.');
            expect(await shown(one)).not.toHaveProperty('again');
            const answer = await again(scene, one);
            expect([answer.status, answer.json.error?.code]).toEqual([409, 'STAGE_WRONG']);
            expect(await stageOf(scene, one)).toBe(stage);
        });

        test('where the alert-in is not deployed the incident is not put before it, and the page says so beforehand', async () => {
            const stray = await scene.ended('failed', 'The playbook failed.', {
                incident: { source: { node: 'gone', dialect: 'alertmanager', receiver: 'r' } },
            });
            expect((await shown(stray)).again?.refusal).toMatch(/not deployed here/);
            const answer = await again(scene, stray);
            expect([answer.status, answer.json.error?.code]).toEqual([404, 'CONFIG_MISSING']);
            expect(await stageOf(scene, stray)).toBe('failed');
        });

        test.each<[string, Record<string, string>, number, string]>([
            [
                'of another web site',
                { origin: 'https://evil.example.org', 'sec-fetch-site': 'cross-site' },
                403,
                'AUTH_FAILED',
            ],
            ['that lacks the header of the page', { 'x-alert-to-fix': '' }, 403, 'AUTH_FAILED'],
            ['through a proxy', { 'x-forwarded-for': '203.0.113.5' }, 403, 'AUTH_FAILED'],
            ['of a form', { 'content-type': 'text/plain' }, 400, 'INPUT_INVALID'],
        ])('a request %s is refused', async (_how, headers, status, code) => {
            const failed = await scene.ended('failed', 'The playbook failed.');
            const sent = Object.fromEntries(
                Object.entries({ ...PAGE, ...headers }).filter(([, value]) => value !== ''),
            );
            const answer = await ask(`${scene.url}api/incidents/${failed.id}/diagnosis`, {
                method: 'POST',
                headers: sent,
                body: JSON.stringify({ since: failed.stageSince }),
            });
            expect([answer.status, answer.json.error?.code]).toEqual([status, code]);
            expect(await stageOf(scene, failed)).toBe('failed');
        });

        test('an unknown incident, a bad id and a body that says nothing are told apart', async () => {
            const failed = await scene.ended('failed', 'The playbook failed.');
            expect((await again(scene, { ...failed, id: 'inc-00000000' })).json.error?.code).toBe('INCIDENT_UNKNOWN');
            expect((await again(scene, { ...failed, id: 'nothing' })).json.error?.field).toBe('id');
            const empty = await ask(`${scene.url}api/incidents/${failed.id}/diagnosis`, {
                method: 'POST',
                headers: PAGE,
                body: '{}',
            });
            expect([empty.status, empty.json.error?.field]).toEqual([400, 'since']);
        });
    });

    test('the store that is named is asked, and only that', async () => {
        const stores = (await ask(`${scene.url}api/stores`)).json as { stores?: unknown };
        expect(stores.stores).toEqual([
            { id: 'main', name: 'Store main' },
            { id: 'other', name: 'Store other' },
        ]);
        expect((await ask(`${scene.url}api/incidents/${incident.id}?store=main`)).status).toBe(200);
        expect((await ask(`${scene.url}api/incidents/${incident.id}?store=other`)).status).toBe(404);
        expect((await ask(`${scene.url}api/incidents?store=gone`)).json.error?.code).toBe('CONFIG_MISSING');
    });

    test('a store whose demo operator is off takes no decision', async () => {
        const answer = await decision(scene, incident, {}, {}, '?store=other');
        expect(answer.status).toBe(403);
        expect(answer.json.error?.message).toMatch(/no admin authentication/);
    });

    test('the page may not be framed, loads nothing from elsewhere, and incidents are kept by no cache', async () => {
        const page = await ask(scene.url);
        expect(page.headers).toMatchObject({
            'x-frame-options': 'DENY',
            'referrer-policy': 'no-referrer',
            'x-content-type-options': 'nosniff',
        });
        expect(page.headers['content-security-policy']).toMatch(/default-src 'none'.*frame-ancestors 'none'/);
        const data = await ask(`${scene.url}api/incidents/${incident.id}`);
        expect(data.headers['cache-control']).toBe('no-store');
        expect(data.headers['content-security-policy']).toBeDefined();
        const bare = await ask(scene.url.slice(0, -1));
        expect([bare.status, bare.headers.location]).toEqual([302, 'alert-to-fix/']);
        expect((await ask(`${scene.url}index.ts`)).status).toBe(404);
        expect((await ask(`${scene.url}..%2fapi.js`)).status).toBe(404);
    });

    test('the log of a run of this store is shown, others are not', async () => {
        const run = await scene.waiting();
        const log = `${scene.url}api/incidents/${run.id}/log`;
        expect((await ask(log)).json.error?.message).toMatch(/no log/);
        await decision(scene, run);
        await scene.running(run.id);
        await scene.closed(run.id, 'PLAY [all] <b>\n');
        const answer = await ask(log);
        expect([answer.status, answer.text]).toEqual([200, 'PLAY [all] <b>\n']);
        expect(answer.headers['content-type']).toMatch(/^text\/plain/);
        expect((await ask(`${log}?of=rollback`)).status).toBe(404);
        await scene.incidents.change(run.id, (incident) => ({
            incident: { ...incident, run: { ...incident.run!, id: `../runs/${incident.run!.id}` } },
            entries: [{ type: 'flow.resumed', by: 'node:test', text: 'tampered' }],
        }));
        expect((await ask(log)).json.error?.code).toBe('INPUT_INVALID');
    });

    test('an entry that was added behind the back of the chain shows where it breaks', async () => {
        const chainOf = async ({ id }: Incident): Promise<unknown> =>
            ((await ask(`${scene.url}api/incidents/${id}`)).json as { chain?: unknown }).chain;
        const forged = await scene.waiting();
        await expect(chainOf(forged)).resolves.toEqual({ whole: true });
        const { version } = await scene.incidents.get(forged.id);
        const entry = {
            seq: version + 1,
            at: forged.updatedAt,
            type: 'approval.granted' as const,
            by: 'page:boss',
            text: 'Approved.',
            prev: '0'.repeat(64),
            hash: '1'.repeat(64),
        };
        await scene.incidents.store.commit({ expectedVersion: version, incident: forged, entries: [entry] });
        await expect(chainOf(forged)).resolves.toEqual({ whole: false, brokenAt: version + 1 });
    });

    test('a timeline is verified by its anchor, not anchored yet when more was written, and broken when it is told anew', async () => {
        const auditOf = async ({ id }: Incident): Promise<unknown> =>
            ((await ask(`${scene.url}api/incidents/${id}`)).json as { audit?: unknown }).audit;
        const incident = await scene.waiting();
        await scene.anchored();
        const { version } = await scene.incidents.get(incident.id);
        await expect(auditOf(incident)).resolves.toMatchObject({ state: 'verified', anchor: expect.any(Number) });
        await scene.notAnchored(incident.id);
        await expect(auditOf(incident)).resolves.toEqual({ state: 'not-anchored', entries: 1 });
        await scene.retold(incident.id, 'Nothing happened.');
        await expect(auditOf(incident)).resolves.toEqual({
            state: 'broken',
            fault: 'rewritten',
            seq: 1,
            named: version,
            anchor: expect.any(Number),
        });
    });

    test('metrics are text that promtool accepts, with what happened here', async () => {
        const approved = await scene.waiting();
        await decision(scene, approved);
        const { status, headers, text } = await ask(`${scene.url}metrics`);
        expect([status, headers['content-type']]).toEqual([200, expect.stringMatching(/^text\/plain/)]);
        expect(text).toMatch(/alert_to_fix_approvals_total\{outcome="granted"\} [1-9]/);
        expect(text).toMatch(/alert_to_fix_incidents\{stage="waiting"\} [1-9]/);
        const promtool = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8' });
        expect(`${promtool.stdout}${promtool.stderr}`).toBe('');
        expect(promtool.status).toBe(0);
    });

    test('a redeploy ends the streams of changes; streams that readers leave are forgotten', async () => {
        const streams = await Promise.all(Array.from({ length: 20 }, () => openStream(scene)));
        for (const stream of streams.slice(1)) stream.leave();
        await scene.nodeRed.deploy(scene.flows);
        await until(() => streams[0]?.ended() ?? false);
        expect(scene.nodeRed.log()).not.toMatch(/MaxListeners|unhandled/i);
        const again = await openStream(scene);
        // The stream begins a moment before Redis is subscribed to.
        const seen: string[] = [];
        await until(async () => {
            seen.push((await scene.waiting()).id);
            return seen.some((id) => again.text().includes(`{"id":"${id}","version":5,"stage":"waiting"}`));
        });
        again.leave();
    });

    test('Node-RED stops at once although somebody follows the page', async () => {
        const stream = await openStream(scene);
        await scene.nodeRed.stop();
        await until(() => stream.ended());
        expect(scene.nodeRed.program.child.exitCode).not.toBeNull();
    });
});

test('the demo operator may not decide while Node-RED listens on all addresses', async () => {
    scene = await PageScene.start({ demoOperator: true, settings: "uiHost: '0.0.0.0'," });
    try {
        const incident = await scene.waiting();
        const answer = await decision(scene, incident);
        expect(answer.status).toBe(403);
        expect(answer.json.error?.message).toMatch(/only decide while Node-RED listens on 127\.0\.0\.1/);
        const shown = (await ask(`${scene.url}api/incidents/${incident.id}?language=zh-CN`)).json as {
            refusal?: string;
        };
        expect(shown.refusal).toMatch(/监听 127\.0\.0\.1/);
    } finally {
        await scene.close();
    }
});

describe('with admin authentication', () => {
    const PASSWORD = 'only for tests';
    const PEOPLE = {
        alice: ['alert-to-fix.read', 'alert-to-fix.approve'],
        boss: '*',
        bob: ['alert-to-fix.read'],
        reader: 'read',
        editor: ['flows.write', 'flows.read'],
        nobody: [],
    };
    let incident: Incident;
    const tokens = new Map<string, string>();

    async function login(username: string): Promise<string> {
        const body = JSON.stringify({
            client_id: 'node-red-admin',
            grant_type: 'password',
            scope: '',
            username,
            password: PASSWORD,
        });
        const answer = await ask(`${scene.nodeRed.url}/auth/token`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body,
        });
        return (JSON.parse(answer.text) as { access_token: string }).access_token;
    }

    function bearer(name: string): Record<string, string> {
        return { authorization: `Bearer ${tokens.get(name) ?? name}` };
    }

    beforeAll(async () => {
        const password = bcrypt.hashSync(PASSWORD, 4);
        const users = Object.entries(PEOPLE).map(([username, permissions]) => ({ username, password, permissions }));
        scene = await PageScene.start({
            demoOperator: true,
            nodes: [{ id: 'tab', type: 'tab' }, alertInNode()],
            settings: `adminAuth: { type: 'credentials', users: ${JSON.stringify(users)}, default: { permissions: '*' } },`,
        });
        for (const name of Object.keys(PEOPLE)) tokens.set(name, await login(name));
        incident = await scene.waiting({
            approvers: [
                'page:alice',
                'page:boss',
                'page:bob',
                'page:reader',
                'page:demo-operator',
                'page:anonymous',
                'page:undefined',
            ],
        });
    });
    afterAll(() => scene.close());

    test.each(['bob', 'reader', 'editor', 'nobody'])(
        '%s has no permission to decide, though the policy names some of them',
        async (name) => {
            const answer = await decision(scene, incident, bearer(name));
            expect(answer.status).toBe(401);
            expect(await stageOf(scene, incident)).toBe('waiting');
        },
    );

    test.each([
        ['editor', 200],
        ['reader', 200],
        ['alice', 401],
        ['nobody', 401],
    ] as const)('%s asking for a check of what a dialog holds gets %i', async (name, status) => {
        for (const [part, body] of [
            ['node-settings', { nodes: [{ type: 'alert-in' }] }],
            ['approval-gate/policy', { rules: [], groups: [], expiryMinutes: 1, escalateMinutes: 0 }],
        ] as const) {
            const answer = await ask(`${scene.url}${part}`, {
                method: 'POST',
                headers: { 'content-type': 'application/json', ...bearer(name) },
                body: JSON.stringify(body),
            });
            expect([part, answer.status]).toEqual([part, status]);
        }
    });

    test.each([
        ['alice', 200],
        ['boss', 200],
        ['bob', 200],
        ['reader', 200],
        ['editor', 401],
        ['nobody', 401],
    ] as const)('%s asking to read gets %i', async (name, status) => {
        for (const part of ['api/stores', 'api/incidents', `api/incidents/${incident.id}`, 'metrics']) {
            expect((await ask(`${scene.url}${part}`, { headers: bearer(name) })).status).toBe(status);
        }
        for (const part of ['log', 'preview']) {
            const { status: told } = await ask(`${scene.url}api/incidents/${incident.id}/${part}`, {
                headers: bearer(name),
            });
            expect([part, told]).toEqual([part, status === 200 ? 404 : 401]);
        }
    });

    test.each<[string, Record<string, string>]>([
        ['without a token', {}],
        ['with a token that is none', { authorization: 'Bearer nonsense' }],
    ])('the anonymous default user never decides, even with all permissions (%s)', async (_how, headers) => {
        const answer = await decision(scene, incident, headers);
        expect([answer.status, answer.json.error?.message]).toEqual([403, 'You are not logged in.']);
        expect(await stageOf(scene, incident)).toBe('waiting');
    });

    test('who may only read is told so before trying', async () => {
        const shown = async (headers: Record<string, string>): Promise<unknown> =>
            ((await ask(`${scene.url}api/incidents/${incident.id}`, { headers })).json as { refusal?: unknown })
                .refusal;
        await expect(shown(bearer('bob'))).resolves.toMatch(/may read here, but not decide/);
        await expect(shown({})).resolves.toMatch(/not logged in/);
        await expect(shown(bearer('alice'))).resolves.toBeUndefined();
    });

    test('without the permission nobody has an incident diagnosed again; with it the timeline names them', async () => {
        const failed = await scene.ended('failed', 'The playbook failed.');
        for (const name of ['bob', 'reader', 'editor', 'nobody'])
            expect((await again(scene, failed, bearer(name))).status).toBe(401);
        const anonymous = await again(scene, failed);
        expect([anonymous.status, anonymous.json.error?.code]).toEqual([403, 'AUTH_FAILED']);
        const shown = (await ask(`${scene.url}api/incidents/${failed.id}`, { headers: bearer('bob') })).json as {
            again?: { refusal?: string };
        };
        expect(shown.again?.refusal).toMatch(/may read here, but not decide/);
        expect(await stageOf(scene, failed)).toBe('failed');
        expect((await again(scene, failed, bearer('alice'))).status).toBe(200);
        const reopened = (await scene.incidents.store.timeline(failed.id)).find(
            ({ type }) => type === 'incident.reopened',
        );
        expect(reopened?.by).toBe('page:alice');
    });

    test('someone with the permission whom the policy does not name is refused, and told who may', async () => {
        const others = await scene.waiting({ approvers: ['page:carol'] });
        const answer = await decision(scene, others, bearer('boss'));
        expect([answer.status, answer.json.error?.code]).toEqual([403, 'NOT_ENTITLED']);
        expect(answer.json.error?.text).toMatch(/page:carol/);
    });

    test('alice approves under her own name, whatever the request says', async () => {
        const answer = await decision(scene, incident, bearer('alice'), { by: { platform: 'page', id: 'boss' } });
        expect([answer.status, answer.json]).toEqual([200, { outcome: 'approved', stage: 'approved' }]);
        const { incident: now } = await scene.incidents.get(incident.id);
        expect(now.approval?.decisions[0]?.by).toEqual({ platform: 'page', id: 'alice', name: 'alice' });
    });
});

interface Stream {
    text(): string;
    ended(): boolean;
    leave(): void;
}

/** Follows the changes on a socket of its own. */
async function openStream({ nodeRed }: PageScene): Promise<Stream> {
    let text = '';
    let ended = false;
    const socket = createConnection(nodeRed.port, '127.0.0.1');
    socket.on('data', (chunk) => (text += chunk.toString('utf8')));
    socket.on('close', () => (ended = true));
    socket.on('error', () => (ended = true));
    socket.write(
        `GET /alert-to-fix/api/changes HTTP/1.1\r\nHost: 127.0.0.1:${nodeRed.port}\r\nConnection: close\r\n\r\n`,
    );
    await until(() => text.includes(': connected'));
    return { text: () => text, ended: () => ended, leave: () => void socket.destroy() };
}
