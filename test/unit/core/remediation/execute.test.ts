// @needs ansible-playbook
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { AnsibleExecutor } from '../../../../nodes/adapters/ansible/executor';
import { storeSource } from '../../../../nodes/core/audit/store-source';
import { verifyAudit } from '../../../../nodes/core/audit/verify';
import type { Incident } from '../../../../nodes/core/model/incident';
import type { Plan } from '../../../../nodes/core/model/plan';
import { firstBrokenLink } from '../../../../nodes/core/model/timeline';
import { executeFix } from '../../../../nodes/core/remediation/execute';
import { makePlan } from '../../../../nodes/core/remediation/make-plan';
import type { StepControl } from '../../../../nodes/core/remediation/parts';
import { recoverRun } from '../../../../nodes/core/remediation/recover-run';
import { heldAtMostUntil } from '../../../../nodes/core/remediation/target-lock';
import { control, FixScene, type SceneOptions } from '../../../support/fix-scene';
import { until } from '../../../support/processes';

let scene: FixScene;

afterEach(async () => {
    const audit = await verifyAudit(storeSource(scene.storage.store));
    await scene.close();
    expect(audit.links).toEqual([]);
});

async function approved(options: SceneOptions = {}): Promise<string> {
    scene = await new FixScene(options).open();
    const { id } = await scene.diagnosed();
    await makePlan(scene.parts(), id, control());
    await scene.approve(id);
    return id;
}

const run = (id: string, stopping: StepControl = control()): Promise<Incident> =>
    executeFix(scene.parts(), id, stopping);
const clearedByFix = (): void => {
    scene.onAsk = () => {
        if (scene.conf() === 'good') scene.alertState = 'cleared';
    };
};
const restore = (): string =>
    '- name: restore\n  copy: {dest: "{{ playbook_dir }}/../../conf", content: "restored\\n"}';

/** A file of the one private copy that there is. */
function copiedFile(name: string): string {
    const [copy = ''] = readdirSync(scene.sealedFolder);
    return path.join(scene.sealedFolder, copy, 'library', name);
}

/** Does something in the last moment before the playbook runs, after all checks. */
function before(act: () => void): AnsibleExecutor {
    const executor = scene.executor();
    const start = executor.run.bind(executor);
    executor.run = (call, observer, stopping) => {
        if (call.purpose !== 'check') act();
        return start(call, observer, stopping);
    };
    return executor;
}

describe('what is changed in the last moment', () => {
    test('in the library does not run', async () => {
        const id = await approved();
        clearedByFix();
        const executor = before(() =>
            scene.library.playbook('fix', '- shell: echo evil > "{{ playbook_dir }}/../../conf"'),
        );
        expect(await executeFix(scene.parts({ executor }), id, control())).toMatchObject({ stage: 'closed' });
        expect(scene.conf()).toBe('good');
    });

    test('in the copy does not run either, and nothing else does', async () => {
        const id = await approved();
        const executor = before(() => writeFileSync(copiedFile('playbooks/fix.yml'), '- hosts: all\n'));
        expect(await executeFix(scene.parts({ executor }), id, control())).toMatchObject({
            stage: 'failed',
            reason: expect.stringMatching(/^Nothing ran. The private copy.*playbooks\/fix.yml/),
            run: { state: 'failed', outcome: { status: 'never-started' } },
        });
        expect(scene.conf()).toBe('bad');
        expect(existsSync(scene.runsFolder) ? readdirSync(scene.runsFolder) : []).toEqual([]);
        expect(await scene.storage.store.leases.ownerOf('host:web-1')).toBeUndefined();
    });
});

describe('a fix that runs', () => {
    test('is written down before each act, from the checks to the proof, in one whole chain', async () => {
        const id = await approved();
        clearedByFix();
        const closed = await run(id);
        expect(closed).toMatchObject({
            stage: 'closed',
            verification: { result: 'cleared', afterSeconds: expect.any(Number) },
            run: {
                state: 'succeeded',
                outcome: { status: 'succeeded', tasks: [{ task: 'write', status: 'changed' }] },
                log: 'log.txt',
            },
            approval: { consumedAt: expect.any(String) },
            flow: { node: 'run-1', state: 'sent', port: 0 },
        });
        expect(await scene.timeline(id)).toEqual([
            'incident.opened',
            'plan.started',
            'plan.made',
            'plan.sealed',
            'approval.waiting',
            'approval.granted',
            'run.checking',
            'run.intended',
            'run.started',
            'run.task',
            'run.ended',
            'verification.started',
            'verification.made',
            'incident.closed',
        ]);
        expect(firstBrokenLink(id, await scene.storage.store.timeline(id))).toBeUndefined();
        expect(readdirSync(path.join(scene.runsFolder, closed.plan?.nonce ?? ''))).toEqual(['log.txt']);
        expect(await scene.storage.store.leases.ownerOf('host:web-1')).toBeUndefined();
        expect(JSON.stringify(closed)).not.toContain('diffDigest');
        expect(scene.progress).toContain('web-1: write: changed');
    });

    test('cleared-anyway: the alert cleared before the first change', async () => {
        const id = await approved({
            tasks: '- name: wait\n  wait_for: {path: "{{ playbook_dir }}/../../go", timeout: 120, sleep: 1}\n  when: not ansible_check_mode\n- copy: {dest: "{{ playbook_dir }}/../../conf", content: "good\\n"}',
        });
        const running = run(id);
        await until(async () => (await scene.timeline(id)).includes('run.started'));
        let asked = 0;
        scene.onAsk = () => {
            asked += 1;
        };
        scene.alertState = 'cleared';
        await until(() => asked > 1);
        scene.library.write('../go', '');
        expect(await running).toMatchObject({
            stage: 'closed',
            verification: { result: 'cleared-anyway', reason: expect.stringContaining('before') },
        });
    });

    test('cleared-anyway: the run changed nothing', async () => {
        const id = await approved({ tasks: '- ping:' });
        let asked = 0;
        scene.onAsk = () => {
            asked += 1;
            if (asked > 1) scene.alertState = 'cleared';
        };
        expect(await run(id)).toMatchObject({
            stage: 'closed',
            verification: { result: 'cleared-anyway', reason: expect.stringContaining('changed nothing') },
        });
    });

    const CHECKS: [string, FixScene['metricValue'], string, string][] = [
        ['holds', [1], 'closed', 'cleared'],
        ['holds with the value 0, because it is a comparison', [0], 'closed', 'cleared'],
        ['has no sample', [], 'failed', 'not-cleared'],
        ['cannot be asked', 'down', 'unknown', 'unknown'],
    ];
    test.each(CHECKS)('the PromQL check %s', async (_what, value, stage, result) => {
        const id = await approved({ verify: "{ check: 'errors < 1', within: 1s }" });
        clearedByFix();
        scene.metricValue = value;
        expect(await run(id)).toMatchObject({ stage, verification: { result } });
    });

    test('a PromQL check without a comparison does not hold with the value 0', async () => {
        const id = await approved({ verify: '{ check: \'up{a="x<1"}\', within: 1s }' });
        clearedByFix();
        scene.metricValue = [0];
        expect(await run(id)).toMatchObject({ stage: 'failed', verification: { result: 'not-cleared' } });
    });

    test('unknown: Alertmanager is down to the end', async () => {
        const id = await approved();
        scene.onAsk = () => {
            if (scene.conf() === 'good') scene.alertState = 'down';
        };
        expect(await run(id)).toMatchObject({
            stage: 'unknown',
            verification: { result: 'unknown', reason: expect.stringContaining('ECONNREFUSED') },
        });
    });
});

describe('a fix that does not work', () => {
    test('is rolled back when the alert goes on, with the sealed rollback', async () => {
        const id = await approved({ rollback: restore(), verify: '{ within: 1s }' });
        expect(await run(id)).toMatchObject({
            stage: 'rolled-back',
            verification: { result: 'not-cleared' },
            run: { rollback: { status: 'succeeded' } },
            reason: expect.stringMatching(/still fires.*rollback succeeded/),
            flow: { port: 1 },
        });
        expect(scene.conf()).toBe('restored');
        expect((await scene.timeline(id)).slice(-4)).toEqual([
            'verification.made',
            'rollback.started',
            'run.task',
            'rollback.ended',
        ]);
    });

    const HALF =
        '- copy: {dest: "{{ playbook_dir }}/../../conf", content: "half\\n"}\n- name: breaks\n  fail: {msg: broken}\n  when: not ansible_check_mode';

    test('is rolled back when the playbook failed half way', async () => {
        const id = await approved({ tasks: HALF, rollback: restore() });
        expect(await run(id)).toMatchObject({
            stage: 'rolled-back',
            run: { state: 'failed', outcome: { status: 'failed' } },
            reason: expect.stringContaining('broken'),
        });
        expect(scene.conf()).toBe('restored');
        expect(await scene.storage.store.leases.ownerOf('host:web-1')).toBeUndefined();
    });

    test('is failed when there is no rollback, or the rollback fails', async () => {
        const first = await approved({ tasks: HALF });
        expect(await run(first)).toMatchObject({ stage: 'failed', reason: expect.stringContaining('broken') });
        await scene.close();
        const second = await approved({ tasks: HALF, rollback: '- fail: {msg: cannot restore}' });
        expect(await run(second)).toMatchObject({
            stage: 'failed',
            reason: expect.stringMatching(/broken.*cannot restore/s),
            run: { rollback: { status: 'failed' } },
        });
    });

    test('is rolled back as it was approved, though the library says something else by now', async () => {
        const id = await approved({ rollback: restore(), verify: '{ within: 1s }' });
        scene.onAsk = () => {
            if (scene.conf() === 'good')
                scene.library.playbook('rollback', '- shell: echo evil > "{{ playbook_dir }}/../../conf"');
        };
        expect(await run(id)).toMatchObject({ stage: 'rolled-back' });
        expect(scene.conf()).toBe('restored');
    });

    test('is not rolled back from a copy that somebody changed', async () => {
        const id = await approved({ rollback: restore(), verify: '{ within: 1s }' });
        const copy = copiedFile('playbooks/rollback.yml');
        scene.onAsk = () => {
            if (scene.conf() === 'good') writeFileSync(copy, '');
        };
        expect(await run(id)).toMatchObject({
            stage: 'failed',
            reason: expect.stringMatching(/rollback was not started.*private copy.*playbooks\/rollback.yml/),
        });
        expect(scene.conf()).toBe('good');
    });
});

describe('a fix that is stopped', () => {
    const SLOW =
        '- name: begin\n  copy: {dest: "{{ playbook_dir }}/../../conf", content: "half\\n"}\n- name: wait\n  wait_for: {path: "{{ playbook_dir }}/../../go", timeout: 60, sleep: 1}\n  when: not ansible_check_mode\n- name: finish\n  copy: {dest: "{{ playbook_dir }}/../../conf", content: "good\\n"}';
    const begun = async (): Promise<void> => until(() => scene.conf() === 'half');

    test('by cancel fails, says that it may be half done, and runs no rollback', async () => {
        const id = await approved({ tasks: SLOW, rollback: restore() });
        const cancel = new AbortController();
        const running = run(id, { ...control(), cancel: cancel.signal });
        await begun();
        cancel.abort();
        expect(await running).toMatchObject({
            stage: 'failed',
            reason: expect.stringContaining('half done'),
            run: { state: 'cancelled' },
        });
        expect((await scene.timeline(id)).at(-1)).toBe('run.cancelled');
        expect(scene.conf()).toBe('half');
    });

    test('by cancel during the checks is refused, and nothing ran', async () => {
        const id = await approved();
        const cancel = new AbortController();
        scene.onAsk = () => cancel.abort();
        expect(await run(id, { ...control(), cancel: cancel.signal })).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining('cancelled'),
        });
        expect(scene.conf()).toBe('bad');
    });

    test('by a redeploy goes on without us, and its end is found', async () => {
        const id = await approved({ tasks: SLOW });
        const leave = new AbortController();
        const running = run(id, { ...control(), leave: leave.signal });
        await begun();
        leave.abort();
        await expect(running).rejects.toMatchObject({ code: 'CANCELLED' });
        expect((await scene.storage.incidents.get(id)).incident).toMatchObject({
            stage: 'running',
            flow: { state: 'working' },
        });
        clearedByFix();
        scene.library.write('../go', '');
        const { incident } = await scene.storage.incidents.get(id);
        expect(await recoverRun(scene.parts(), incident, control())).toMatchObject({
            stage: 'closed',
            verification: { result: 'cleared' },
        });
        const tasks = (await scene.storage.store.timeline(id))
            .filter(({ type }) => type === 'run.task')
            .map(({ text }) => text);
        expect(tasks).toEqual(['web-1: begin: changed', 'web-1: wait: ok', 'web-1: finish: changed']);
    });

    test('by a redeploy during the checks is checked again from the start', async () => {
        const id = await approved();
        const leave = new AbortController();
        scene.onAsk = () => leave.abort();
        await expect(run(id, { ...control(), leave: leave.signal })).rejects.toMatchObject({ code: 'CANCELLED' });
        clearedByFix();
        const { incident } = await scene.storage.incidents.get(id);
        expect(incident).toMatchObject({ stage: 'approved', flow: { node: 'run-1', state: 'working' } });
        expect(await recoverRun(scene.parts(), incident, control())).toMatchObject({ stage: 'closed' });
    });
});

describe('after a crash', () => {
    /** A run of which only the journal is left, as it stood at one point. */
    async function leftAt(change: (incident: Incident) => Incident, options: SceneOptions = {}): Promise<Incident> {
        const id = await approved(options);
        await scene.storage.incidents.change(id, (incident) => ({
            incident: change({
                ...incident,
                stage: 'running',
                ...(incident.approval && {
                    approval: { ...incident.approval, consumedAt: '2026-01-01T00:00:00.000Z' },
                }),
                run: {
                    id: incident.plan?.nonce ?? '',
                    seal: incident.seal?.digest ?? '',
                    state: 'intended',
                    intendedAt: '2026-01-01T00:00:00.000Z',
                    instance: 'dead',
                },
            }),
            entries: [{ type: 'run.intended', by: 'node:test', text: 'left here' }],
        }));
        return (await scene.storage.incidents.get(id)).incident;
    }

    test('an intended run of which nothing is found is unknown, and never runs', async () => {
        const left = await leftAt((incident) => incident);
        const owner = `${left.id}/${left.plan?.nonce ?? ''}/1`;
        await scene.storage.store.leases.take('host:web-1', owner, 60_000);
        expect(await recoverRun(scene.parts(), left, control())).toMatchObject({
            stage: 'unknown',
            reason: expect.stringContaining('not known'),
            run: { state: 'unknown' },
        });
        expect(await scene.storage.store.leases.ownerOf('host:web-1')).toBe(owner);
        expect(scene.conf()).toBe('bad');
        expect(existsSync(scene.runsFolder) ? readdirSync(scene.runsFolder) : []).toEqual([]);
        await expect(run(left.id)).rejects.toMatchObject({ code: 'ALREADY_RUN' });
    });

    test('a verification goes on with the deadline it had', async () => {
        const outcome = {
            status: 'succeeded' as const,
            hosts: { 'web-1': { ok: 1, changed: 1, failed: 0, unreachable: 0, skipped: 0 } },
            tasks: [],
            exitCode: 0,
            milliseconds: 1,
        };
        const ended =
            (endedAt: string) =>
            (incident: Incident): Incident => ({
                ...incident,
                ...(incident.run && { run: { ...incident.run, state: 'succeeded' as const, endedAt, outcome } }),
            });
        const late = await leftAt(ended('2026-01-01T00:00:00.000Z'));
        await scene.storage.incidents.change(late.id, (incident) => ({
            incident: { ...incident, stage: 'verifying' },
            entries: [{ type: 'verification.started', by: 'node:test', text: 'x' }],
        }));
        const { incident } = await scene.storage.incidents.get(late.id);
        expect(await recoverRun(scene.parts(), incident, control())).toMatchObject({
            stage: 'failed',
            verification: { result: 'not-cleared' },
        });
    });

    test.each([
        [
            'is rolled back while its hosts can be held for it',
            'rolled-back',
            'rollback succeeded',
            'restored',
            (until: Date) => until.getTime() - 60_000,
        ],
        [
            'is not rolled back when others may have had its hosts since',
            'failed',
            'The rollback was not started: this fix had its hosts until',
            'bad',
            (until: Date) => until.getTime() + 1_000,
        ],
    ])('a fix of which only the store tells, and which did not work, %s', async (_what, stage, reason, conf, now) => {
        const outcome = {
            status: 'succeeded' as const,
            hosts: { 'web-1': { ok: 1, changed: 1, failed: 0, unreachable: 0, skipped: 0 } },
            tasks: [],
            exitCode: 0,
            milliseconds: 1,
        };
        const { id, plan } = await leftAt(
            (incident) => ({
                ...incident,
                ...(incident.run && {
                    run: { ...incident.run, state: 'succeeded' as const, endedAt: new Date().toISOString(), outcome },
                }),
            }),
            { rollback: restore() },
        );
        await scene.storage.incidents.change(id, (found) => ({
            incident: { ...found, stage: 'verifying' },
            entries: [{ type: 'verification.started', by: 'node:test', text: 'x' }],
        }));
        const at = new Date(now(heldAtMostUntil(plan as Plan)));
        scene.clock = () => at;
        const { incident } = await scene.storage.incidents.get(id);
        expect(await recoverRun(scene.parts(), incident, control())).toMatchObject({
            stage,
            reason: expect.stringContaining(reason),
        });
        expect(scene.conf()).toBe(conf);
    });

    test('a rollback of which nothing is found is unknown', async () => {
        const outcome = { status: 'failed' as const, hosts: {}, tasks: [], exitCode: 2, milliseconds: 1 };
        const left = await leftAt(
            (incident) => ({
                ...incident,
                ...(incident.run && { run: { ...incident.run, state: 'failed' as const, outcome } }),
            }),
            { rollback: restore() },
        );
        expect(await recoverRun(scene.parts(), left, control())).toMatchObject({
            stage: 'unknown',
            reason: expect.stringContaining('rollback'),
        });
        expect(scene.conf()).toBe('bad');
    });
});

test('a fix whose dry run is longer than an incident keeps runs: the whole preview is compared instead', async () => {
    const long = 'x'.repeat(30_000);
    const tasks = `- name: write\n  copy: {dest: "{{ playbook_dir }}/../../conf", content: "good\\n# ${long}\\n"}`;
    const id = await approved({ tasks });
    expect((await scene.storage.store.read(id))?.incident.plan?.dryRun.preview?.cut).toBe(true);
    scene.onAsk = () => {
        if (scene.conf().startsWith('good')) scene.alertState = 'cleared';
    };
    const ended = await run(id);
    expect([ended.stage, ended.reason]).toEqual(['closed', undefined]);
});
