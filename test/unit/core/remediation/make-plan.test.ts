// @needs ansible-playbook
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { makePlan } from '../../../../nodes/core/remediation/make-plan';
import { alertOn, control, FixScene, type SceneOptions } from '../../../support/fix-scene';

let scene: FixScene;

async function stage(options: SceneOptions = {}): Promise<FixScene> {
    scene = await new FixScene(options).open();
    return scene;
}

afterEach(() => scene.close());

test('a proposal becomes a plan with hosts, parameters, files and what the dry run shows; nothing is changed', async () => {
    await stage({ hosts: ['web-2', 'web-1'], verify: '{ check: \'up{host="{{alertname}}"} == 1\', within: 30s }', rollback: '- ping:' });
    const { id } = await scene.diagnosed();
    const planned = await makePlan(scene.parts(), id, control());
    expect(planned).toMatchObject({
        stage: 'planned',
        flow: { node: 'run-1', state: 'sent', port: 0 },
        plan: {
            incidentId: id, hosts: ['web-1', 'web-2'], parameters: { value: 'good' }, timeoutSeconds: 60,
            action: { id: 'write-value', playbook: 'playbooks/fix.yml' }, rollback: { playbook: 'playbooks/rollback.yml' },
            verify: { check: 'up{host="ConfigWrong"} == 1', withinSeconds: 30 },
            dryRun: { tasks: [{ status: 'changed', diff: expect.stringContaining('+good') }, { status: 'changed' }], hosts: { 'web-1': { changed: 1 } } },
        },
    });
    expect(Object.keys(planned.plan?.files ?? {})).toEqual(['inventory.ini', 'playbooks/fix.yml', 'playbooks/rollback.yml', 'runbooks/config-wrong.yaml']);
    expect(scene.conf()).toBe('bad');
    expect(await scene.timeline(id)).toEqual(['incident.opened', 'plan.started', 'plan.made']);
    expect(readdirSync(scene.runsFolder)).toEqual([]);
});

test('two plans of the same differ in nonce and time only', async () => {
    await stage();
    const { id } = await scene.diagnosed();
    const first = (await makePlan(scene.parts(), id, control())).plan;
    const second = (await makePlan(scene.parts(), id, control())).plan;
    expect(second?.nonce).not.toBe(first?.nonce);
    expect(second?.dryRun.digest).toBe(first?.dryRun.digest);
    expect(second?.files).toEqual(first?.files);
});

const FAILURES: [string, SceneOptions, () => void, string, string][] = [
    ['a dry run that fails', { tasks: '- name: breaks\n  fail: {msg: not today}' }, () => undefined, 'ANSIBLE_FAILED', 'not today'],
    ['a host that the inventory lacks', { hosts: ['web-9'] }, () => undefined, 'HOST_UNKNOWN', 'web-9'],
    ['a host that is a group', { hosts: ['web'] }, () => undefined, 'HOST_UNKNOWN', 'web'],
    ['a runbook that is gone', {}, () => rmSync(path.join(scene.library.folder, 'runbooks/config-wrong.yaml')), 'ACTION_UNKNOWN', 'config-wrong'],
    ['a playbook that is gone', {}, () => rmSync(path.join(scene.library.folder, 'playbooks/fix.yml')), 'ACTION_UNKNOWN', 'write-value'],
    ['an inventory that is gone', {}, () => rmSync(scene.library.inventory), 'HOST_UNKNOWN', 'web-1'],
];
test.each(FAILURES)('%s fails the incident with the reason', async (_what, options, spoil, code, reason) => {
    await stage(options);
    const { id } = await scene.diagnosed();
    spoil();
    const failed = await makePlan(scene.parts(), id, control());
    expect(failed).toMatchObject({ stage: 'failed', reason: expect.stringContaining(reason), flow: { state: 'sent', port: 1 } });
    expect(failed.plan).toBeUndefined();
    const [entry] = (await scene.storage.store.timeline(id)).slice(-1);
    expect(entry).toMatchObject({ type: 'plan.failed', data: { code } });
});

test('a host whose alert joined after the diagnosis is not in the plan', async () => {
    await stage({ hosts: ['web-1'] });
    const { id } = await scene.diagnosed();
    await scene.tamper(id, (found) => ({ ...found, alerts: [...found.alerts, alertOn('web-2')] }));
    expect((await makePlan(scene.parts(), id, control())).plan?.hosts).toEqual(['web-1']);
});

test('a proposal for hosts on which nothing fires any more fails the incident', async () => {
    await stage({ hosts: ['web-1'] });
    const { id } = await scene.diagnosed();
    await scene.tamper(id, (found) => ({ ...found, alerts: [alertOn('web-2')] }));
    expect(await makePlan(scene.parts(), id, control())).toMatchObject({ stage: 'failed', reason: expect.stringContaining('proposed for web-1') });
});

test('a parameter that does not fit fails the incident', async () => {
    await stage();
    const incident = await scene.diagnosed();
    await scene.tamper(incident.id, (found) => {
        if (found.diagnosis?.proposal) found.diagnosis.proposal.parameters = { value: 'BAD; rm -rf /' };
        return found;
    });
    expect(await makePlan(scene.parts(), incident.id, control())).toMatchObject({ stage: 'failed', reason: expect.stringContaining('value') });
});

test.each(['open', 'waiting', 'approved', 'running', 'closed', 'refused'] as const)('an incident in stage %s is not planned', async (wrong) => {
    await stage();
    const { id } = await scene.diagnosed({ stage: wrong });
    await expect(makePlan(scene.parts(), id, control())).rejects.toMatchObject({ code: 'STAGE_WRONG' });
    expect(await scene.timeline(id)).toEqual(['incident.opened']);
});

test('a plan that is left while it is made writes nothing, and can be made again', async () => {
    await stage({ tasks: '- wait_for: {timeout: 30}\n  check_mode: false' });
    const { id } = await scene.diagnosed();
    const leave = new AbortController();
    const planning = makePlan(scene.parts(), id, { ...control(), leave: leave.signal });
    setTimeout(() => leave.abort(), 1500);
    await expect(planning).rejects.toMatchObject({ code: 'CANCELLED' });
    expect(await scene.timeline(id)).toEqual(['incident.opened', 'plan.started']);
    scene.library.playbook('fix', '- ping:');
    expect(await makePlan(scene.parts(), id, control())).toMatchObject({ stage: 'planned' });
    expect(existsSync(scene.runsFolder)).toBe(true);
});
