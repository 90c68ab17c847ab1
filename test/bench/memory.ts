import { mkdtempSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NodeRedProcess, startNodeRed } from '../support/node-red-process';
import { ROOT } from '../support/package';
import { until } from '../support/processes';
import { startAlertmanager, startPrometheus } from '../support/prometheus';
import { aim, type Effort, type Figure, type Measurement } from './figures';
import { load, reserveIds } from './load';
import { webhookBody } from './webhook-bodies';

/** Noise of resident memory between two equal states. */
const AIM = 1.05;
const BATCHES = 4;

interface Memory {
    resident: number;
    heap: number;
}

/** Resident memory of Node-RED with the quickstart's flow, before and after many incidents. */
export async function measureMemory(effort: Effort): Promise<Measurement[]> {
    const incidents = effort.quick ? 1_000 : 10_000;
    const prometheus = await startPrometheus();
    const alertmanager = await startAlertmanager();
    const userDir = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-node-red-'));
    const hook = JSON.stringify(require.resolve('./inside-node-red'));
    const nodeRed = await startNodeRed({ userDir, settings: `functionGlobalContext: { bench: require(${hook}) },` });
    try {
        effort.progress('memory: idle');
        await nodeRed.deploy([...quickstart(prometheus.url, alertmanager.url), ...askFlow(userDir)]);
        const idle = await ask<Memory>(nodeRed, 'memory');
        const kept: Memory[] = [];
        const swept: Memory[] = [];
        for (let batch = 1; batch <= BATCHES; batch += 1) {
            effort.progress(`memory: ${incidents} incidents, batch ${batch}`);
            await takeIn(nodeRed, incidents);
            kept.push(await ask<Memory>(nodeRed, 'memory'));
            await ask(nodeRed, 'sweep');
            swept.push(await ask<Memory>(nodeRed, 'memory'));
        }
        return [
            {
                title: `Memory of Node-RED with the quickstart flow, ${incidents} incidents a batch`,
                figures: figuresOf(idle, kept, swept),
            },
        ];
    } finally {
        await nodeRed.remove();
        await alertmanager.stop();
        await prometheus.stop();
    }
}

/** Each batch next to the one before: warming up ends, growth does not. The last pair has the aim. */
function figuresOf(idle: Memory, kept: Memory[], swept: Memory[]): Figure[] {
    const batches = kept.flatMap((full, index): Figure[] => {
        const after = swept[index] ?? full;
        const before = swept[index - 1] ?? idle;
        const ratio = after.resident / before.resident;
        const isLast = index === kept.length - 1;
        return [
            { name: `batch ${index + 1} ended and kept`, value: text(full) },
            {
                name: `batch ${index + 1} swept, next to ${index === 0 ? 'idle' : `batch ${index}`}`,
                value: text(after),
                yardstick: text(before),
                ratio,
                ...(isLast ? { aim: aim(ratio, 'at most', AIM) } : {}),
            },
        ];
    });
    return [{ name: 'idle', value: text(idle) }, ...batches];
}

function text({ resident, heap }: Memory): string {
    return `${Math.round(resident / 2 ** 20)} MiB resident, ${Math.round(heap / 2 ** 20)} MiB heap`;
}

/** Takes incidents in that no runbook knows, then resolves them; answers when all have ended. */
async function takeIn(nodeRed: NodeRedProcess, incidents: number): Promise<void> {
    const firstId = reserveIds();
    const send = async (status: 'firing' | 'resolved'): Promise<void> => {
        await load({
            url: `${nodeRed.url}/alert-to-fix/webhook`,
            seconds: 600,
            requests: incidents,
            pace: { connections: 4 },
            bodies: [webhookBody(1, '%ID%', status)],
            firstId,
        });
        await until(async () => {
            const { all, ended } = await ask<{ all: number; ended: number }>(nodeRed, 'counts');
            return all === incidents && ended === all;
        }, 600_000);
    };
    await send('firing');
    await send('resolved');
}

function quickstart(prometheus: string, alertmanager: string): object[] {
    const changes: Record<string, object> = {
        'a2f-prometheus': { url: prometheus, alertmanagerUrl: alertmanager },
        'a2f-llm': { d: true },
        'a2f-diagnose': { provider: '' },
        'a2f-alert-in': { stormLimit: '0' },
    };
    const flow = JSON.parse(readFileSync(path.join(ROOT, 'flows/quickstart.json'), 'utf8')) as { id: string }[];
    return flow.map((node) => ({ ...node, ...changes[node.id] }));
}

/** `GET /inside/<function of inside-node-red.ts>`. */
function askFlow(userDir: string): object[] {
    const place = { z: 'inside', name: '', x: 1, y: 1 };
    const func = `msg.payload = await global.get('bench')[msg.req.params.what](${JSON.stringify(userDir)}); return msg;`;
    return [
        { id: 'inside', type: 'tab', label: 'inside', disabled: false, info: '' },
        {
            ...place,
            id: 'inside-in',
            type: 'http in',
            url: '/inside/:what',
            method: 'get',
            upload: false,
            swaggerDoc: '',
            wires: [['inside-do']],
        },
        {
            ...place,
            id: 'inside-do',
            type: 'function',
            func,
            outputs: 1,
            timeout: 0,
            noerr: 0,
            initialize: '',
            finalize: '',
            libs: [],
            wires: [['inside-out']],
        },
        { ...place, id: 'inside-out', type: 'http response', statusCode: '', headers: {}, wires: [] },
    ];
}

async function ask<Answer>(nodeRed: NodeRedProcess, what: 'memory' | 'counts' | 'sweep'): Promise<Answer> {
    const answer = await fetch(`${nodeRed.url}/inside/${what}`, { signal: AbortSignal.timeout(120_000) });
    if (!answer.ok) throw new Error(`Node-RED answered ${answer.status}: ${await answer.text()}`);
    return (await answer.json()) as Answer;
}
