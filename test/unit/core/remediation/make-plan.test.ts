// @needs ansible-playbook
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';
import { makePlan } from '../../../../nodes/core/remediation/make-plan';
import { keptPreview } from '../../../../nodes/core/remediation/preview';
import { sha256 } from '../../../../nodes/core/text/json';
import { alertOn, control, FixScene, type SceneOptions } from '../../../support/fix-scene';
import { until } from '../../../support/processes';

let scene: FixScene;

async function stage(options: SceneOptions = {}): Promise<FixScene> {
    scene = await new FixScene(options).open();
    return scene;
}

afterEach(() => scene.close());

test('a proposal becomes a plan with hosts, parameters, files and what the dry run shows; nothing is changed', async () => {
    await stage({
        hosts: ['web-2', 'web-1'],
        verify: '{ check: \'up{host="{{alertname}}"} == 1\', within: 30s }',
        rollback: '- ping:',
    });
    const { id } = await scene.diagnosed();
    const planned = await makePlan(scene.parts(), id, control());
    expect(planned).toMatchObject({
        stage: 'planned',
        flow: { node: 'run-1', state: 'sent', port: 0 },
        plan: {
            incidentId: id,
            hosts: ['web-1', 'web-2'],
            parameters: { value: 'good' },
            timeoutSeconds: 60,
            action: { id: 'write-value', playbook: 'playbooks/fix.yml' },
            rollback: { playbook: 'playbooks/rollback.yml' },
            verify: { check: 'up{host="ConfigWrong"} == 1', withinSeconds: 30 },
            dryRun: {
                tasks: [{ status: 'changed', diff: expect.stringContaining('+good') }, { status: 'changed' }],
                hosts: { 'web-1': { changed: 1 } },
            },
        },
    });
    expect(Object.keys(planned.plan?.files ?? {})).toEqual([
        'inventory.ini',
        'playbooks/fix.yml',
        'playbooks/rollback.yml',
        'runbooks/config-wrong.yaml',
    ]);
    expect(scene.conf()).toBe('bad');
    expect(await scene.timeline(id)).toEqual(['incident.opened', 'plan.started', 'plan.made']);
    expect(readdirSync(scene.runsFolder)).toEqual([]);
});

test('a plan seals the whole of what the dry run showed, and names what it could not show', async () => {
    const tasks = `
- name: write much
  copy: {dest: "{{ playbook_dir }}/../../much", content: "{% for i in range(5000) %}line {{ i }}\\n{% endfor %}token=hunter2\\n"}
- name: clean up
  shell: echo {{ inventory_hostname }} | cat
  register: cleaned
- name: secret
  copy: {dest: "{{ playbook_dir }}/../../secret", content: hidden}
  no_log: true
- name: only in earnest
  copy: {dest: "{{ playbook_dir }}/../../earnest", content: x}
  when: not ansible_check_mode
- name: depends
  copy: {dest: "{{ playbook_dir }}/../../depends", content: x}
  when: cleaned.stdout | default('') == 'good'
- name: loop
  command: "{{ item }}"
  loop: [/bin/true, /bin/false]
- name: looked
  command: /bin/echo seen
  check_mode: false
  changed_when: false
- name: binary
  copy: {src: /bin/true, dest: "{{ playbook_dir }}/../../binary"}
`;
    await stage({ tasks });
    const { id } = await scene.diagnosed();
    const planned = await makePlan(scene.parts(), id, control());
    expect(planned.reason).toBeUndefined();
    const { preview, unseen, tasks: stored } = planned.plan?.dryRun ?? {};
    expect(unseen).toEqual([
        { why: 'left-out', task: 'clean up', hosts: ['web-1'], action: 'shell', command: 'echo web-1 | cat' },
        { why: 'no-diff', task: 'secret', hosts: ['web-1'], action: 'copy' },
        {
            why: 'left-out',
            task: 'only in earnest',
            hosts: ['web-1'],
            action: 'copy',
            arguments: `{"dest":"${scene.library.path('earnest')}","content":"x"}`,
            conditions: ['not ansible_check_mode'],
        },
        {
            why: 'may-run',
            task: 'depends',
            hosts: ['web-1'],
            action: 'copy',
            arguments: `{"content": "x", "dest": "${scene.library.path('depends')}"}`,
            conditions: ["cleaned.stdout | default('') == 'good'"],
        },
        { why: 'left-out', task: 'loop', hosts: ['web-1'], action: 'command', command: '/bin/true\n/bin/false' },
        { why: 'ran', task: 'looked', hosts: ['web-1'], action: 'command', command: '/bin/echo seen' },
        {
            why: 'no-diff',
            task: 'binary',
            hosts: ['web-1'],
            action: 'copy',
            arguments: `{"dest": "${scene.library.path('binary')}", "src": "/bin/true"}`,
        },
    ]);
    const text = await keptPreview(scene.storage.store.previews, planned);
    expect(text).toContain('+line 4999\n+token=[redacted]\n');
    expect(preview).toMatchObject({ digest: sha256(text ?? ''), redacted: 1, lines: expect.any(Number) });
    expect(stored?.[0]?.diff).toContain('[cut');
    expect(JSON.stringify(planned)).not.toContain('line 4999');
    expect(text + JSON.stringify(planned)).not.toMatch(/hunter2|hidden\b(?! due)/);
});

test('another command behind the same task is another dry run', async () => {
    await stage({
        tasks: '- name: clean\n  vars: {place: "{{ playbook_dir }}/../../conf"}\n  command: cat {{ place }} {{ lookup("file", place) }}',
    });
    const { id } = await scene.diagnosed();
    const first = await makePlan(scene.parts(), id, control());
    scene.library.write('../conf', 'worse\n');
    const second = await makePlan(scene.parts(), id, control());
    expect(second.plan?.dryRun.digest).not.toBe(first.plan?.dryRun.digest);
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

test('the plan says with which Ansible it was made, whom its tasks become, and how many hosts at a time it takes', async () => {
    await stage({
        tasks: '- ping:\n- command: id\n  become: true\n  when: not ansible_check_mode\n- command: id\n  become: true\n  become_user: operator\n  when: not ansible_check_mode',
    });
    const { id } = await scene.diagnosed();
    const { plan } = await makePlan(scene.parts({ forks: 3 }), id, control());
    expect(plan).toMatchObject({
        forks: 3,
        inventory: 'inventory.ini',
        dryRun: { ansible: expect.stringMatching(/^2\.\d+/), becomes: ['operator', 'root'] },
    });
});

const FAILURES: [string, SceneOptions, () => void, string, string][] = [
    [
        'a dry run that fails',
        { tasks: '- name: breaks\n  fail: {msg: not today}' },
        () => undefined,
        'ANSIBLE_FAILED',
        'not today',
    ],
    ['a host that the inventory lacks', { hosts: ['web-9'] }, () => undefined, 'HOST_UNKNOWN', 'web-9'],
    ['a host that is a group', { hosts: ['web'] }, () => undefined, 'HOST_UNKNOWN', 'web'],
    [
        'a runbook that is gone',
        {},
        () => rmSync(path.join(scene.library.folder, 'runbooks/config-wrong.yaml')),
        'ACTION_UNKNOWN',
        'config-wrong',
    ],
    [
        'a playbook that is gone',
        {},
        () => rmSync(path.join(scene.library.folder, 'playbooks/fix.yml')),
        'ACTION_UNKNOWN',
        'write-value',
    ],
    ['an inventory that is gone', {}, () => rmSync(scene.library.inventory), 'HOST_UNKNOWN', 'web-1'],
];
test.each(FAILURES)('%s fails the incident with the reason', async (_what, options, spoil, code, reason) => {
    await stage(options);
    const { id } = await scene.diagnosed();
    spoil();
    const failed = await makePlan(scene.parts(), id, control());
    expect(failed).toMatchObject({
        stage: 'failed',
        reason: expect.stringContaining(reason),
        flow: { state: 'sent', port: 1 },
    });
    expect(failed.plan).toBeUndefined();
    const [entry] = (await scene.storage.store.timeline(id)).slice(-1);
    expect(entry).toMatchObject({ type: 'plan.failed', data: { code } });
});

test('a dry run that failed says in the incident and in its timeline what to do', async () => {
    await stage({ tasks: '- name: breaks\n  fail: {msg: not today}' });
    const { id } = await scene.diagnosed();
    const { reason } = await makePlan(scene.parts(), id, control());
    expect(reason).toMatch(/^The dry run failed: .*not today\. Run the playbook by hand with --check --diff/);
    expect((await scene.storage.store.timeline(id)).at(-1)?.text).toBe(reason);
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
    expect(await makePlan(scene.parts(), id, control())).toMatchObject({
        stage: 'failed',
        reason: expect.stringContaining('proposed for web-1'),
    });
});

test('a parameter that does not fit fails the incident', async () => {
    await stage();
    const incident = await scene.diagnosed();
    await scene.tamper(incident.id, (found) => {
        if (found.diagnosis?.proposal) found.diagnosis.proposal.parameters = { value: 'BAD; rm -rf /' };
        return scene.asDiagnosed(found);
    });
    expect(await makePlan(scene.parts(), incident.id, control())).toMatchObject({
        stage: 'failed',
        reason: expect.stringContaining('value'),
    });
});

test.each(['open', 'waiting', 'approved', 'running', 'closed', 'refused'] as const)(
    'an incident in stage %s is not planned',
    async (wrong) => {
        await stage();
        const { id } = await scene.diagnosed({ stage: wrong });
        await expect(makePlan(scene.parts(), id, control())).rejects.toMatchObject({ code: 'STAGE_WRONG' });
        expect(await scene.timeline(id)).toEqual(['incident.opened']);
    },
);

test('what the dry run of a replaced plan showed stays readable beside that of the new one', async () => {
    await stage();
    const { id } = await scene.diagnosed();
    const { plan: first } = await makePlan(scene.parts(), id, control());
    const { plan: second } = await makePlan(scene.parts(), id, control());
    const { store } = scene.storage;
    await expect(store.previews.read(id, first!.nonce)).resolves.toContain('+good');
    await expect(store.previews.read(id, second!.nonce)).resolves.toContain('+good');
});

test('a plan that is left while it is made writes nothing, and can be made again', async () => {
    await stage({ tasks: '- wait_for: {timeout: 30}\n  check_mode: false' });
    const { id } = await scene.diagnosed();
    const leave = new AbortController();
    const planning = makePlan(scene.parts(), id, { ...control(), leave: leave.signal });
    const left = expect(planning).rejects.toMatchObject({ code: 'CANCELLED' });
    await until(() =>
        execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
            .split('\n')
            .some((line) => line.includes(scene.library.root) && line.includes('--check')),
    );
    leave.abort();
    await left;
    expect(await scene.timeline(id)).toEqual(['incident.opened', 'plan.started']);
    scene.library.playbook('fix', '- ping:');
    expect(await makePlan(scene.parts(), id, control())).toMatchObject({ stage: 'planned' });
    expect(existsSync(scene.runsFolder)).toBe(true);
});
