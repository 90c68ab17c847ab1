// @needs redis-server
// @needs prometheus
// @needs prometheus-alertmanager
import { FixExecutor } from '../../botkube-plugin/executor/fix-executor';
import { VERB_NAMES } from '../../botkube-plugin/executor/verbs';
import type { ExecuteContext, ExecuteResponse } from '../../botkube-plugin/host/types';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { opening } from '../../nodes/core/approval/gate';
import { withdrawing } from '../../nodes/core/approval/withdraw';
import { systemClock } from '../../nodes/core/clock';
import type { PolicyRule } from '../../nodes/core/model/approval';
import type { Incident } from '../../nodes/core/model/incident';
import type { Plan } from '../../nodes/core/model/plan';
import { firstBrokenLink } from '../../nodes/core/model/timeline';
import { KeyRing, signingKey } from '../../nodes/core/signing/keys';
import { Incidents } from '../../nodes/core/store/incidents';
import { aGate, aPlan, aPlannedIncident, aPolicy, aRule, drafted, sealOf } from '../support/approvals';
import { requestOf } from '../support/botkube-request';
import { concludes } from '../support/diagnosis';
import { anIncident } from '../support/incidents';
import { OpenAiStandIn } from '../support/openai-stand-in';
import { PlaybookLibrary } from '../support/playbook-library';
import { freePort, until } from '../support/processes';
import { type RunningServer, startAlertmanager, startPrometheus } from '../support/prometheus';
import { type RedisServer, startRedis } from '../support/redis';
import { GOOD_RUNBOOK } from '../support/runbook-text';

const SECRET = '0123456789abcdef0123456789abcdef';
const keys = new KeyRing([signingKey(Buffer.from(SECRET))]);
const ALICE = { mention: '<@UALICE>', displayName: 'Alice' };
const MALLORY = { mention: '<@UMALLORY>', displayName: 'Alice' };
const ACTION = { mention: 'Automation "AI diagnosis"', displayName: 'Automation "AI diagnosis"' };
const never = new AbortController().signal;

const model = new OpenAiStandIn();
const library = new PlaybookLibrary();
let redis: RedisServer;
let prometheus: RunningServer;
let alertmanager: RunningServer;
let modelUrl: string;
/** An address where nobody listens. */
let nowhere: string;
let store: RedisStore;
let incidents: Incidents;
let plugin: FixExecutor;

beforeAll(async () => {
    [redis, prometheus, alertmanager, modelUrl] = await Promise.all([
        startRedis(),
        startPrometheus(),
        startAlertmanager(),
        model.start(),
    ]);
    nowhere = `http://127.0.0.1:${await freePort()}`;
    store = new RedisStore({ mode: 'standalone', nodes: [{ host: '127.0.0.1', port: redis.port }], namespace: 'a2f' });
    await store.open();
    incidents = new Incidents(store, systemClock);
    library.write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
    library.playbook('clean-spool', '- debug: {msg: clean}');
    library.playbook('restore-spool', '- debug: {msg: restore}');
    await fire('web-1');
});
afterAll(async () => {
    await store.close();
    await Promise.all([model.stop(), redis.close(), prometheus.stop(), alertmanager.stop()]);
    library.remove();
});
beforeEach(() => {
    model.seen.length = 0;
    model.willAnswer(concludes({ citations: ['E1'] }));
    plugin = new FixExecutor({ environment: { KEYS: SECRET } });
});
afterEach(() => plugin.close());

/** Tells Alertmanager, and waits until it tells it back. */
async function fire(host: string, labels: Record<string, string> = {}): Promise<string> {
    const all = {
        alertname: 'DiskFilling',
        host,
        instance: `${host}:9100`,
        severity: 'critical',
        path: '/var/spool',
        ...labels,
    };
    const body = [{ labels: all, annotations: { summary: `The disk of ${host} is filling: 97 % used.` } }];
    await fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
    });
    let fingerprint = '';
    await until(async () => {
        const found = (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as {
            fingerprint: string;
            labels: Record<string, string>;
        }[];
        fingerprint =
            found.find(({ labels: known }) => known.host === host && known.alertname === all.alertname)?.fingerprint ??
            '';
        return fingerprint !== '';
    });
    return fingerprint;
}

function configOf(parts: object = {}): string {
    return JSON.stringify({
        redis: { host: '127.0.0.1', port: redis.port },
        signingKeysEnv: 'KEYS',
        mayDecide: true,
        runbooks: library.folder,
        prometheus: { url: prometheus.url },
        alertmanager: { url: alertmanager.url },
        model: { vendor: 'openai', model: 'gpt-test', url: modelUrl, retries: 0 },
        ...parts,
    });
}

interface Ways {
    config?: object;
    user?: ExecuteContext['user'];
}

async function answerTo(command: string, { config, user = ALICE }: Ways = {}): Promise<ExecuteResponse> {
    return plugin.execute(
        requestOf(command, user, { configs: [configOf(config)], parts: { isInteractivitySupported: user === ALICE } }),
        never,
    );
}

/** All that is answered, as one text. */
async function said(command: string, ways: Ways = {}): Promise<string> {
    return JSON.stringify(await answerTo(command, ways)).replaceAll('%%', '%');
}

/** A fix that waits at a gate which names Alice. */
async function waiting(
    rule: Partial<PolicyRule> = {},
    expirySeconds = 3600,
    plan: Partial<Plan> = {},
): Promise<Incident> {
    const planned = aPlannedIncident();
    const incident = drafted({ ...planned, plan: aPlan(planned, plan) }, keys);
    await incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    const policy = aPolicy([aRule({ approvers: ['botkube:<@UALICE>'], ...rule })], { expirySeconds });
    return incidents.change(incident.id, opening(aGate(policy, { keys })));
}

async function opened(host: string, parts: Partial<Incident> = {}): Promise<Incident> {
    const fingerprint = await fire(host);
    const labels = {
        alertname: 'DiskFilling',
        host,
        instance: `${host}:9100`,
        severity: 'critical',
        path: '/var/spool',
    };
    const [alert] = anIncident().alerts;
    const incident = anIncident({ labels, alerts: alert ? [{ ...alert, labels, fingerprint }] : [], ...parts });
    await incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    return incident;
}

const now = async ({ id }: Incident): Promise<Incident> => (await incidents.get(id)).incident;

/** A fix whose dry run takes several messages. */
const LONG_DRY_RUN: Partial<Plan> = {
    parameters: { path: '/var/spool', keep: 3 },
    hosts: ['web-1', 'web-2'],
    rollback: { playbook: 'playbooks/restore-spool.yml' },
    dryRun: {
        tasks: Array.from({ length: 40 }, (_, task) => ({
            host: 'web-1',
            task: `Task ${task}`,
            status: 'changed' as const,
            diff: `-old line ${task} of 97 %\n+new line ${task}\n`,
        })),
        hosts: { 'web-1': { ok: 2, changed: 40, failed: 0, unreachable: 0, skipped: 0 } },
        digest: 'c'.repeat(64),
        at: new Date().toISOString(),
    },
};

test('help is valid and every message has something in it', async () => {
    expect(JSON.stringify(await plugin.help())).toContain('{{BotName}} fix status');
    expect(await said('fix')).toBe(await said('fix help'));
    for (const verb of VERB_NAMES) expect(JSON.stringify(await plugin.help())).toContain(`fix ${verb}`);
    expect((await answerTo('fix help')).messages).toBeUndefined();
    expect(JSON.parse(plugin.metadata().jsonSchema)).toMatchObject({ additionalProperties: false });
    expect(plugin.metadata().version).toMatch(/^\d+\.\d+\.\d+/);
});

describe('what goes wrong becomes a message', () => {
    test('an unknown verb, with the nearest', async () =>
        expect(await said('fix diagnos x')).toContain('Did you mean fix diagnose?'));
    test('a wrong configuration', async () =>
        expect(await said('fix status', { config: { rediss: {} } })).toContain(
            'unknown key rediss. Did you mean redis?',
        ));
    test('an unknown incident', async () =>
        expect(await said('fix show inc-00000000')).toContain('There is no incident inc-00000000'));
    test('a cancelled call rejects', async () => {
        await expect(
            plugin.execute(
                requestOf('fix diagnose DiskFilling', ALICE, { configs: [configOf()] }),
                AbortSignal.abort(),
            ),
        ).rejects.toThrow();
    });
    test('a command that takes too long says so', async () => {
        model.willAnswer('silence');
        const text = await said('fix diagnose DiskFilling --label host=web-1 --again', {
            config: { redis: undefined, deadlineSeconds: 5 },
        });
        expect(text).toContain('took longer than 5 s');
    });
});

describe('alerts', () => {
    test('what fires, each with a button that diagnoses it', async () => {
        const fingerprint = await fire('web-1');
        const text = await said('fix alerts');
        expect(text).toContain('DiskFilling');
        expect(text).toContain(`fix diagnose ${fingerprint}`);
        expect(text).toContain('97 % used');
    });

    test('secrets in the text of an alert are not told', async () => {
        const body = [
            {
                labels: { alertname: 'Leaky', severity: 'info' },
                annotations: { summary: 'login with password=hunter2 failed' },
            },
        ];
        await fetch(`${alertmanager.url}/api/v2/alerts`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
        });
        await until(async () => (await said('fix alerts --severity=info')).includes('Leaky'));
        const text = await said('fix alerts --severity=info');
        expect(text).toContain('password=[redacted]');
        expect(text).not.toContain('hunter2');
    });

    test('filters, and the value that was meant', async () => {
        expect(await said('fix alerts --severity=critical')).toContain('DiskFilling');
        const text = await said('fix alerts --severity=critcal');
        expect(text).toContain('Did you mean --severity=critical?');
    });

    test('without Alertmanager it says what is missing; when it is down, that', async () => {
        expect(await said('fix alerts', { config: { alertmanager: undefined } })).toContain(
            'No Alertmanager is configured.',
        );
        expect(await said('fix alerts', { config: { alertmanager: { url: nowhere } } })).toContain(
            'Alertmanager cannot',
        );
        expect(
            await said('fix alerts', { config: { alertmanager: { url: alertmanager.url, tokenEnv: 'NOT_THERE' } } }),
        ).toContain('NOT_THERE is not set');
    });
});

describe('diagnose', () => {
    test('an incident of the store: the card, recorded once, paid for once', async () => {
        const incident = await opened('web-2');
        model.willAnswer(concludes({ citations: ['E1'] }, { hosts: ['web-2'] }));
        const text = await said(`fix diagnose ${incident.id}`);
        expect(text).toContain('Old spool files fill the disk.');
        expect(text).toContain('Remove old spool files');
        expect(await said(`fix diagnose ${incident.id}`)).toContain('Old spool files');
        expect(await said('fix diagnose DiskFilling --label host=web-2')).toContain('Old spool files');
        expect(model.seen).toHaveLength(1);
        expect(await now(incident)).toMatchObject({ stage: 'diagnosed', diagnosis: { source: { by: 'model' } } });
        const timeline = await store.timeline(incident.id);
        expect(timeline.filter(({ by }) => by === 'node:botkube-plugin').map(({ type }) => type)).toContain(
            'diagnosis.made',
        );
        expect(firstBrokenLink(incident.id, timeline)).toBeUndefined();
        await said(`fix diagnose ${incident.id} --again`);
        expect(model.seen).toHaveLength(2);
    });

    test('who asked for the diagnosis stands in the record; an automation is nobody', async () => {
        const incident = await opened('web-30');
        await said(`fix diagnose ${incident.id}`, { user: ACTION });
        expect(await now(incident)).not.toHaveProperty('requestedBy');
        await said(`fix diagnose ${incident.id} --again`);
        expect(await now(incident)).toMatchObject({ requestedBy: { platform: 'botkube', id: ALICE.mention } });
        const timeline = await store.timeline(incident.id);
        expect(timeline.filter(({ by }) => by === `botkube:${ALICE.mention}`).map(({ text }) => text)).toEqual([
            expect.stringContaining('asked for this diagnosis'),
        ]);
    });

    test('the same incident asked for twice at once, here and in another plugin, is diagnosed once', async () => {
        const incident = await opened('web-3');
        const other = new FixExecutor({ environment: { KEYS: SECRET } });
        const request = requestOf(`fix diagnose ${incident.id}`, ALICE, { configs: [configOf()] });
        const answers = await Promise.all([plugin, plugin, other].map((executor) => executor.execute(request, never)));
        await other.close();
        for (const answer of answers) expect(JSON.stringify(answer)).toContain('Old spool files');
        expect(model.seen).toHaveLength(1);
    });

    test('a diagnosis that a flow is making is waited for', async () => {
        const incident = await opened('web-4');
        await store.leases.take(`diagnose:${incident.id}`, 'a flow', 30_000);
        const answer = said(`fix diagnose ${incident.id}`);
        await incidents.change(incident.id, (stored) => ({
            incident: {
                ...stored,
                stage: 'inconclusive',
                diagnosis: {
                    verdict: 'inconclusive',
                    cause: 'The flow says so.',
                    confidence: 0,
                    citations: [],
                    evidence: [],
                    source: { by: 'rules', milliseconds: 1 },
                    at: new Date().toISOString(),
                },
            },
            entries: [{ type: 'diagnosis.inconclusive', by: 'node:llm-diagnose', text: 'The flow says so.' }],
        }));
        await store.leases.release(`diagnose:${incident.id}`, 'a flow');
        expect(await answer).toContain('The flow says so.');
        expect(model.seen).toHaveLength(0);
    });

    test('an alert that no flow has opened, with and without Redis, by fingerprint and by labels, paid for once', async () => {
        const fingerprint = await fire('web-5');
        for (const config of [{}, { redis: undefined }]) {
            model.seen.length = 0;
            expect(await said(`fix diagnose ${fingerprint}`, { config })).toContain('Old spool files');
            expect(await said('fix diagnose DiskFilling --label host=web-5', { config })).toContain('Not recorded');
            expect(await said(`fix show ${fingerprint}`, { config })).toContain('Old spool files');
            expect(model.seen).toHaveLength(1);
        }
    });

    test('several alerts of one name are offered as a choice', async () => {
        const fingerprints = [await fire('web-6', { alertname: 'Twice' }), await fire('web-7', { alertname: 'Twice' })];
        const text = await said('fix diagnose Twice');
        for (const fingerprint of fingerprints) expect(text).toContain(fingerprint);
        expect(model.seen).toHaveLength(0);
    });

    test("Botkube's action, run twice an event, pays once; its values come HTML-escaped and in base64", async () => {
        const event = {
            Labels: { alertname: 'Only"Event', host: 'web-8' },
            Annotations: {},
            State: 'firing',
            Value: '1',
            activeAt: '2026-01-02T03:04:05Z',
        };
        const command = `fix diagnose --bk-cmd-header="AI diagnosis" --alert "Only&#34;Event" --event-b64 "${Buffer.from(JSON.stringify(event)).toString('base64').replaceAll('+', '&#43;')}"`;
        const ways = { user: ACTION, config: { redis: undefined, alertmanager: undefined } };
        const answers = await Promise.all([said(command, ways), said(command, ways)]);
        for (const answer of answers) expect(answer).toContain('Only');
        await said(command, ways);
        expect(model.seen).toHaveLength(1);
    });

    test('the second run of an action pays nothing, though Alertmanager or a flow has come to know the alert meanwhile', async () => {
        const labels = { alertname: 'Later', host: 'web-12', severity: 'critical' };
        const event = Buffer.from(
            JSON.stringify({
                Labels: labels,
                Annotations: {},
                State: 'firing',
                Value: '1',
                activeAt: '2026-01-02T03:04:05Z',
            }),
        ).toString('base64');
        const run = (): Promise<string> =>
            said(`fix diagnose --alert "Later" --event-b64 "${event}"`, { user: ACTION });
        expect(await run()).toContain('Not recorded');
        await fire('web-12', { alertname: 'Later' });
        expect(await run()).toContain('Not recorded');
        const [alert] = anIncident().alerts;
        await incidents.create(anIncident({ labels, alerts: alert ? [{ ...alert, labels }] : [] }), [
            { type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' },
        ]);
        expect(await run()).toContain('Not recorded');
        expect(model.seen).toHaveLength(1);
    });

    test('model, Prometheus and Redis down: the rules answer, and say why', async () => {
        model.willAnswer({ status: 500, error: { message: 'broken' } });
        const fingerprint = await fire('web-9');
        const text = await said(`fix diagnose ${fingerprint}`, {
            config: { redis: { host: '127.0.0.1', port: 9 }, prometheus: { url: nowhere } },
        });
        expect(text).toContain('Not recorded: Redis at 127.0.0.1:9');
        expect(text).toContain('Diagnosis by the rule engine');
    });

    test('what does not fire is named', async () => {
        expect(await said('fix diagnose Nothing')).toContain('No alert fires with alertname=');
        expect(await said('fix diagnose')).toContain('Which alert or incident?');
        expect(await said('fix diagnose x --label web-1')).toContain('--label needs name=value');
        expect(await said('fix diagnose --event-b64 zzz')).toContain('is not the event of an alert');
    });
});

describe('ask', () => {
    test('answers from the evidence and names it', async () => {
        const incident = await opened('web-10');
        expect(await said(`fix ask ${incident.id} "why?"`)).toContain('has no diagnosis yet');
        await said(`fix diagnose ${incident.id}`);
        model.willAnswer({ json: { answer: 'Because the spool is full.', citations: ['E1', 'E99'] } });
        const text = await said(`fix ask ${incident.id} "why is it (web-10) full?"`);
        expect(text).toContain('Because the spool is full.');
        expect(text).toContain('Answered from E1.');
        expect(JSON.stringify(model.seen.at(-1)?.body)).toContain('why is it (web-10) full?');
        model.willAnswer({ json: { answer: 'Aliens.', citations: ['E77'] } });
        expect(await said(`fix ask ${incident.id} why`)).toContain('No evidence is cited');
        expect(await said(`fix ask ${incident.id} why`, { config: { model: undefined } })).toContain(
            'need a language model',
        );
        expect(await said(`fix ask ${incident.id}`)).toContain('What is the question?');
    });
});

describe('show and incidents', () => {
    test('the card, the timeline, and that it is whole', async () => {
        const incident = await waiting();
        const text = await said(`fix show ${incident.id}`);
        expect(text).toContain('Free disk space');
        expect(text).toContain('The timeline is whole');
    });

    const whole = (incident: Incident): string[] => [
        'playbooks/free.yml',
        'web-1, web-2',
        'keep',
        '3',
        'path',
        '/var/spool',
        'Risk',
        'medium',
        'playbooks/restore-spool.yml',
        sealOf(incident).slice(0, 8),
        'UTC',
    ];

    test('a plan that waits, with all that the card shows: on Slack the whole diff', async () => {
        const incident = await waiting({}, 3600, LONG_DRY_RUN);
        const text = await said(`fix show ${incident.id}`);
        for (const part of [...whole(incident), 'old line 0 of', 'new line 39', 'One approver decides', 'UALICE'])
            expect(text).toContain(part);
    });

    test('in a channel in which nothing is decided it has no buttons to decide, and says where', async () => {
        const incident = await waiting();
        const text = await said(`fix show ${incident.id}`, { config: { mayDecide: false } });
        expect(text).not.toContain('fix approve');
        expect(text).toContain('Fixes are not decided in this channel');
    });

    test('elsewhere the diff is shortened, and it says where the rest is', async () => {
        const incident = await waiting({}, 3600, LONG_DRY_RUN);
        const text = await said(`fix show ${incident.id}`, { user: { mention: '', displayName: 'alice' } });
        const shown = whole(incident).filter((part) => part !== sealOf(incident).slice(0, 8));
        for (const part of [...shown, 'Decide on the incident page', 'All of it is on the incident page'])
            expect(text).toContain(part);
        for (const part of ['new line 39', 'fix approve']) expect(text).not.toContain(part);
    });

    test('the newest, by stage', async () => {
        const incident = await waiting();
        expect(await said('fix incidents --stage=waiting')).toContain(incident.id);
        expect(await said('fix incidents --stage=closed')).toContain('No incident is closed.');
        expect(await said('fix incidents --stage=wating')).toContain('Did you mean --stage=waiting?');
        expect(await said('fix incidents', { config: { redis: undefined } })).toContain('no Redis is configured');
    });
});

describe('deciding', () => {
    test('approved by command once, by who is named; a second approve is refused', async () => {
        const incident = await waiting();
        const seal = sealOf(incident).slice(0, 8);
        const answer = await answerTo(`fix approve ${incident.id} ${seal}`);
        expect(answer.message.replaceOriginal).toBe(true);
        const after = await now(incident);
        expect(after).toMatchObject({
            stage: 'approved',
            approval: { decisions: [{ verdict: 'approve', by: { platform: 'botkube', id: '<@UALICE>' } }] },
        });
        const second = await answerTo(`fix approve ${incident.id} ${seal}`);
        expect(second.message.onlyVisibleForYou).toBe(true);
        expect(JSON.stringify(second)).toMatch(/[Aa]lready/);
        expect((await now(incident)).approval?.decisions).toHaveLength(1);
    });

    test('the answer to a decision is head and outcome, without the plan that was shown before', async () => {
        for (const verb of ['approve', 'reject']) {
            const incident = await waiting();
            const answer = await said(`fix ${verb} ${incident.id} ${sealOf(incident).slice(0, 8)}`);
            expect(answer).toMatch(verb === 'approve' ? /Approved\./ : /Rejected\. Nothing runs/);
            expect(answer).toContain(incident.id);
            expect(answer).not.toMatch(/Dry run|playbooks\/free\.yml|fix approve/);
        }
    });

    test('a fix whose dry run does not fit into one message is not approved here, whoever knows the seal', async () => {
        const incident = await waiting({}, 3600, LONG_DRY_RUN);
        for (const seal of ['', ` ${sealOf(incident)}`])
            expect(await said(`fix approve ${incident.id}${seal}`)).toContain('too long to be shown whole here');
        expect(await now(incident)).toMatchObject({ stage: 'waiting', approval: { decisions: [] } });
        expect(await said(`fix reject ${incident.id}`)).toContain('Nothing runs');
    });

    test('of many at once one wins', async () => {
        const incident = await waiting();
        await Promise.all(Array.from({ length: 8 }, () => answerTo(`fix approve ${incident.id} ${sealOf(incident)}`)));
        const timeline = await store.timeline(incident.id);
        expect(timeline.filter(({ type }) => type === 'approval.granted')).toHaveLength(1);
    });

    test('a typed approve without the seal decides nothing and shows the plan with its buttons', async () => {
        const incident = await waiting();
        const text = await said(`fix approve ${incident.id}`);
        expect(text).toContain(`fix approve ${incident.id} ${sealOf(incident).slice(0, 8)}`);
        expect((await now(incident)).stage).toBe('waiting');
    });

    test.each([
        [
            'a wrong user, even with the right display name',
            { user: MALLORY },
            /Alice \(botkube:.*may not decide on this fix\. It can be decided by/,
        ],
        ['an automation', { user: ACTION }, /automation never decides/],
        [
            'a display name alone',
            { user: { mention: '', displayName: '<@UALICE>' } },
            /does not say for sure who you are/,
        ],
        ['nobody', { user: { mention: '', displayName: '' } }, /Nobody is named/],
        ['a channel in which nothing is decided', { config: { mayDecide: false } }, /not decided in this channel/],
        ['a plugin without signing keys', { config: { signingKeysEnv: undefined } }, /no signing keys/],
        ['a plugin whose keys are not there', { config: { signingKeysEnv: 'NOT_THERE' } }, /NOT_THERE is not set/],
    ])('%s is refused', async (_what, ways: Ways, why) => {
        const incident = await waiting();
        for (const verb of ['approve', 'reject']) {
            const text = await said(`fix ${verb} ${incident.id} ${sealOf(incident).slice(0, 8)}`, ways);
            expect(text).toMatch(why);
        }
        expect(await now(incident)).toMatchObject({ stage: 'waiting', approval: { decisions: [] } });
    });

    test('other keys than the seal was made with, an old seal, no seal and a withdrawn plan are refused', async () => {
        const incident = await waiting();
        await plugin.close();
        plugin = new FixExecutor({ environment: { KEYS: 'another-key-another-key-another-key' } });
        expect(await said(`fix approve ${incident.id} ${sealOf(incident)}`)).toMatch(/sealed/);
        await plugin.close();
        plugin = new FixExecutor({ environment: { KEYS: SECRET } });
        expect(await said(`fix approve ${incident.id} ${'0'.repeat(8)}`)).toContain('is not the current plan');
        expect(await said(`fix approve ${incident.id} yes`)).toContain('8 characters');
        expect(await now(incident)).toMatchObject({ stage: 'waiting', approval: { decisions: [] } });
        await incidents.change(incident.id, withdrawing('The alert resolved.', 'node:alert-in'));
        expect(await said(`fix approve ${incident.id} ${sealOf(incident)}`)).not.toContain('goes on');
        expect((await now(incident)).stage).toBe('refused');
    });

    test('an expired plan is refused', async () => {
        const incident = await waiting({}, 1);
        await until(
            async () =>
                (await now(incident)).approval !== undefined &&
                Date.now() > Date.parse((await now(incident)).plan?.terms?.expiresAt ?? ''),
        );
        expect(await said(`fix approve ${incident.id} ${sealOf(incident)}`)).toMatch(/expired/i);
        expect((await now(incident)).stage).toBe('waiting');
    });

    test('two must approve where the policy says so, and they are two', async () => {
        const incident = await waiting({ decision: 'two', approvers: ['botkube:<@UALICE>', 'botkube:<@UBOB>'] });
        const command = `fix approve ${incident.id} ${sealOf(incident)}`;
        expect(await said(command)).toContain('A second person');
        await said(command);
        expect((await now(incident)).stage).toBe('waiting');
        expect(await said(command, { user: { mention: '<@UBOB>', displayName: 'Bob' } })).toContain('goes on');
        expect((await now(incident)).stage).toBe('approved');
    });

    test('rejected with a reason, without typing the seal', async () => {
        const incident = await waiting();
        expect(await said(`fix reject ${incident.id} --reason="not on a Friday"`)).toContain('Nothing runs');
        expect(await now(incident)).toMatchObject({
            stage: 'refused',
            approval: { state: 'rejected', reason: 'not on a Friday' },
        });
    });

    test('nothing to decide on', async () => {
        expect(await said(`fix approve ${(await opened('web-11')).id}`)).toContain('there is nothing to decide');
        expect(await said('fix approve')).toContain('Which incident?');
        expect(await said('fix approve inc-00000000 12345678', { config: { redis: undefined } })).toContain(
            'no Redis is configured',
        );
    });
});

describe('status', () => {
    test('all is well', async () => {
        const text = await said('fix status');
        expect(text).toContain('All that is configured works');
        for (const part of [
            `Redis 127.0.0.1:${redis.port}`,
            '✓ openai gpt-test: its server has it (GET /models)',
            prometheus.url,
            alertmanager.url,
            '1 runbook',
        ])
            expect(text).toContain(part);
    });

    test('the model is looked up at its server, which is asked no question', async () => {
        const asked = (name: string, url = modelUrl): object => ({ model: { vendor: 'openai', model: name, url } });
        expect(await said('fix status', { config: asked('gpt-other') })).toContain(
            '? openai gpt-other: its server answers, but does not list it (GET /models)',
        );
        expect(model.seen.map(({ path }) => path)).toEqual(['/v1/models']);
        const down = await said('fix status', { config: asked('gpt-test', nowhere) });
        expect(down).toContain('Trouble with Model');
        expect(down).toContain('Check model.url in the configuration of the fix executor');
        model.willAnswer({ status: 401, error: { message: 'bad key' } });
        expect(await said('fix status', { config: asked('gpt-test') })).toContain('Check model.apiKeyEnv');
    });

    test('a library that cannot be read is named', async () => {
        expect(await said('fix status', { config: { runbooks: '/nowhere' } })).toMatch(
            /✗ 0 runbooks, 1 problem: .*nowhere/,
        );
    });

    test('nothing is configured', async () => {
        const answer = JSON.stringify(await plugin.execute(requestOf('fix status', ALICE), never));
        expect(answer).toContain('not configured');
        expect(answer).not.toContain('✗');
    });

    test('everything is down, and it still answers', async () => {
        const dead = { url: nowhere };
        const text = await said('fix status', {
            config: {
                redis: { host: '127.0.0.1', port: 9 },
                prometheus: dead,
                alertmanager: dead,
                model: { vendor: 'openai', model: 'm', apiKeyEnv: 'NO_KEY' },
                signingKeysEnv: 'NO',
            },
        });
        expect(text).toContain('Trouble with Store, Decisions, Model, Prometheus, Alertmanager');
        expect(text).toContain('NO_KEY is not set');
    });
});

test('Redis that dies and comes back: a sentence in between, then it works with the same plugin', async () => {
    const incident = await waiting();
    expect(await said(`fix show ${incident.id}`)).toContain(incident.id);
    await redis.kill();
    expect(await said(`fix show ${incident.id}`)).toContain('cannot be used');
    expect(await said('fix alerts')).toContain('DiskFilling');
    await redis.restart();
    await until(async () => (await said(`fix show ${incident.id}`)).includes('Free disk space'));
});
