/**
 * @needs go
 * @needs flock
 * @needs redis-server
 * @needs prometheus
 * @needs prometheus-alertmanager
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { opening } from '../../nodes/core/approval/gate';
import { systemClock } from '../../nodes/core/clock';
import type { Incident } from '../../nodes/core/model/incident';
import type { NewTimelineEntry } from '../../nodes/core/model/timeline';
import { Incidents } from '../../nodes/core/store/incidents';
import { aGate, aPlannedIncident, aPolicy, aRule, sealOf } from '../support/approvals';
import { isAlive, onMattermost, onSlack } from '../support/botkube-host';
import { serveRelease } from '../support/botkube-repository';
import { APPROVER, APPROVER_ENTRY, BotkubeScene, buttonCommands, secretKeys } from '../support/botkube-scene';
import { concludes } from '../support/diagnosis';
import { anIncident } from '../support/incidents';
import { ALERT, runbookOf } from '../support/line';
import { OpenAiStandIn } from '../support/openai-stand-in';
import { ROOT } from '../support/package';
import { PlaybookLibrary } from '../support/playbook-library';
import { until } from '../support/processes';
import { type RunningServer, startAlertmanager, startPrometheus } from '../support/prometheus';
import { type RedisServer, startRedis } from '../support/redis';

// The real plugin manager of Botkube v1.14.0 downloads, starts and supervises the plugin, and calls it.

const FIX = {
    runbook: 'service-stuck',
    action: 'write-down',
    parameters: [{ name: 'note', value: 'none' }],
    hosts: ['web-1'],
};
const OPENED: NewTimelineEntry[] = [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }];
const CAUSE = 'The queue of the service is full.';
/** The action that is shipped for people to copy. */
const { actions } = parse(readFileSync(path.join(ROOT, 'deploy/botkube-values.yaml'), 'utf8')) as {
    actions: { 'diagnose-alert': { command: string } };
};
const ACTION = actions['diagnose-alert'].command;

const model = new OpenAiStandIn();
let redis: RedisServer;
let prometheus: RunningServer;
let alertmanager: RunningServer;
let library: PlaybookLibrary;
let store: RedisStore;
let incidents: Incidents;
let botkube: BotkubeScene;

beforeAll(async () => {
    library = new PlaybookLibrary();
    library.playbook('fix', '- name: nothing\n  ansible.builtin.debug: {msg: "{{ note }}"}');
    library.write('runbooks/service-stuck.yaml', runbookOf(['note']));
    [redis, prometheus, alertmanager] = await Promise.all([startRedis(), startPrometheus(), startAlertmanager()]);
    store = new RedisStore({ mode: 'standalone', nodes: [{ host: '127.0.0.1', port: redis.port }], namespace: 'a2f' });
    await store.open();
    incidents = new Incidents(store, systemClock);
    const url = await model.start();
    botkube = await BotkubeScene.start(
        {
            redis: { host: '127.0.0.1', port: redis.port },
            signingKeysEnv: 'FIX_SIGNING_KEYS',
            runbooks: library.folder,
            prometheus: { url: prometheus.url },
            alertmanager: { url: alertmanager.url },
            model: { vendor: 'openai', model: 'gpt-test', url, apiKeyEnv: 'FIX_MODEL_KEY', retries: 0 },
            mayDecide: true,
        },
        () => serveRelease(),
    );
    await fire('web-1');
}, 600_000);
afterAll(async () => {
    await botkube?.close();
    await store?.close();
    await Promise.all([model.stop(), redis?.close(), prometheus?.stop(), alertmanager?.stop()]);
    library.remove();
});
beforeEach(() => {
    model.seen.length = 0;
    model.willAnswer(concludes({ cause: CAUSE, citations: ['E1'] }, FIX));
});

/** An alert fires at Alertmanager, which tells of it when this resolves. */
async function fire(host: string, labels: Record<string, string> = {}): Promise<void> {
    const alert = {
        labels: { alertname: ALERT, host, severity: 'critical', ...labels },
        annotations: { summary: `${host} is stuck.` },
    };
    const answer = await fetch(`${alertmanager.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify([alert]),
    });
    expect(answer.status).toBe(200);
    await until(async () => {
        const known = (await (await fetch(`${alertmanager.url}/api/v2/alerts`)).json()) as {
            labels: Record<string, string>;
        }[];
        return known.some((one) => one.labels.host === host && one.labels.alertname === alert.labels.alertname);
    });
}

/** A fix waits for the approver. */
async function waiting(): Promise<Incident> {
    const incident = aPlannedIncident({}, secretKeys);
    await incidents.create(incident, OPENED);
    const gate = aGate(aPolicy([aRule({ approvers: [APPROVER_ENTRY] })]), { keys: secretKeys });
    return incidents.change(incident.id, opening(gate));
}

async function stageOf({ id }: Incident): Promise<string> {
    return (await incidents.get(id)).incident.stage;
}

/** The plugin process that Botkube has now. */
async function running(other?: number): Promise<number> {
    await until(() => ![undefined, other].includes(botkube.host.pluginPid()));
    return botkube.host.pluginPid() ?? 0;
}

test('its help is a list of commands with buttons that run', async () => {
    const help = await botkube.host.help();
    const commands = buttonCommands(help);
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) expect(await botkube.says(command)).not.toMatch(/is no command|is no flag/);
    for (const verb of ['alerts', 'diagnose', 'ask', 'show', 'incidents', 'approve', 'reject', 'status'])
        expect(JSON.stringify(help)).toContain(`fix ${verb}`);
});

test.each(['fix', 'fix help', 'fix --help'])('%s is answered with the help', async (command) => {
    expect(await botkube.says(command)).toContain('diagnose');
});

test('fix status tells how each part is', async () => {
    const said = await botkube.says('fix status');
    for (const part of [/Redis|store/i, /Prometheus/, /Alertmanager/, /gpt-test/]) expect(said).toMatch(part);
});

test('fix alerts tells what fires', async () => {
    expect(await botkube.says('fix alerts')).toContain(ALERT);
    expect(await botkube.says('fix alerts --severity=info')).not.toContain('web-1');
});

test('fix diagnose makes the model look and records it; show, incidents and ask know it', async () => {
    const labels = { alertname: ALERT, host: 'web-1', severity: 'critical' };
    const [alert] = anIncident().alerts;
    const incident = anIncident({ labels, alerts: alert ? [{ ...alert, labels }] : [] });
    const { id } = incident;
    await incidents.create(incident, OPENED);
    expect(await botkube.says(`fix diagnose ${ALERT}`)).toContain(CAUSE);
    expect((await incidents.get(id)).incident.diagnosis).toMatchObject({ cause: CAUSE, source: { by: 'model' } });
    expect(await botkube.says(`fix show ${id}`)).toContain(CAUSE);
    expect(await botkube.says('fix incidents')).toContain(id);

    model.willAnswer({ json: { answer: 'Nobody takes from it.', citations: ['E1'] } });
    expect(await botkube.says(`fix ask ${id} "why isn't it empty & quiet?"`)).toContain('Nobody takes from it.');
    expect(JSON.stringify(model.seen.at(-1)?.body)).toContain("why isn't it empty & quiet?");
});

test('fix approve and fix reject decide once, for whom the gate names', async () => {
    const [one, other] = [await waiting(), await waiting()];
    const seal = sealOf(one).slice(0, 8);
    expect(await botkube.says(`fix approve ${one.id} ${seal}`, onSlack('U0MALLORY'))).toMatch(/may not decide/);
    expect(await stageOf(one)).toBe('waiting');
    const [click = ''] = buttonCommands((await botkube.execute(`fix approve ${one.id}`)).message).filter((command) =>
        command.startsWith('fix approve'),
    );
    expect(click).toContain(seal);
    expect(await stageOf(one)).toBe('waiting');
    expect((await botkube.execute(click)).message).toMatchObject({ replaceOriginal: true });
    expect(await stageOf(one)).toBe('approved');
    expect(await botkube.says(click)).toMatch(/already approved/);

    await botkube.execute(`fix reject ${other.id} ${sealOf(other).slice(0, 8)} --reason="not now"`);
    expect((await incidents.get(other.id)).incident).toMatchObject({
        stage: 'refused',
        reason: expect.stringContaining('not now'),
    });
});

test('nobody decides whom the platform does not attest: a name is no proof', async () => {
    const incident = await waiting();
    const command = `fix approve ${incident.id} ${sealOf(incident).slice(0, 8)}`;
    for (const context of [onMattermost(`<@${APPROVER}>`), onMattermost(''), onSlack('')]) {
        await botkube.execute(command, context);
        expect(await stageOf(incident)).toBe('waiting');
    }
});

test('a word that is no command gets one line, and the command that was meant', async () => {
    expect(await botkube.says('fix diagnos x')).toMatch(/diagnos.*\n*.*fix diagnose/);
    expect(await botkube.says('fix alerts --sevrity=x')).toContain('--severity');
});

test('commands that come together are all answered, each with its own', async () => {
    const all = await Promise.all(Array.from({ length: 12 }, () => waiting()));
    const said = await Promise.all(all.map(({ id }) => botkube.says(`fix show ${id}`)));
    said.forEach((text, index) => {
        expect(text).toContain(all[index]?.id);
        expect(text).not.toContain(all[(index + 1) % all.length]?.id);
    });
});

test('a command that Botkube cancels ends, and the plugin goes on', async () => {
    model.willAnswer('silence');
    await fire('web-3');
    const cancel = new AbortController();
    const answer = botkube.execute(`fix diagnose ${ALERT} --label host=web-3`, undefined, cancel.signal);
    const refused = expect(answer).rejects.toThrow(/cancel/i);
    await until(() => model.seen.length > 0);
    cancel.abort();
    await refused;
    expect(await botkube.says('fix help')).toContain('diagnose');
});

describe('an action of Botkube', () => {
    const event = (host: string): object => ({
        Labels: { alertname: ALERT, host, severity: 'critical', note: 'a "b" & <c> \'d\'' },
        Annotations: { summary: 'It is "stuck" & <b>full</b>.' },
        State: 'firing',
        Value: '1e+00',
        activeAt: '2026-01-01T00:00:00Z',
    });

    test('that runs twice for one event is diagnosed once', async () => {
        expect(ACTION).toContain('--bk-cmd-header=');
        const answers = await Promise.all([botkube.act(ACTION, event('web-2')), botkube.act(ACTION, event('web-2'))]);
        answers.push(await botkube.act(ACTION, event('web-2')));
        for (const { mention, output } of answers) {
            expect(mention).toBe('Automation "AI diagnosis"');
            expect(await botkube.read(output)).toContain(CAUSE);
        }
        expect(model.seen).toHaveLength(1);
        expect(JSON.stringify(model.seen[0]?.body)).toContain('& ‹c›');
    });

    test('finds the incident that a flow has opened for the alert, with and without a namespace', async () => {
        const labelled: Record<string, string>[] = [
            { alertname: ALERT, host: 'web-4', severity: 'critical' },
            { alertname: ALERT, host: 'web-5', severity: 'critical', namespace: 'shop' },
        ];
        for (const labels of labelled) {
            const [alert] = anIncident().alerts;
            const incident = anIncident({ labels, alerts: alert ? [{ ...alert, labels }] : [] });
            await incidents.create(incident, OPENED);
            const { output } = await botkube.act(ACTION, {
                Labels: labels,
                Annotations: {},
                State: 'firing',
                Value: '1',
                activeAt: '2026-01-01T00:00:00Z',
            });
            expect(await botkube.read(output)).toContain(CAUSE);
            expect((await incidents.get(incident.id)).incident.diagnosis).toMatchObject({ cause: CAUSE });
        }
    });

    test('has its values escaped for HTML by Botkube, and read as they were', async () => {
        const name = 'Disk & "memory" <full> +1';
        const { command, output } = await botkube.act('fix diagnose --alert "{{ .Event.Labels.alertname }}"', {
            Labels: { alertname: name },
        });
        expect(command).toContain('Disk &amp; &#34;memory&#34;');
        expect(JSON.stringify(output)).not.toMatch(/&amp;amp;|&#34;|&#43;/);
    });

    test('never approves and never rejects', async () => {
        const incident = await waiting();
        for (const verb of ['approve', 'reject']) {
            await botkube.act(`fix ${verb} {{ .Event.id }} {{ .Event.seal }}`, {
                id: incident.id,
                seal: sealOf(incident).slice(0, 8),
            });
            expect(await stageOf(incident)).toBe('waiting');
        }
    });
});

test('a plugin that is killed is started again, with what the store knows', async () => {
    const incident = await waiting();
    const killed = await running();
    process.kill(killed, 'SIGKILL');
    await running(killed);
    await until(async () => (await botkube.says(`fix show ${incident.id}`)).includes(incident.id));
});

test('what goes wrong is a card, not the end of the plugin', async () => {
    const before = await running();
    await alertmanager.kill();
    expect(await botkube.says('fix alerts')).toMatch(/Alertmanager/);
    await alertmanager.restart();
    expect(await running()).toBe(before);
});

test('Botkube keeps the level of what it logs', () => {
    expect(botkube.host.log()).toMatch(/level=info[^\n]*The plugin is ready/);
});

test('when Botkube ends, the plugin ends at once and leaves nothing', async () => {
    const pid = await running();
    await botkube.host.shutdown();
    expect(isAlive(pid)).toBe(false);
    expect(botkube.leftBehind()).toEqual([]);
    expect(botkube.host.log()).not.toContain('plugin failed to exit gracefully');
});

test('when Botkube is killed, the plugin ends by itself and leaves nothing', async () => {
    const other = await BotkubeScene.start({});
    const pid = other.host.pluginPid() ?? 0;
    expect(isAlive(pid)).toBe(true);
    await other.host.kill();
    await until(() => !isAlive(pid) && other.leftBehind().length === 0);
    await other.close();
});

test('the single file is downloaded, unpacks itself, answers and ends as well', async () => {
    const single = await BotkubeScene.start({}, () => serveRelease('-single-file'));
    const pid = single.host.pluginPid() ?? 0;
    expect(await single.says('fix help')).toContain('diagnose');
    await single.host.shutdown();
    expect(isAlive(pid)).toBe(false);
    await single.close();
});
