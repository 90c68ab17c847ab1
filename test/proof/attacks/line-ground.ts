import { existsSync, readFileSync } from 'node:fs';
import type { FlowNode } from '../../support/example-flow';
import { Line, type LineOptions } from '../../support/line';
import type { PlaybookLibrary } from '../../support/playbook-library';
import { until } from '../../support/processes';
import { type RunningServer, startPrometheus } from '../../support/prometheus';
import { APP_TOKEN, BOT_TOKEN, CHANNEL, SlackStandIn, TEAM } from '../../support/slack-stand-in';
import type { Case, Group, Result } from '../matrix';
import { leavesMark } from './target';

/** The Slack account that the gate names. */
export const SLACK_APPROVER = 'U0ALICE';

/** What a refused attempt said, and where. */
export type Said = string;

/** An attempt on a fix that waits for its approval in a whole, running Node-RED. */
export interface LineAttack {
    /** What is done, in one plain sentence. */
    name: string;
    /** What the record says: code and sentence. */
    says: RegExp;
    /** Does it; answers the record. `id` is of a fix that waits. */
    attempt(ground: LineGround, id: string): Promise<Said>;
}

/** Doors that let an attacker hand any message to any node, and a catch node that writes refusals down. */
function doors(library: PlaybookLibrary): FlowNode[] {
    const z = 'a2f-tab';
    const door = (node: string): FlowNode[] => [
        { id: `door-${node}`, type: 'http in', z, url: `/door/${node}`, method: 'post', wires: [[`open-${node}`]] },
        {
            id: `open-${node}`,
            type: 'function',
            z,
            func: 'node.send([Object.assign({ _msgid: msg._msgid }, msg.payload), msg]);',
            outputs: 2,
            wires: [[node], ['door-answer']],
        },
    ];
    return [
        ...['a2f-run', 'a2f-gate', 'a2f-dry-run', 'a2f-diagnose'].flatMap(door),
        { id: 'door-answer', type: 'http response', z, statusCode: '202', wires: [] },
        { id: 'all-errors', type: 'catch', z, scope: null, uncaught: false, wires: [['told-error']] },
        {
            id: 'told-error',
            type: 'function',
            z,
            func: 'return { payload: `${msg.error.code}: ${msg.error.message}`.replace("FixError: ", "") };',
            outputs: 1,
            wires: [['kept-error']],
        },
        {
            id: 'kept-error',
            type: 'file',
            z,
            filename: library.path('errors'),
            filenameType: 'str',
            appendNewline: true,
            createDir: true,
            overwriteFile: 'false',
            encoding: 'none',
            wires: [[]],
        },
    ];
}

/** The standard flow on real parts, with Slack, and with ways in for an attacker. */
export class LineGround {
    private number = 0;

    private constructor(
        readonly line: Line,
        readonly slack: SlackStandIn,
        private readonly prometheus: RunningServer,
        private readonly change: NonNullable<LineOptions['change']>,
    ) {}

    static async open(options: LineOptions = {}): Promise<LineGround> {
        const slack = new SlackStandIn();
        await slack.start();
        const prometheus = await startPrometheus();
        const approvers = `page:demo-operator,page:alice,slack:${TEAM}/${SLACK_APPROVER}`;
        const change: NonNullable<LineOptions['change']> = {
            'a2f-channel': {
                platform: 'slack',
                channel: CHANNEL,
                apiUrl: slack.apiUrl,
                credentials: { botToken: BOT_TOKEN, appToken: APP_TOKEN },
            },
            'a2f-gate': {
                rules: [
                    { name: 'Ask one person', match: '', risks: ['low', 'medium', 'high'], decision: 'one', approvers },
                ],
            },
            ...options.change,
        };
        try {
            return new LineGround(
                await Line.start({
                    tasks: (library) => leavesMark(library, 'ran'),
                    more: doors,
                    prometheus: prometheus.url,
                    ...options,
                    change,
                }),
                slack,
                prometheus,
                change,
            );
        } catch (thrown) {
            await Promise.all([slack.stop(), prometheus.stop()]);
            throw thrown;
        }
    }

    /** Every incident is of an alert of its own. */
    async fire(): Promise<string> {
        this.number += 1;
        return this.line.fire({ alertname: `ServiceStuck${this.number}` });
    }

    /** A new fix that waits for its approval. */
    async waiting(): Promise<string> {
        const id = await this.fire();
        await this.line.at(id, 'waiting');
        return id;
    }

    /** Draws wires anew: outputs of nodes, by id. */
    async rewire(wires: Record<string, string[][]>): Promise<void> {
        const changed = Object.entries(wires).map(([node, outputs]) => [
            node,
            { ...this.change[node], wires: outputs },
        ]);
        await this.line.deploy({ ...this.change, ...Object.fromEntries(changed) });
    }

    /** Hands a message to a node, as an inject or a function node would; answers what the flow then says of it. */
    async hand(node: 'a2f-run' | 'a2f-gate' | 'a2f-dry-run' | 'a2f-diagnose', message: object): Promise<Said> {
        const before = this.refusals().length;
        await fetch(`${this.line.nodeRed.url}/door/${node}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(message),
        });
        return this.refusedSince(before);
    }

    /** What the flow's catch node was told so far: `CODE: sentence`. */
    refusals(): string[] {
        const file = this.line.library.path('errors');
        return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    }

    async refusedSince(before: number): Promise<Said> {
        await until(() => this.refusals().length > before);
        return this.refusals().slice(before).join(' ');
    }

    marks(): string[] {
        const file = this.line.library.path('marks');
        return existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean) : [];
    }

    /** Waits until no playbook is alive. */
    async settled(): Promise<void> {
        await until(() => this.line.ansible().length === 0);
    }

    async close(): Promise<void> {
        await this.line.close();
        await Promise.all([this.slack.stop(), this.prometheus.stop()]);
    }
}

/** Attempts on one fix that waits, on one Node-RED; at the end the fix is rightly approved, and runs once. */
export function lineGroup(
    name: string,
    attacks: readonly LineAttack[],
    options: LineOptions & { approve(ground: LineGround, id: string): Promise<unknown> },
): Group {
    let ground: LineGround | undefined;
    return {
        name,
        open: async () => {
            const { approve, ...lineOptions } = options;
            const opened = await LineGround.open(lineOptions);
            ground = opened;
            const id = await opened.waiting();
            const control: Case = {
                name: 'Nobody attacks: the same fix, approved, runs once',
                expected: 'it runs',
                run: () => runsOnce(opened, id, approve),
            };
            return [...attacks.map((attack) => caseOf(opened, id, attack)), control];
        },
        close: async () => ground?.close(),
    };
}

function caseOf(ground: LineGround, id: string, { name, says, attempt }: LineAttack): Case {
    return {
        name,
        expected: `nothing runs: ${says.source.replaceAll('.*', ' … ')}`,
        run: async () => {
            const said = await attempt(ground, id);
            const again = await ground.hand('a2f-run', { incident: { id } });
            await ground.settled();
            const { stage, approval } = (await ground.line.show(id)).incident;
            if (ground.marks().length > 0) return { ok: false, happened: `RAN: ${ground.marks().join(', ')}` };
            if (stage !== 'waiting' || (approval?.decisions.length ?? 0) > 0)
                return { ok: false, happened: `nothing ran, but the fix is ${stage}` };
            if (!/^NOT_APPROVED: /.test(again)) return { ok: false, happened: `the executor says: ${again}` };
            return says.test(said)
                ? { ok: true, happened: 'nothing ran, refused' }
                : { ok: false, happened: `nothing ran, but it said: ${said}` };
        },
    };
}

/** The fix is approved; when it has run its alert clears. */
async function runsOnce(
    ground: LineGround,
    id: string,
    approve: (ground: LineGround, id: string) => Promise<unknown>,
): Promise<Result> {
    const { alerts } = (await ground.line.show(id)).incident;
    await approve(ground, id);
    await ground.line.at(id, 'verifying', 'refused', 'failed', 'unknown');
    await ground.line.clear(alerts[0]?.labels);
    const { stage, reason } = await ground.line.at(id, 'closed', 'refused', 'failed', 'unknown');
    await ground.settled();
    const marks = ground.marks();
    if (stage === 'closed' && marks.join() === 'ran') return { ok: true, happened: `ran, ${stage}` };
    return { ok: false, happened: `marks: ${marks.join(', ') || 'none'}; ${stage}: ${reason}` };
}
