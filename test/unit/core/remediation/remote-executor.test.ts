// @needs ansible-playbook
import { existsSync } from 'node:fs';
import type { Incident } from '../../../../nodes/core/model/incident';
import { executeFix } from '../../../../nodes/core/remediation/execute';
import { makePlan } from '../../../../nodes/core/remediation/make-plan';
import type { RemediationParts } from '../../../../nodes/core/remediation/parts';
import { recoverRun } from '../../../../nodes/core/remediation/recover-run';
import { control, FixScene, positions, type SceneOptions } from '../../../support/fix-scene';
import { JobServer, RemoteExecutor } from '../../../support/job-server';
import { until } from '../../../support/processes';

let scene: FixScene;
let server: JobServer;
let executor: RemoteExecutor;

afterEach(() => scene.close());

const parts = (changes: Partial<RemediationParts> = {}): RemediationParts => scene.parts({ executor, ...changes });
const run = (id: string): Promise<Incident> => executeFix(parts(), id, control());

/** An approved fix of which the server knows nothing but its dry run. Its alert clears when the value is good. */
async function approved(options: SceneOptions = {}, changes: Partial<RemediationParts> = {}): Promise<string> {
    server = new JobServer();
    executor = new RemoteExecutor(server);
    scene = await new FixScene(options).open();
    scene.onAsk = () => {
        if (server.value === 'good') scene.alertState = 'cleared';
    };
    const { id } = await scene.diagnosed();
    await makePlan(parts(changes), id, control());
    await scene.approve(id);
    return id;
}

/** How often the server was asked to run the fix, or its rollback. */
const launched = (purpose: 'run' | 'rollback' = 'run'): number =>
    server.jobs.filter((job) => job.purpose === purpose).length;

const holder = (): Promise<string | undefined> => scene.storage.store.leases.ownerOf('host:web-1');

describe('an executor without a file system', () => {
    test('takes a fix from the plan to its proof, and keeps the log', async () => {
        const id = await approved();
        const closed = await run(id);
        expect(closed).toMatchObject({
            stage: 'closed',
            plan: {
                executor: 'remote',
                inventory: 'production',
                files: { project: expect.any(String), 'playbooks/fix.yml': expect.any(String) },
            },
            run: { state: 'succeeded', outcome: { tasks: [{ host: 'web-1', status: 'changed' }] } },
            verification: { result: 'cleared' },
        });
        expect(server.value).toBe('good');
        const [started] = (await scene.storage.store.timeline(id)).filter(({ type }) => type === 'run.started');
        expect(started).toMatchObject({ text: 'The playbook runs: job 3.', data: { handle: 'job 3' } });
        expect(started?.data).not.toHaveProperty('pid');
        expect(await executor.log(closed.plan?.nonce ?? '', 'run')).toBe('job 3: run wrote good\n');
        expect([scene.runsFolder, scene.sealedFolder].map((folder) => existsSync(folder))).toEqual([false, false]);
    });

    test('is refused when what it would run has changed since the dry run', async () => {
        const id = await approved();
        server.revision = 'two';
        expect(await run(id)).toMatchObject({
            stage: 'refused',
            reason: expect.stringMatching(/^playbooks\/fix.yml and 1 more changed after the dry run: \w{8} → \w{8}\./),
        });
        expect(launched()).toBe(0);
    });

    test('is refused when it has run this plan before', async () => {
        const id = await approved();
        const { nonce = '' } = (await scene.storage.incidents.get(id)).incident.plan ?? {};
        server.jobs.push({ id: 9, nonce, purpose: 'run', host: 'web-1', value: '', state: 'succeeded', log: '' });
        expect(await run(id)).toMatchObject({ stage: 'refused', reason: expect.stringContaining('has been run') });
        expect(launched()).toBe(1);
    });

    test('plans what no other kind of executor runs', async () => {
        const id = await approved();
        expect(await executeFix(scene.parts(), id, control())).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining('The kind of executor changed after the dry run: remote → ansible.'),
        });
        expect(existsSync(scene.runsFolder)).toBe(false);
    });
});

describe('a launch whose answer is lost', () => {
    test.each([
        ['at once', 0],
        ['when the server answers again', 3],
    ])('is found by its nonce %s, and followed to the proof; it is not launched twice', async (_when, outage) => {
        const id = await approved();
        Object.assign(executor, { loses: 'answer', outage });
        expect(await run(id)).toMatchObject({ stage: 'closed', verification: { result: 'cleared' } });
        expect(launched()).toBe(1);
        const types = await scene.timeline(id);
        for (const type of ['run.intended', 'run.task', 'run.ended'])
            expect(types.filter((found) => found === type)).toHaveLength(1);
    });

    test('ends as unknown when no run has its nonce: nothing is launched again, and its hosts stay held', async () => {
        const id = await approved();
        executor.loses = 'order';
        expect(await run(id)).toMatchObject({
            stage: 'unknown',
            run: { state: 'unknown' },
            reason: expect.stringContaining('not known what was done'),
        });
        expect([launched(), server.value]).toEqual([0, 'bad']);
        expect(await holder()).toContain(id);
        await expect(run(id)).rejects.toMatchObject({ code: 'ALREADY_RUN' });
    });

    test('ends as unknown when the server does not come back within the time limit', async () => {
        const id = await approved({}, { timeoutSeconds: 1 });
        Object.assign(executor, { loses: 'answer', outage: Infinity });
        expect(await run(id)).toMatchObject({ stage: 'unknown' });
        expect(await holder()).toContain(id);
    });

    test('of a rollback is found in the same way, or is unknown', async () => {
        for (const loses of ['answer', 'order'] as const) {
            const id = await approved({ rollback: '- ping:', verify: '{ within: 1s }' });
            scene.onAsk = () => {
                if (launched() > 0) executor.loses = loses;
            };
            expect(await run(id)).toMatchObject({ stage: loses === 'answer' ? 'rolled-back' : 'unknown' });
            expect(launched('rollback')).toBe(loses === 'answer' ? 1 : 0);
            expect((await holder()) === undefined).toBe(loses === 'answer');
            if (loses === 'answer') await scene.close();
        }
    });
});

describe('after a restart', () => {
    /** The process that launched the fix is gone; the incident is left to the next one. */
    async function leftRunning(id: string): Promise<Incident> {
        await scene.tamper(id, (incident) => ({ ...incident, flow: positions('run-1', 'dead').working() }));
        return (await scene.storage.incidents.get(id)).incident;
    }

    test('a job that goes on is found by another process, and followed to the proof', async () => {
        const id = await approved();
        server.holdsJobs = true;
        const leave = new AbortController();
        const running = executeFix(parts(), id, { ...control(), leave: leave.signal });
        await until(async () => (await scene.timeline(id)).includes('run.started'));
        leave.abort();
        await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
        const left = await leftRunning(id);
        server.holdsJobs = false;
        const later = parts({ executor: new RemoteExecutor(server) });
        expect(await recoverRun(later, left, control())).toMatchObject({ stage: 'closed' });
        expect(launched()).toBe(1);
    });

    test('a job that the server does not know is unknown', async () => {
        const id = await approved();
        server.holdsJobs = true;
        const leave = new AbortController();
        const running = executeFix(parts(), id, { ...control(), leave: leave.signal });
        await until(async () => (await scene.timeline(id)).includes('run.started'));
        leave.abort();
        await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
        server.holdsJobs = false;
        const other = parts({ executor: new RemoteExecutor(new JobServer()) });
        expect(await recoverRun(other, await leftRunning(id), control())).toMatchObject({ stage: 'unknown' });
    });
});
