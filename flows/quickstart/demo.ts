/**
 * `npm run demo`: breaks the print shop, waits for the card, approves it through the incident page's own route as
 * the demo operator, and exits 0 only when the alert has cleared in Alertmanager because of the run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Incident } from '../../nodes/core/model/incident';
import { aborted, interruption } from './interruption';
import { waitUntil } from './programs';
import { type Stack, type StackOptions, startStack } from './stack';

const root = path.resolve(__dirname, '../../..');
const began = Date.now();

function step(text: string): void {
    console.log(`${((Date.now() - began) / 1000).toFixed(1).padStart(6)} s  ${text}`);
}

async function post(url: string, body?: unknown): Promise<Response> {
    const response = await fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-alert-to-fix': 'page' },
        body: body === undefined ? undefined : JSON.stringify(body),
    });
    if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
    return response;
}

async function newest(stack: Stack): Promise<Incident | undefined> {
    const list = (await (await fetch(`${stack.pageUrl}api/incidents`)).json()) as { incidents: { id: string }[] };
    const [first] = list.incidents;
    if (!first) return undefined;
    const { incident } = (await (await fetch(`${stack.pageUrl}api/incidents/${first.id}`)).json()) as {
        incident: Incident;
    };
    return incident;
}

/** Waits until the incident is at one of the stages, printing each stage it passes. */
async function follow(stack: Stack, until: string[]): Promise<Incident> {
    let incident: Incident | undefined;
    let stage = '';
    await waitUntil(
        `stage ${until.join(' or ')}`,
        async () => {
            incident = await newest(stack);
            if (incident && incident.stage !== stage) {
                stage = incident.stage;
                step(`incident ${incident.id} is ${stage}`);
            }
            return until.includes(stage);
        },
        { timeoutMs: 120_000 },
    );
    if (!incident) throw new Error('there is no incident');
    return incident;
}

async function alertStillFires(stack: Stack, alertname: string): Promise<boolean> {
    const filter = encodeURIComponent(`alertname="${alertname}"`);
    const response = await fetch(`${stack.alertmanagerUrl}/api/v2/alerts?filter=${filter}`);
    return ((await response.json()) as unknown[]).length > 0;
}

async function demo(stack: Stack): Promise<void> {
    step('the print shop, Prometheus, Alertmanager and Node-RED are up');
    await post(`${stack.serviceUrl}/break/spool`);
    step('the print shop is broken: its spool quota is full');
    const waiting = await follow(stack, ['waiting', 'inconclusive', 'refused', 'failed']);
    if (waiting.stage !== 'waiting') throw new Error(waiting.reason ?? `the incident ended as ${waiting.stage}`);
    step(`diagnosis by ${waiting.diagnosis?.source.by}: ${waiting.diagnosis?.cause}`);
    const changes = waiting.plan?.dryRun.tasks.filter(({ status }) => status === 'changed') ?? [];
    step(
        `dry run of ${waiting.plan?.action.playbook}: ${changes.length} change(s); seal ${waiting.seal?.digest.slice(0, 8)}`,
    );
    await post(`${stack.pageUrl}api/incidents/${waiting.id}/decision`, {
        seal: waiting.seal?.digest,
        verdict: 'approve',
    });
    step('approved as the demo operator');
    const ended = await follow(stack, ['closed', 'failed', 'refused', 'rolled-back', 'unknown']);
    step(`verification: ${ended.verification?.result ?? 'none'} (${ended.verification?.reason ?? ended.reason})`);
    if (ended.verification?.result !== 'cleared') throw new Error('the alert did not clear because of the run');
    if (await alertStillFires(stack, 'PrintSpoolFilling')) throw new Error('Alertmanager still lists the alert');
    step('Alertmanager no longer lists the alert. Done.');
}

async function inStack(options: StackOptions, work: (stack: Stack) => Promise<void>): Promise<void> {
    const stack = await startStack(options);
    await work(stack).finally(() => stack.stop());
}

async function main(): Promise<void> {
    const folder = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-demo-'));
    const lines: string[] = [];
    const onLine = (name: string, line: string): void => void lines.push(`${name}: ${line}`);
    const signal = interruption();
    try {
        await inStack(
            { root, folder, port: 0, nodeRedPackage: process.env.NODE_RED_PACKAGE, signal, onLine },
            (stack) => Promise.race([demo(stack), aborted(signal)]),
        );
    } catch (error) {
        console.error(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
        if (!signal.aborted)
            console.error(
                lines
                    .filter((line) => line.startsWith('node-red:'))
                    .slice(-20)
                    .join('\n'),
            );
        process.exitCode = signal.aborted ? 130 : 1;
    }
    rmSync(folder, { recursive: true, force: true });
    process.exit();
}

void main();
