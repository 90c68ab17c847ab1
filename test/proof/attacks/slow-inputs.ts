import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { parse } from '../../../botkube-plugin/executor/parse';
import { split } from '../../../botkube-plugin/message/split';
import { loadOpenAi } from '../../../nodes/adapters/openai/openai-model';
import { renderCard, renderReply } from '../../../nodes/adapters/slack/render';
import { webhookHandler } from '../../../nodes/alert-in/webhook';
import { cleanText } from '../../../nodes/core/approval/clean-text';
import { buildCard } from '../../../nodes/core/chat/build-card';
import { checkAnswer } from '../../../nodes/core/diagnosis/check-answer';
import { EvidenceLog } from '../../../nodes/core/diagnosis/evidence';
import { modelStep } from '../../../nodes/core/diagnosis/step';
import { asFixError } from '../../../nodes/core/errors';
import { Intake } from '../../../nodes/core/intake/intake';
import { readBody } from '../../../nodes/runtime/http-body';
import { anAlert, aPayload, type SentAlert } from '../../support/alertmanager-payload';
import { DISK_RUNBOOK, diskIncident } from '../../support/diagnosis';
import { leastDelay } from '../../support/event-loop';
import { HttpStandIn } from '../../support/http-stand-in';
import { anIncident } from '../../support/incidents';
import { SLOW_TEXTS } from '../../support/slow-texts';
import { type TemporaryStore, temporarySqlite } from '../../support/stores';
import type { Case, Group, Matrix, Result } from '../matrix';
import { Target } from './target';

/** Longest time that nobody else has a turn, milliseconds: leases last 15 s, and a page that waits feels dead. */
const LONGEST_DELAY = 100;
/** What alert-in takes by default, bytes. */
const BODY_LIMIT = 1_024 * 1_024;

/** Whatever is said in the end, refused or not: everybody else has had their turn meanwhile. */
const oneCase = (name: string, work: () => unknown, mustHappen?: string): Case => ({
    name,
    expected: 'everybody else goes on',
    run: async (): Promise<Result> => {
        let happened = '';
        const delay = await leastDelay(async () => {
            try {
                happened = String((await work()) ?? 'taken');
            } catch (thrown) {
                happened = asFixError(thrown).code;
            }
        }, LONGEST_DELAY);
        if (delay > LONGEST_DELAY)
            return { ok: false, happened: `the event loop stood still for ${Math.round(delay)} ms` };
        if (mustHappen !== undefined && happened !== mustHappen)
            return { ok: false, happened: `${happened}, not ${mustHappen}` };
        return { ok: true, happened };
    },
});

/** The real webhook of alert-in over HTTP, with the embedded store behind it. */
class WebhookGround {
    private server!: Server;
    private store!: TemporaryStore;
    private sent = 0;

    async open(): Promise<void> {
        this.store = await temporarySqlite();
        const intake = new Intake({
            incidents: this.store.incidents,
            node: 'alert-in-1',
            instance: 'i1',
            settings: {
                grouping: { by: 'group' },
                scope: '/webhook main',
                cooldownSeconds: 0,
                stormLimit: 0,
                names: { severity: 'severity', cluster: 'cluster', team: 'team', clusterName: 'main' },
            },
        });
        const handler = webhookHandler({
            auth: { kind: 'none' },
            accept: async (payload) => {
                const effects: Parameters<Parameters<typeof intake.accept>[1]>[0][] = [];
                await intake.accept(payload, (effect) => effects.push(effect));
                return effects;
            },
            refused: () => undefined,
        });
        const app = express();
        app.use((request, response, next) => {
            handler(request, response, () => readBody(request, BODY_LIMIT)).catch(next);
        });
        this.server = createServer(app);
        await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
    }

    async close(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise<void>((resolve) => this.server.close(() => resolve()));
        await this.store.close();
    }

    /** Sends a body; each is of a group that was never seen. Gives the status of the answer. */
    async send(body: string): Promise<string> {
        this.sent += 1;
        const { port } = this.server.address() as AddressInfo;
        const answer = await fetch(`http://127.0.0.1:${port}/`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: body.replace('"groupKey":"{}', `"groupKey":"${this.sent}{}`),
        });
        await answer.arrayBuffer();
        return String(answer.status);
    }
}

const many = <T>(count: number, make: (index: number) => T): T[] => Array.from({ length: count }, (_, i) => make(i));

const withLabels = (labels: Record<string, string>): string =>
    JSON.stringify(aPayload({ alerts: [anAlert({ labels: { alertname: 'X', ...labels } })] }));

/** As many labels of the longest length, in as many alerts, as a body may carry; each is a text of its own. */
function fullBody(text: (characters: number) => string): string {
    const alerts: SentAlert[] = [];
    for (let index = 0; ; index += 1) {
        const labels = Object.fromEntries(many(7, (label) => [`l${label}`, `${index} ${label} ${text(16_000)}`]));
        alerts.push(
            anAlert({ labels: { alertname: 'X', ...labels }, fingerprint: index.toString(16).padStart(16, '0') }),
        );
        const body = JSON.stringify(aPayload({ alerts }));
        if (Buffer.byteLength(body) > BODY_LIMIT) return JSON.stringify(aPayload({ alerts: alerts.slice(0, -1) }));
    }
}

const SHAPES: [name: string, body: () => string][] = [
    ['a hundred thousand labels', () => withLabels(Object.fromEntries(many(60_000, (i) => [`l${i}`, 'x'])))],
    [
        'a hundred thousand labels that are no texts',
        () =>
            JSON.stringify(
                aPayload({
                    alerts: [anAlert({ labels: Object.fromEntries(many(80_000, (i) => [`l${i}`, i])) as never })],
                }),
            ),
    ],
    ['three hundred thousand alerts', () => JSON.stringify(aPayload({ alerts: many(300_000, () => ({})) }))],
    ['one text of a megabyte', () => withLabels({ x: 'eyJ-'.repeat(250_000) })],
    ['a body as deep as it is long', () => `{"a":${'['.repeat(500_000)}${']'.repeat(500_000)}}`],
    [
        'a time as long as the body',
        () => JSON.stringify(aPayload({ alerts: [anAlert({ startsAt: '('.repeat(900_000) })] })),
    ],
    ['a receiver as long as the body', () => JSON.stringify(aPayload({ receiver: '\\'.repeat(450_000) }))],
];

const HONEST: [name: string, body: () => string][] = [
    [
        'a thousand alerts of one group',
        () =>
            JSON.stringify(
                aPayload({
                    alerts: many(1_000, (i) =>
                        anAlert({
                            labels: {
                                alertname: 'DiskFilling',
                                instance: `web-${i}`,
                                severity: 'critical',
                                job: 'node',
                            },
                            annotations: {
                                summary: `The disk of web-${i} is filling: 93 % used, and 2 GB more each hour.`,
                            },
                            fingerprint: i.toString(16).padStart(16, '0'),
                        }),
                    ),
                }),
            ),
    ],
    [
        'an alert with sixty long annotations',
        () => fullBody((n) => 'a line of a log of a service that is well. '.repeat(n / 43)),
    ],
];

const webhook = new WebhookGround();

const WEBHOOK: Group = {
    name: 'Slow inputs: whatever is sent to the webhook',
    open: async () => {
        await webhook.open();
        return [
            ...Object.entries(SLOW_TEXTS).map(([name, text]) => {
                const body = fullBody(text);
                return oneCase(`A body full of ${name}`, () => webhook.send(body), '202');
            }),
            ...SHAPES.map(([name, make]) => {
                const body = make();
                return oneCase(`A body with ${name}`, () => webhook.send(body));
            }),
            ...HONEST.map(([name, make]) => {
                const body = make();
                return oneCase(`Honest: ${name} is taken`, () => webhook.send(body), '202');
            }),
        ];
    },
    close: () => webhook.close(),
};

/** A file that no vault begins, in UTF-8. */
const fileOf = (text: string): string => `# file\n${text.replace(/[\ud800-\udfff]/g, '.')}`;

/** A dry run of real Ansible over twelve files of 100 kB, each of which would be replaced by one of these texts. */
function dryRunOf(name: string, texts: readonly (readonly [string, (characters: number) => string])[]): Case {
    return oneCase(
        name,
        async () => {
            const target = await new Target().open();
            try {
                const tasks = many(12, (index) => {
                    const [, text] = texts[index % texts.length]!;
                    target.library.write(`playbooks/files/new-${index}`, fileOf(text(100_000)));
                    target.library.write(`../old-${index}`, fileOf(text(99_000)));
                    return `- copy: {src: files/new-${index}, dest: "${target.library.path(`old-${index}`)}"}`;
                });
                target.library.playbook('fix', tasks.join('\n'));
                return (await target.bring('planned')).stage;
            } finally {
                await target.close();
            }
        },
        'planned',
    );
}

const ALL_TEXTS = Object.entries(SLOW_TEXTS);
const honestText = (characters: number): string => 'server { listen 80; root /srv/www; }\n'.repeat(characters / 37);

const DRY_RUN: Group = {
    name: 'Slow inputs: whatever a dry run shows',
    open: async () => [
        dryRunOf('Twelve long files of half JSON web tokens', [ALL_TEXTS[0]!]),
        dryRunOf('Twelve long files, each slow in its way', ALL_TEXTS.slice(1, 13)),
        dryRunOf('Twelve more', ALL_TEXTS.slice(13)),
        dryRunOf('Honest: twelve long files of configuration are planned', [['configuration', honestText]]),
    ],
};

/** The model's answer over HTTP, and what is made of it. */
async function answered(cause: string, more: object = {}): Promise<string> {
    const content = JSON.stringify({
        tool: null,
        answer: {
            cause,
            confidence: 0.9,
            citations: [cause.slice(0, 20_000)],
            inconclusive: false,
            action: null,
            ...more,
        },
    });
    const body = Buffer.from(
        JSON.stringify({
            id: 'c',
            object: 'chat.completion',
            created: 1,
            model: 'm',
            choices: [{ index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }],
            usage: { prompt_tokens: 1, completion_tokens: 1, total_tokens: 2 },
        }),
    );
    const server = new HttpStandIn((_request, response) => {
        response.writeHead(200, { 'content-type': 'application/json' });
        response.end(body);
    });
    const url = `${await server.start()}/v1`;
    try {
        const model = loadOpenAi({
            vendor: 'openai',
            url,
            api: 'chat',
            apiKey: '',
            model: 'm',
            timeoutMs: 20_000,
            retries: 0,
        });
        const { value } = await model.answer({
            messages: [{ role: 'user', content: 'why?' }],
            schemaName: 's',
            schema: modelStep([]),
            maxOutputTokens: 100,
            signal: new AbortController().signal,
        });
        const log = new EvidenceLog(() => new Date());
        log.record({ kind: 'promql', title: cause, query: cause, result: cause });
        return checkAnswer(value.answer!, { incident: diskIncident(), matching: [DISK_RUNBOOK], log }).verdict;
    } finally {
        await server.stop();
    }
}

const MODEL: Group = {
    name: 'Slow inputs: whatever the model answers',
    open: async () => [
        ...ALL_TEXTS.map(([name, text]) => oneCase(`An answer full of ${name}`, () => answered(text(200_000)))),
        oneCase('An answer of forty megabytes', () => answered('x'.repeat(40_000_000)), 'PROVIDER_BAD_ANSWER'),
        oneCase('An answer of fences', () => answered('```'.repeat(60_000))),
        oneCase(
            'Honest: a long answer is read',
            () => answered('The disk is full of old files. '.repeat(600)),
            'inconclusive',
        ),
    ],
};

/** A chat text as a command, as a reason, and as the words of a card. */
function spoken(text: string): string {
    let understood = 'understood';
    try {
        parse(`fix ask inc-7f3k2 ${text}`);
    } catch (thrown) {
        understood = asFixError(thrown).code;
    }
    return understood;
}

const CHAT: Group = {
    name: 'Slow inputs: whatever is said in a chat',
    open: async () => [
        ...ALL_TEXTS.map(([name, text]) => oneCase(`A command full of ${name}`, () => spoken(text(400_000)))),
        ...ALL_TEXTS.map(([name, text]) => {
            const said = text(40_000);
            return oneCase(`A reason and a card full of ${name}`, () => {
                cleanText(said, 500);
                renderReply(said, 'en-US');
                split(said, 3_000);
                const incident = anIncident({ reason: said, labels: { alertname: said, host: said } });
                renderCard(buildCard(incident, 'en-US', new Date()), 'en-US');
            });
        }),
        oneCase(
            'Honest: a long question is understood',
            () => spoken('"why is the disk full?" '.repeat(2_000)),
            'understood',
        ),
    ],
};

/**
 * Text that is slow to look through must not stop what goes on beside it. One group at a time: what another does in this
 * process would be taken for it.
 */
export const slowInputs: Matrix = {
    title: 'Slow inputs: everybody else goes on',
    groups: () => [WEBHOOK, DRY_RUN, MODEL, CHAT],
};
