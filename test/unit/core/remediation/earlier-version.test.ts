// @needs ansible-playbook
import type { Incident } from '../../../../nodes/core/model/incident';
import type { RunOutcome } from '../../../../nodes/core/model/run';
import { executeFix } from '../../../../nodes/core/remediation/execute';
import { makePlan } from '../../../../nodes/core/remediation/make-plan';
import { recoverRun } from '../../../../nodes/core/remediation/recover-run';
import { control, FixScene, positions } from '../../../support/fix-scene';

const AT = '2026-01-01T00:00:00.000Z';

let scene: FixScene;
beforeEach(async () => {
    scene = await new FixScene({ rollback: '- shell: echo evil > "{{ playbook_dir }}/../../conf"' }).open();
});
afterEach(() => scene.close());

/** Approved, of a plan that does not name its inventory: earlier versions did not seal it. */
async function approvedBefore(): Promise<Incident> {
    const { id } = await makePlan(scene.parts(), (await scene.diagnosed()).id, control());
    await scene.tamper(id, (incident) => {
        if (incident.plan) delete incident.plan.inventory;
        return scene.asPlanned(incident);
    });
    return scene.approve(id);
}

/** The fix was started by the earlier version, and Node-RED was replaced during it. */
async function leftRunning(run: { stage: 'running' | 'verifying'; outcome?: RunOutcome }): Promise<Incident> {
    const { id } = await approvedBefore();
    await scene.tamper(id, (incident) => ({
        ...incident,
        stage: 'running',
        flow: { ...positions('run-1', 'dead').working() },
        run: {
            id: incident.plan?.nonce ?? '',
            seal: incident.seal?.digest ?? '',
            state: 'started',
            intendedAt: AT,
            instance: 'dead',
            ...(run.outcome && { outcome: run.outcome, endedAt: AT }),
        },
    }));
    await scene.tamper(id, (incident) => ({ ...incident, stage: run.stage }));
    return (await scene.storage.incidents.get(id)).incident;
}

describe('a plan that an earlier version sealed', () => {
    test('without the kind of its executor is one for Ansible, and runs', async () => {
        const { id } = await makePlan(scene.parts(), (await scene.diagnosed()).id, control());
        await scene.tamper(id, (incident) => {
            if (incident.plan) delete incident.plan.executor;
            return scene.asPlanned(incident);
        });
        await scene.approve(id);
        scene.onAsk = () => {
            if (scene.conf() === 'good') scene.alertState = 'cleared';
        };
        expect(await executeFix(scene.parts(), id, control())).toMatchObject({ stage: 'closed' });
    });

    test('is refused before the run when its dry run did not cover the arguments of tasks', async () => {
        const { id } = await makePlan(scene.parts(), (await scene.diagnosed()).id, control());
        await scene.tamper(id, (incident) => {
            if (incident.plan) delete incident.plan.dryRun.argumentsKey;
            return scene.asPlanned(incident);
        });
        await scene.approve(id);
        expect(await executeFix(scene.parts(), id, control())).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining('made by an earlier version, whose dry run did not cover the arguments'),
        });
        expect(scene.conf()).toBe('bad');
    });

    test('is refused before the run: what it says of its files is not enough now', async () => {
        const { id } = await approvedBefore();
        expect(await executeFix(scene.parts(), id, control())).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining('The inventory changed after the dry run: unknown → '),
        });
        expect(scene.conf()).toBe('bad');
    });

    test('comes to an end when it was left in its run', async () => {
        const left = await leftRunning({ stage: 'running' });
        expect(await recoverRun(scene.parts(), left, control())).toMatchObject({
            stage: 'unknown',
            reason: expect.stringContaining('look at the hosts'),
        });
    });

    test('comes to an end without its rollback when the alert does not clear', async () => {
        const outcome: RunOutcome = { status: 'succeeded', hosts: {}, tasks: [], exitCode: 0, milliseconds: 1 };
        const left = await leftRunning({ stage: 'verifying', outcome });
        expect(await recoverRun(scene.parts(), left, control())).toMatchObject({
            stage: 'failed',
            reason: expect.stringContaining('The rollback was not started'),
        });
        expect(scene.conf()).toBe('bad');
    });
});
