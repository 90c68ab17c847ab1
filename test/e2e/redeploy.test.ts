/**
 * @needs ansible-playbook
 * @needs prometheus
 * @needs prometheus-alertmanager
 */
import type { TimelineType } from '../../nodes/core/model/timeline';
import { Line } from '../support/line';
import { until } from '../support/processes';
import { type RunningServer, startPrometheus } from '../support/prometheus';

let prometheus: RunningServer;
let line: Line;

beforeAll(async () => {
    prometheus = await startPrometheus();
});

beforeEach(async () => {
    line = await Line.start({ prometheus: prometheus.url });
});

/** Every test ends with a clean close: nothing timed out, no node complained, and Node-RED ended by itself. */
afterEach(async () => {
    await line.nodeRed.stop();
    expect(line.nodeRed.log()).not.toMatch(/Close timed out|while closing|Uncaught|UnhandledPromise/);
    expect(line.nodeRed.program.child.signalCode).toBeNull();
    await line.close();
});

afterAll(() => prometheus?.stop());

const RENAMED = { 'a2f-gate': { name: 'Approve, please' } };
const OTHER_STORE_SETTING = { 'a2f-store': { demoOperator: true, retentionDays: '80' } };

async function count(id: string, type: TimelineType): Promise<number> {
    return (await line.types(id)).filter((one) => one === type).length;
}

/** Approves, lets the alert clear after the fix, and checks that everything has happened once. */
async function finish(id: string): Promise<void> {
    await line.approve(id);
    await until(async () => (await line.ran()).length === 2);
    await line.clear();
    const { verification } = await line.at(id, 'closed');
    expect(verification?.result).toBe('cleared');
    expect(await line.ran()).toEqual(['began', 'ended']);
    await onlyOnce(id);
}

async function onlyOnce(id: string): Promise<void> {
    for (const type of ['plan.sealed', 'approval.granted', 'run.started'] as const)
        expect([type, await count(id, type)]).toEqual([type, 1]);
    expect((await line.list()).map((incident) => incident.id)).toEqual([id]);
}

describe('an incident that waits for approval', () => {
    test.each([
        ['a full deploy', undefined, 'full'],
        ['a deploy of the changed gate', RENAMED, 'nodes'],
        ['a deploy of the changed store, which all nodes use', OTHER_STORE_SETTING, 'nodes'],
    ] as const)('is neither lost nor doubled by %s, and can then be approved', async (_name, change, type) => {
        const id = await line.fire();
        await line.at(id, 'waiting');
        await line.deploy(change, type);
        await line.deploy(undefined, type);
        expect((await line.show(id)).incident.stage).toBe('waiting');
        await finish(id);
    });
});

describe('a fix that runs', () => {
    test.each(['full', 'nodes'] as const)(
        'goes on through a deploy (%s) of its own node and is not begun again',
        async (type) => {
            const id = await line.fire();
            await line.at(id, 'waiting');
            await line.approve(id);
            await until(async () => (await line.ran()).length === 1);
            await line.deploy({ 'a2f-run': { name: 'Run it' } }, type);
            await until(async () => (await line.ran()).length === 2);
            await line.clear();
            expect((await line.at(id, 'closed')).verification?.result).toBe('cleared');
            expect(await line.ran()).toEqual(['began', 'ended']);
            await onlyOnce(id);
        },
    );

    test('is stopped by the cancel button of the flow, and leaves no process behind', async () => {
        const id = await line.fire();
        await line.at(id, 'waiting');
        await line.approve(id);
        await until(async () => (await line.ran()).length === 1);
        const pressed = await fetch(`${line.nodeRed.url}/inject/a2f-cancel`, { method: 'POST' });
        expect(pressed.status).toBe(200);
        const { reason } = await line.at(id, 'failed', 'unknown');
        expect(reason).toMatch(/cancel/i);
        expect(await line.ran()).toEqual(['began']);
        await until(() => line.ansible().length === 0);
    });
});
