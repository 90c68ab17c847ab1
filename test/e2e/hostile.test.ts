/**
 * @needs prometheus
 * @needs prometheus-alertmanager
 * @needs ansible-playbook
 */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { anAlert, aPayload } from '../support/alertmanager-payload';
import { Line, type Shown } from '../support/line';
import type { PlaybookLibrary } from '../support/playbook-library';
import { until } from '../support/processes';
import { type RunningServer, startPrometheus } from '../support/prometheus';
import { APP_TOKEN, BOT_TOKEN, CHANNEL, SlackStandIn } from '../support/slack-stand-in';

const TRAP = path.join(tmpdir(), `alert-to-fix-trap-${process.pid}`);

/** Values that would do something if any part took them for more than text, and what is left of them. */
const HOSTILE: [what: string, label: string, written?: string][] = [
    ['a Jinja lookup', `{{ lookup('pipe','touch ${TRAP}') }}`],
    ['Jinja statements', `{% set x = lookup('pipe','touch ${TRAP}') %}{# gone #}`],
    ['a shell command', `$(touch ${TRAP}); \`touch ${TRAP}\` | touch ${TRAP} && touch ${TRAP}`],
    ['quotes', `'"\\'\\"'; "`],
    ['Slack markup', '<!channel> <@U0ALERTS> <https://evil.example|safe> *bold* @here'],
    ['HTML', '<script>alert(1)</script><img src=x onerror=alert(1)>&amp;'],
    ['PromQL', '"} or vector(1) or up{job="'],
    ['YAML', '!unsafe {a: [1, 2]}: &anchor *anchor # comment'],
    ['a YAML tag', '!!python/object/apply:os.system ["touch"]'],
    ['an Ansible option', '--extra-vars=@/etc/passwd -e x=1'],
    ['placeholders of the runbook', '{{note}} {{host}} {{alertname}}'],
    ['a number', '0777'],
    ['nothing but null', 'null'],
    ['10,000 characters', 'x'.repeat(10_000)],
    ['line breaks', 'one\ntwo: three\r\n- four', 'one‹U+000A›two: three‹U+000D›‹U+000A›- four'],
    ['right-to-left marks', 'safe\u202etxt.exe\u2066', 'safe‹U+202E›txt.exe‹U+2066›'],
];
const names = HOSTILE.map((_case, index) => `note${index}`);
const labels = Object.fromEntries(HOSTILE.map(([, label], index) => [`note${index}`, label]));

/** Writes each parameter into a file of its name. */
const writeNotes = (library: PlaybookLibrary): string =>
    names
        .map(
            (name) =>
                `- name: write ${name}\n  ansible.builtin.copy: {dest: "${library.path(name)}", content: "{{ ${name} }}"}\n`,
        )
        .join('');

let prometheus: RunningServer;
let slack: SlackStandIn;
let line: Line;

beforeAll(async () => {
    prometheus = await startPrometheus();
    slack = new SlackStandIn();
    await slack.start();
    line = await Line.start({
        prometheus: prometheus.url,
        parameters: names,
        tasks: writeNotes,
        change: {
            'a2f-channel': {
                platform: 'slack',
                channel: CHANNEL,
                apiUrl: slack.apiUrl,
                credentials: { botToken: BOT_TOKEN, appToken: APP_TOKEN },
            },
        },
    });
});
afterAll(async () => {
    await line?.close();
    await slack?.stop();
    await prometheus?.stop();
});

describe('labels go the whole way to a real playbook as text:', () => {
    let waiting: Shown;

    beforeAll(async () => {
        const text = HOSTILE.map(([, label]) => label.slice(0, 300)).join('\n');
        const id = await line.fire(labels, { summary: text, description: text });
        await line.at(id, 'waiting', 'diagnosed', 'inconclusive', 'failed');
        await line.at(id, 'waiting', 'inconclusive', 'failed');
        waiting = await line.show(id);
        expect([waiting.incident.stage, waiting.incident.reason]).toEqual(['waiting', undefined]);
        await line.approve(id);
        await line.at(id, 'verifying', 'refused', 'failed', 'unknown');
        await line.clear(labels);
        const ended = await line.at(id, 'closed', 'refused', 'failed', 'unknown');
        expect([ended.stage, ended.reason]).toEqual(['closed', undefined]);
        expect(ended.verification?.result).toBe('cleared');
    });

    test.each(HOSTILE.map(([what, label, written], index) => [what, index, written ?? label]))(
        '%s',
        (_what, index, written) => {
            expect(readFileSync(line.library.path(`note${index}`), 'utf8')).toBe(written);
            expect(waiting.incident.plan?.parameters[`note${index}`]).toBe(written);
        },
    );

    test('nothing was executed by any of them, and the audit log is whole', async () => {
        expect(existsSync(TRAP)).toBe(false);
        const shown = await line.show(waiting.incident.id);
        expect(shown.chain).toEqual({ whole: true });
    });

    test('Slack gets the card within its limits, and nothing in it calls anybody', async () => {
        await until(() => slack.cards.length > 0);
        const parsed = slack.messages.flatMap(({ text, blocks }) => [text, ...markup(blocks)]).join('\n');
        expect(parsed).toContain('&lt;!channel&gt;');
        expect(parsed).not.toMatch(/<!|<@|<https:\/\/evil/);
        expect(JSON.stringify(slack.messages)).not.toContain('\u202e');
    });
});

/** The texts of blocks in which Slack looks for markup. */
function markup(value: unknown): string[] {
    if (Array.isArray(value)) return value.flatMap(markup);
    if (typeof value !== 'object' || value === null) return [];
    const { type, text } = value as { type?: unknown; text?: unknown };
    return type === 'mrkdwn' && typeof text === 'string' ? [text] : Object.values(value).flatMap(markup);
}

describe('a webhook that is not one is refused with a sentence, and the next one is taken:', () => {
    const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;
    const alertWith = (parts: object): string => JSON.stringify(aPayload({ alerts: [{ ...anAlert(), ...parts }] }));

    test.each<[string, () => string | Buffer, number, RegExp]>([
        ['no JSON', () => '{"version":', 400, /not JSON in UTF-8/],
        ['an empty body', () => '', 400, /not JSON in UTF-8/],
        [
            'not UTF-8',
            () =>
                Buffer.concat([
                    Buffer.from('{"version":"4","receiver":"'),
                    Buffer.from([0xff, 0xfe, 0xc0]),
                    Buffer.from('"}'),
                ]),
            400,
            /not JSON in UTF-8/,
        ],
        ['a byte order mark of UTF-16', () => Buffer.from('\ufeff{}', 'utf16le'), 400, /not JSON in UTF-8/],
        ['2 MB', () => JSON.stringify(aPayload({ receiver: 'x'.repeat(2_000_000) })), 413, /large/],
        ['an array 300,000 deep', () => deep(300_000), 422, /body/],
        ['another version', () => JSON.stringify(aPayload({ version: '3' })), 422, /version/],
        ['no alerts', () => JSON.stringify(aPayload({ alerts: [] })), 422, /alerts/],
        ['alerts that are none', () => JSON.stringify(aPayload({ alerts: 'all' })), 422, /alerts/],
        [
            'a label that is a list',
            () => alertWith({ labels: { alertname: ['x'] } }),
            422,
            /alerts\[0\]\.labels\.alertname/,
        ],
        [
            'a label of 20,000 characters',
            () => alertWith({ labels: { alertname: 'x'.repeat(20_000) } }),
            422,
            /alerts\[0\]\.labels\.alertname/,
        ],
        [
            '500 labels',
            () =>
                alertWith({
                    labels: Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`l${index}`, 'x'])),
                }),
            422,
            /labels/,
        ],
        ['a time that is none', () => alertWith({ startsAt: 'yesterday' }), 422, /alerts\[0\]\.startsAt/],
        ['null', () => 'null', 422, /body/],
    ])('%s', async (_what, body, status, sentence) => {
        const before = (await line.list()).length;
        const answer = await line.webhook(body());
        expect([answer.status, await answer.text()]).toEqual([status, expect.stringMatching(sentence)]);
        expect((await line.list()).length).toBe(before);
    });

    test('without the token', async () => {
        const answer = await line.webhook(aPayload(), { Authorization: 'Bearer wrong' });
        expect(answer.status).toBe(401);
    });

    test('a body whose unknown members are 5,000 deep is taken without them', async () => {
        const body = JSON.stringify(aPayload()).replace('"version"', `"deep":${deep(5_000)},"version"`);
        expect((await line.webhook(body)).status).toBe(202);
    });

    test('labels named like members of every object are labels', async () => {
        const body = JSON.stringify(aPayload({ groupKey: 'proto' })).replace(
            '"labels":{',
            '"labels":{"__proto__":"x","constructor":"y","toString":"z",',
        );
        const answer = await line.webhook(body);
        expect(answer.status).toBe(202);
        const { incidents } = (await answer.json()) as { incidents: { id: string }[] };
        const { incident } = await line
            .at(incidents[0]?.id ?? '', 'inconclusive')
            .then(() => line.show(incidents[0]?.id ?? ''));
        expect(Object.entries(incident.alerts[0]?.labels ?? {})).toEqual(
            expect.arrayContaining([
                ['constructor', 'y'],
                ['toString', 'z'],
            ]),
        );
    });

    test('Node-RED is still there, and has reported no fault of its own', () => {
        expect(line.nodeRed.log()).not.toMatch(/INTERNAL|TypeError|RangeError|Uncaught/);
    });
});
