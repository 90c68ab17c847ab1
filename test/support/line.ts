import { readdirSync, readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import type { Card } from '../../nodes/core/chat/card';
import type { Incident } from '../../nodes/core/model/incident';
import type { Stage } from '../../nodes/core/model/stage';
import type { TimelineEntry, TimelineType } from '../../nodes/core/model/timeline';
import { type RunningAlertmanager, startAlertmanager } from './alertmanager';
import { anAlert, aPayload } from './alertmanager-payload';
import { exampleFlow, type FlowNode } from './example-flow';
import { type NodeRedProcess, startNodeRed } from './node-red-process';
import { PlaybookLibrary } from './playbook-library';
import { freePort, until } from './processes';

/** What the ids of an example flow begin with. */
const PREFIXES = { quickstart: 'a2f', 'rules-only': 'a2f-rules', 'slack-approval': 'a2f-slack' };

export interface LineOptions {
    /** Port of the Redis that keeps the incidents; absent: the embedded store. */
    redis?: number;
    /** Address of Prometheus; default: the port where nobody listens. */
    prometheus?: string;
    /** YAML of the playbook's tasks; the default is {@link SLOW_FIX}. */
    tasks?: (library: PlaybookLibrary) => string;
    /** Parameters of the fix, each from the label of that name; default `note`. */
    parameters?: readonly string[];
    /** How the fix is verified, as YAML in one line; default: for five minutes, by its alert. */
    verify?: string;
    /** Example flow to deploy; default `quickstart`. */
    example?: 'quickstart' | 'rules-only' | 'slack-approval';
    /** Changes a node of the flow, by id. */
    change?: Record<string, Record<string, unknown>>;
    /** Library, when several Node-REDs share one. */
    library?: PlaybookLibrary;
    alertmanager?: RunningAlertmanager;
    /** Nodes beside those of the example. */
    more?: (library: PlaybookLibrary) => FlowNode[];
    /** More members of settings.js. */
    settings?: string;
    env?: NodeJS.ProcessEnv;
}

/** What the page tells of one incident. */
export interface Shown {
    incident: Incident;
    timeline: TimelineEntry[];
    chain: { whole: boolean };
    card: Card;
    again?: { since: string };
}

/** The runbook of this line is for alerts whose name begins so. */
export const ALERT = 'ServiceStuck';
/**
 * YAML of the runbook whose fix takes these parameters, each from the label of the same name. `verify` is long enough
 * for a Node-RED that is killed meanwhile.
 */
export const runbookOf = (parameters: readonly string[], verify = '{ within: 300s }'): string => `id: service-stuck
title: A service is stuck
alerts: ['alertname=~"${ALERT}.*"']
knowledge: Write the note down.
checks:
  - { id: seen, title: Prometheus answers, query: 'vector(1) unless on() up{job="{{${parameters[0]}}}"}', holds: "== 1" }
causes:
  - { cause: 'The service of {{host}} is stuck.', when: [seen], confidence: 0.9, action: write-down }
actions:
  - id: write-down
    title: Write it down
    description: Writes the note, then works for a while.
    risk: low
    playbook: playbooks/fix.yml
    target: host
    parameters:
${parameters.map((name) => `      ${name}: { type: string, description: A note, pattern: '[^\\0]*', max_length: 10000, from: ${name}, default: none }`).join('\n')}
    verify: ${verify}
`;

/** Writes the note, says in `ran` that it began, works two seconds, says that it ended. */
export const SLOW_FIX = (library: PlaybookLibrary): string => `- name: write the note
  ansible.builtin.copy: {dest: "${library.path('note')}", content: "{{ note }}"}
- name: begin
  ansible.builtin.shell: echo began >> ${library.path('ran')}
- name: work
  ansible.builtin.command: sleep 2
- name: end
  ansible.builtin.shell: echo ended >> ${library.path('ran')}
`;

/** The standard flow in a real Node-RED, with a real Alertmanager and real playbooks. */
export class Line {
    nodeRed!: NodeRedProcess;
    private readonly token = 's3cret';

    private constructor(
        readonly library: PlaybookLibrary,
        readonly alertmanager: RunningAlertmanager,
        private readonly port: number,
        private readonly options: LineOptions,
    ) {}

    static async start(options: LineOptions = {}): Promise<Line> {
        const library = options.library ?? new PlaybookLibrary();
        if (!options.library) {
            library.playbook('fix', (options.tasks ?? SLOW_FIX)(library));
            library.write('runbooks/service-stuck.yaml', runbookOf(options.parameters ?? ['note'], options.verify));
        }
        const port = await freePort();
        const webhook = `http://127.0.0.1:${port}/alert-to-fix/webhook`;
        const alertmanager =
            options.alertmanager ?? (await startAlertmanager(webhook, "{ authorization: { credentials: 's3cret' } }"));
        const line = new Line(library, alertmanager, port, options);
        await line.begin();
        await line.nodeRed.deploy(line.flow());
        return line;
    }

    /** Kills Node-RED in the middle of whatever it does. */
    async kill(): Promise<void> {
        await this.nodeRed.stop('SIGKILL');
    }

    /** Starts Node-RED again, with the user directory it had. */
    async restart(env = this.options.env): Promise<void> {
        await this.begin(this.nodeRed.userDir, env);
    }

    async deploy(change?: LineOptions['change'], type?: 'full' | 'nodes'): Promise<void> {
        await this.nodeRed.deploy(this.flow(change), type);
    }

    async close(): Promise<void> {
        await this.nodeRed.remove();
        if (!this.options.alertmanager) await this.alertmanager.remove();
        if (!this.options.library) this.library.remove();
    }

    /** The alert fires at Alertmanager, which tells Node-RED; answers the id of the incident that this opens. */
    async fire(labels: Record<string, string> = {}, annotations: Record<string, string> = {}): Promise<string> {
        const before = new Set((await this.list()).map(({ id }) => id));
        await this.alertmanager.post({ labels: { alertname: ALERT, host: 'web-1', ...labels }, annotations });
        return this.opened(before);
    }

    /** Waits for an incident that was not there before. */
    async opened(before: ReadonlySet<string> = new Set()): Promise<string> {
        let id: string | undefined;
        await until(async () => {
            id = (await this.list()).find((incident) => !before.has(incident.id))?.id;
            return id !== undefined;
        }).catch((error: unknown) => this.explain(error));
        return id ?? '';
    }

    async clear(labels: Record<string, string> = {}): Promise<void> {
        await this.alertmanager.post({
            labels: { alertname: ALERT, host: 'web-1', ...labels },
            endsAt: new Date().toISOString(),
        });
    }

    /** Sends a webhook by hand; the body as it is, or the alerts of one. */
    async webhook(
        body: string | Buffer | Record<string, unknown> = aPayload({ alerts: [anAlert()] }),
        headers: Record<string, string> = {},
    ): Promise<Response> {
        return fetch(`${this.nodeRed.url}/alert-to-fix/webhook`, {
            method: 'POST',
            headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${this.token}`, ...headers },
            body:
                typeof body === 'string' || Buffer.isBuffer(body)
                    ? new Uint8Array(Buffer.from(body))
                    : JSON.stringify(body),
        });
    }

    async list(): Promise<{ id: string; stage: Stage; title: string }[]> {
        const answer = await fetch(this.page('incidents'));
        if (!answer.ok) throw new Error(`the page answered ${answer.status}: ${await answer.text()}`);
        return ((await answer.json()) as { incidents: { id: string; stage: Stage; title: string }[] }).incidents;
    }

    async show(id: string): Promise<Shown> {
        const answer = await fetch(this.page(`incidents/${id}`));
        if (!answer.ok) throw new Error(`the page answered ${answer.status}: ${await answer.text()}`);
        return (await answer.json()) as Shown;
    }

    /** Decides as the demo operator, on what the page shows. */
    async decide(id: string, verdict: 'approve' | 'reject', seal?: string): Promise<Response> {
        return fetch(this.page(`incidents/${id}/decision`), {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-alert-to-fix': 'page' },
            body: JSON.stringify({ seal: seal ?? (await this.show(id)).incident.seal?.digest, verdict }),
        });
    }

    async approve(id: string): Promise<void> {
        const answer = await this.decide(id, 'approve');
        if (!answer.ok) throw new Error(`the approval was answered ${answer.status}: ${await answer.text()}`);
    }

    /** Has it diagnosed again as the demo operator, on the ending that the page shows. */
    async again(id: string): Promise<Response> {
        return fetch(this.page(`incidents/${id}/diagnosis`), {
            method: 'POST',
            headers: { 'content-type': 'application/json', 'x-alert-to-fix': 'page' },
            body: JSON.stringify({ since: (await this.show(id)).again?.since ?? '' }),
        });
    }

    /**
     * Waits until the incident is at one of the stages; asked every few milliseconds, so that a short stage is seen.
     */
    async at(id: string, ...stages: Stage[]): Promise<Incident> {
        return this.when(id, ({ incident }) => stages.includes(incident.stage));
    }

    /** Waits until this happened to the incident, since the timeline entry `after`. */
    async happened(id: string, type: TimelineType, after = 0): Promise<Incident> {
        return this.when(id, ({ timeline }) => timeline.some((entry) => entry.seq > after && entry.type === type));
    }

    async types(id: string): Promise<TimelineType[]> {
        return (await this.show(id)).timeline.map(({ type }) => type);
    }

    /** Lines of the file in which the fix says that it ran. */
    async ran(): Promise<string[]> {
        const text = await readFile(this.library.path('ran'), 'utf8').catch(() => '');
        return text.split('\n').filter(Boolean);
    }

    /** What lies in the folder of runs, as `<run>/<file>`. */
    runFiles(): string[] {
        const runs = path.join(this.nodeRed.userDir, 'incidents', 'runs');
        return readdirSync(runs, { recursive: true, encoding: 'utf8' }).sort();
    }

    /**
     * Process ids of Ansible, or of what it started, for this library or a copy of it; of those whose arguments have
     * `part`.
     */
    ansible(part = ''): number[] {
        const places = [this.library.folder, path.join(this.nodeRed.userDir, 'incidents')];
        return readdirSync('/proc')
            .filter((name) => /^\d+$/.test(name))
            .map(Number)
            .filter((pid) => {
                try {
                    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8');
                    return places.some((place) => command.includes(place)) && command.includes(part);
                } catch {
                    return false;
                }
            });
    }

    private async when(id: string, condition: (shown: Shown) => boolean): Promise<Incident> {
        let shown: Shown | undefined;
        await until(async () => {
            shown = await this.show(id);
            return condition(shown);
        }, 120_000).catch((error: unknown) => this.explain(error, shown));
        return shown!.incident;
    }

    private explain(error: unknown, shown?: Shown): never {
        const told =
            shown?.timeline
                .slice(-12)
                .map(({ at, type, text }) => `${at} ${type}: ${text.slice(0, 300)}`)
                .join('\n') ?? '';
        throw new Error(
            `${String(error)}\nstage ${shown?.incident.stage}, ${JSON.stringify(shown?.incident.flow)}\n${told}\n${this.nodeRed.log().slice(-3_000)}`,
        );
    }

    private page(rest: string): string {
        return `${this.nodeRed.url}/alert-to-fix/api/${rest}`;
    }

    private async begin(userDir?: string, env = this.options.env): Promise<void> {
        this.nodeRed = await startNodeRed({
            port: this.port,
            env,
            settings: this.options.settings,
            ...(userDir === undefined ? {} : { userDir }),
        });
    }

    private flow(change: LineOptions['change'] = this.options.change): FlowNode[] {
        const { redis, prometheus = 'http://127.0.0.1:1', example = 'quickstart' } = this.options;
        const prefix = PREFIXES[example];
        const set: Record<string, Record<string, unknown>> = {
            [`${prefix}-store`]: {
                demoOperator: true,
                path: path.join(this.nodeRed.userDir, 'incidents'),
                ...(redis === undefined ? {} : { kind: 'redis', port: String(redis) }),
            },
            [`${prefix}-library`]: { source: 'folder', folder: this.library.folder, inventory: 'inventory.ini' },
            [`${prefix}-prometheus`]: { url: prometheus, alertmanagerUrl: this.alertmanager.url, timeout: '5' },
            [`${prefix}-alert-in`]: { auth: 'bearer', credentials: { token: this.token } },
            [`${prefix}-llm`]: { d: true },
            [`${prefix}-diagnose`]: { provider: '' },
        };
        const nodes = [...exampleFlow(example), ...(this.options.more?.(this.library) ?? [])];
        return nodes.map((node) => ({ ...node, ...set[node.id], ...change?.[node.id] }));
    }
}
