/**
 * @needs redis-server
 * @needs prometheus
 * @needs prometheus-alertmanager
 * @needs ansible-playbook
 * @needs prlimit
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Incident } from '../../nodes/core/model/incident';
import { anAlert, aPayload } from '../support/alertmanager-payload';
import { Line, type LineOptions, runbookOf } from '../support/line';
import { OpenAiStandIn } from '../support/openai-stand-in';
import type { PlaybookLibrary } from '../support/playbook-library';
import { until } from '../support/processes';
import { type RunningServer, startPrometheus } from '../support/prometheus';
import { type RedisServer, startRedis } from '../support/redis';
import { APP_TOKEN, BOT_TOKEN, CHANNEL, SlackStandIn } from '../support/slack-stand-in';

const QUICK_FIX = (library: PlaybookLibrary): string => `- name: write the note
  ansible.builtin.copy: {dest: "${library.path('note')}", content: "{{ note }}"}
- name: say so
  ansible.builtin.shell: echo ran >> ${library.path('ran')}
`;

let line: Line;
let prometheus: RunningServer;

async function start(options: LineOptions = {}): Promise<void> {
    prometheus = await startPrometheus();
    line = await Line.start({ prometheus: prometheus.url, tasks: QUICK_FIX, ...options });
}
afterEach(async () => {
    await line.close();
    await prometheus.stop();
});

/** Fires one alert of its own group, and waits until its fix waits for approval. */
async function waiting(alertname: string): Promise<string> {
    const id = await line.fire({ alertname });
    const incident = await line.at(id, 'waiting', 'inconclusive', 'failed');
    expect([incident.stage, incident.reason]).toEqual(['waiting', undefined]);
    return id;
}

/** Approves, and expects the fix to be refused with this reason, without anything having run. */
async function refused(id: string, reason: RegExp): Promise<void> {
    const before = await line.ran();
    await line.approve(id);
    const ended = await line.at(id, 'refused', 'running', 'verifying', 'unknown', 'closed');
    expect([ended.stage, ended.reason]).toEqual(['refused', expect.stringMatching(reason)]);
    expect(await line.ran()).toEqual(before);
    expect((await line.show(id)).chain).toEqual({ whole: true });
}

/** Lets the fix of a waiting incident run, and the alert clear. */
async function fixed(id: string, alertname: string): Promise<Incident> {
    await line.approve(id);
    await line.at(id, 'verifying', 'refused', 'failed', 'unknown');
    await line.clear({ alertname });
    const ended = await line.at(id, 'closed', 'refused', 'failed', 'unknown');
    expect([ended.stage, ended.reason]).toEqual(['closed', undefined]);
    return ended;
}

/** How many problems the library node has found. */
async function problems(): Promise<number> {
    const answer = await fetch(`${line.nodeRed.url}/alert-to-fix/runbook-library/a2f-library`);
    return ((await answer.json()) as { problems: unknown[] }).problems.length;
}

const codeOf = async (id: string): Promise<unknown> =>
    (await line.show(id)).timeline.findLast(({ data }) => data?.code !== undefined)?.data?.code;

test('Prometheus, Alertmanager and the library fail one after the other: nothing runs, each says why, and afterwards all works', async () => {
    await start();
    await prometheus.kill();
    const blind = await line.fire({ alertname: 'ServiceStuckA' });
    const inconclusive = await line.at(blind, 'inconclusive', 'waiting', 'failed');
    expect(inconclusive.stage).toBe('inconclusive');
    expect(
        inconclusive.diagnosis?.evidence.some(
            ({ kind, result }) => kind === 'check' && /^Not answered: .*cannot be reached/.test(result),
        ),
    ).toBe(true);
    await prometheus.restart();

    const b = await waiting('ServiceStuckB');
    line.library.write('playbooks/more.yml', '- hosts: all\n  tasks: []\n');
    await refused(b, /playbooks\/more\.yml changed after the dry run: missing → /);
    expect(await codeOf(b)).toBe('PLAN_CHANGED');

    const c = await waiting('ServiceStuckC');
    const playbook = path.join(line.library.folder, 'playbooks/fix.yml');
    rmSync(playbook);
    await refused(c, /playbooks\/fix\.yml changed after the dry run: \w+ → missing/);

    await until(async () => (await problems()) > 0);
    const d = await line.fire({ alertname: 'ServiceStuckD' });
    expect((await line.at(d, 'diagnosed', 'waiting', 'failed', 'inconclusive')).stage).toBe('diagnosed');
    expect((await line.show(d)).incident.reason).toMatch(/write-down cannot be proposed: .* playbook may be missing/);
    line.library.playbook('fix', QUICK_FIX(line.library));
    await until(async () => (await problems()) === 0);

    line.library.write('runbooks/service-stuck.yaml', 'id: [service-stuck');
    await until(async () => (await problems()) > 0);
    const e = await waiting('ServiceStuckE');
    line.library.write('runbooks/service-stuck.yaml', `${runbookOf(['note'])}# edited\n`);
    await until(async () => (await problems()) === 0);
    await refused(e, /The runbook service-stuck was changed after the dry run/);

    const f = await line.fire({ alertname: 'ServiceStuckF', host: 'nowhere' });
    const nowhere = await line.at(f, 'failed', 'waiting', 'inconclusive');
    expect([nowhere.stage, nowhere.reason]).toEqual(['failed', expect.stringContaining('no host "nowhere"')]);

    const g = await waiting('ServiceStuckG');
    await line.alertmanager.kill();
    await refused(g, /cannot be known whether the alert still fires: .*cannot be reached/);
    expect(await codeOf(g)).toBe('ALERT_STATE_UNKNOWN');
    await line.alertmanager.restart();

    const h = await waiting('ServiceStuckH');
    expect((await fixed(h, 'ServiceStuckH')).verification?.result).toBe('cleared');
    expect(await line.ran()).toEqual(['ran']);
});

test('an Alertmanager that is restarted during the verification does not prove the fix: it has forgotten the alert', async () => {
    await start({ verify: '{ within: 40s }' });
    const id = await waiting('ServiceStuck');
    await line.approve(id);
    await line.at(id, 'verifying', 'refused', 'unknown');
    await line.alertmanager.kill();
    await line.alertmanager.restart();
    const ended = await line.at(id, 'unknown', 'closed', 'failed');
    expect([ended.stage, ended.verification?.result]).toEqual(['unknown', 'unknown']);
    expect(ended.verification?.reason).toMatch(/was started \d+ s ago/);
});

test('Prometheus down during the verification by a check: unknown, and a person looks', async () => {
    await start({ verify: "{ check: 'vector(1) == bool 1', within: 20s }" });
    const id = await waiting('ServiceStuck');
    await prometheus.kill();
    await line.approve(id);
    await line.at(id, 'verifying', 'refused', 'unknown');
    await line.clear();
    const ended = await line.at(id, 'unknown', 'closed', 'failed');
    expect([ended.stage, ended.verification?.result, ended.verification?.reason]).toEqual([
        'unknown',
        'unknown',
        expect.stringMatching(/cannot be reached/),
    ]);
});

test('a model that is down, and one that talks nonsense, leave the answer to the rules, with the reason on the card', async () => {
    const model = new OpenAiStandIn();
    const url = await model.start();
    const provider = {
        'a2f-llm': { d: false, url, retries: '0', timeout: '2', deadline: '5', credentials: { apiKey: 'key' } },
        'a2f-diagnose': { provider: 'a2f-llm' },
    };
    await start({ change: provider });
    try {
        for (const [index, script] of (
            ['hang-up', 'silence', 'web-page', { text: 'rm -rf /' }, { status: 401, error: { message: 'no' } }] as const
        ).entries()) {
            model.willAnswer(script);
            const id = await waiting(`ServiceStuck${index}`);
            const { incident, card } = await line.show(id);
            expect(incident.diagnosis?.source).toMatchObject({ by: 'rules', fallback: expect.stringMatching(/.{10}/) });
            expect(JSON.stringify(card)).toContain(incident.diagnosis?.source.fallback?.slice(0, 20));
        }
    } finally {
        await model.stop();
    }
});

test('Slack down: the fix waits and can be approved on the page; the card is posted when Slack is back', async () => {
    const slack = new SlackStandIn();
    await slack.start();
    await slack.stop();
    await start({
        change: {
            'a2f-channel': {
                platform: 'slack',
                channel: CHANNEL,
                apiUrl: slack.apiUrl,
                credentials: { botToken: BOT_TOKEN, appToken: APP_TOKEN },
            },
        },
    });
    try {
        const id = await waiting('ServiceStuck');
        expect(slack.cards).toEqual([]);
        await fixed(id, 'ServiceStuck');
        await slack.start();
        await until(() => slack.cards.length > 0);
        expect(slack.cards).toHaveLength(1);
    } finally {
        await slack.stop();
    }
});

test('no room for the embedded store: webhook and decision are answered 503; with room again both work, and nothing is lost', async () => {
    await start();
    const room = (bytes: string): void => {
        execFileSync('prlimit', ['--pid', String(line.nodeRed.program.pid), `--fsize=${bytes}:unlimited`]);
    };
    const id = await waiting('ServiceStuck');
    const seal = (await line.show(id)).incident.seal?.digest;
    room('4096');
    const lost = await line.decide(id, 'approve', seal);
    expect([lost.status, await lost.text()]).toEqual([503, expect.stringContaining('STORE_DOWN')]);
    const answer = await line.webhook(aPayload({ alerts: [anAlert()] }));
    expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('free space')]);
    expect((await line.show(id)).incident.stage).toBe('waiting');
    room('unlimited');
    await fixed(id, 'ServiceStuck');
    expect((await line.show(id)).chain).toEqual({ whole: true });
});

test('without ansible-playbook on the PATH the dry run fails with the cure; nothing waits for an approval', async () => {
    const empty = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-path-'));
    await start({ env: { PATH: empty } });
    try {
        const id = await line.fire();
        const ended = await line.at(id, 'failed', 'waiting', 'inconclusive');
        expect([ended.stage, ended.reason]).toEqual(['failed', expect.stringMatching(/cannot be started/)]);
        expect(await codeOf(id)).toBe('ANSIBLE_MISSING');
        await until(() => line.nodeRed.log().includes('Install Ansible'));
    } finally {
        rmSync(empty, { recursive: true });
    }
});

describe('Redis', () => {
    let redis: RedisServer;
    beforeEach(async () => {
        redis = await startRedis();
    });
    afterEach(() => redis.close());

    test('down at the start: the webhook answers 503 and the page says so; both work by themselves once it is up', async () => {
        await redis.kill();
        await start({ redis: redis.port });
        const answer = await line.webhook(aPayload({ alerts: [anAlert()] }));
        expect([answer.status, await answer.text()]).toEqual([503, expect.stringContaining('STORE_DOWN')]);
        await expect(line.list()).rejects.toThrow('503');
        await line.alertmanager.post({ labels: { alertname: 'ServiceStuck', host: 'web-1' } });
        await redis.restart();
        await until(async () => (await line.list()).length > 0);
        const id = await line.opened();
        await line.at(id, 'waiting');
        await fixed(id, 'ServiceStuck');
    });

    test('down while a fix waits: a decision is answered 503 and counts for nothing; later it works', async () => {
        await start({ redis: redis.port });
        const id = await waiting('ServiceStuck');
        const seal = (await line.show(id)).incident.seal?.digest;
        await redis.kill();
        const lost = await line.decide(id, 'approve', seal);
        expect([lost.status, await lost.text()]).toEqual([503, expect.stringContaining('STORE_DOWN')]);
        await redis.restart();
        await until(async () => (await line.list()).length > 0);
        expect((await line.show(id)).incident.stage).toBe('waiting');
        expect(await line.ran()).toEqual([]);
        await fixed(id, 'ServiceStuck');
        expect(await line.ran()).toEqual(['ran']);
    });

    test('down during the run: the run goes on, its end is written down once Redis is back, and it ran once', async () => {
        const slow = (library: PlaybookLibrary): string =>
            `${QUICK_FIX(library)}- name: work\n  ansible.builtin.command: sleep 3\n`;
        await start({ redis: redis.port, tasks: slow });
        const id = await waiting('ServiceStuck');
        await line.approve(id);
        await until(async () => (await line.ran()).length > 0);
        await redis.kill();
        await until(() => line.ansible().length === 0);
        await redis.restart();
        await until(async () => (await line.list()).length > 0);
        await line.at(id, 'verifying', 'unknown', 'failed', 'closed');
        await line.clear();
        const ended = await line.at(id, 'closed', 'unknown', 'failed');
        expect([ended.stage, ended.verification?.result]).toEqual(['closed', 'cleared']);
        expect(await line.ran()).toEqual(['ran']);
        expect((await line.show(id)).chain).toEqual({ whole: true });
    });
});
