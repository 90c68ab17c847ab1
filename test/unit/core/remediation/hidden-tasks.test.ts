// @needs ansible-playbook

import type { UnseenTask } from '../../../../nodes/core/model/unseen';
import { makePlan } from '../../../../nodes/core/remediation/make-plan';
import { keptPreview } from '../../../../nodes/core/remediation/preview';
import { control, FixScene } from '../../../support/fix-scene';

let scene: FixScene;
beforeEach(async () => {
    scene = await new FixScene().open();
});
afterEach(() => scene.close());

/** What the plan of this playbook says that the dry run cannot show, and the whole preview. */
async function planned(playbook: string, hosts = ['web-1']): Promise<{ unseen: UnseenTask[]; preview: string }> {
    scene.options = { ...scene.options, hosts };
    scene.library.write('playbooks/fix.yml', playbook);
    const incident = await makePlan(scene.parts(), (await scene.diagnosed()).id, control());
    expect(incident.reason).toBeUndefined();
    const preview = (await keptPreview(scene.storage.store.previews, incident)) ?? '';
    return { unseen: incident.plan?.dryRun.unseen ?? [], preview };
}

const play = (tasks: string): string =>
    `- hosts: all\n  gather_facts: false\n  tasks:\n${tasks.replace(/^(?=.)/gm, '    ')}`;

test('what rescue does is listed with what must fail; always has run', async () => {
    const { unseen, preview } = await planned(
        play(`- name: Reload
  when: inventory_hostname == 'web-1'
  block:
    - name: Ask
      ping:
  rescue:
    - name: Delete the folder
      file: { path: /srv/data, state: absent }
      when: much
  always:
    - name: Say
      debug: { msg: done }
`),
    );
    expect(unseen).toEqual([
        {
            why: 'may-run',
            task: 'Delete the folder',
            hosts: ['web-1'],
            action: 'file',
            arguments: '{"path":"/srv/data","state":"absent"}',
            conditions: ["inventory_hostname == 'web-1'", 'much'],
            ifFails: 'Reload',
        },
    ]);
    expect(preview).toContain(
        '# may run web-1: Delete the folder (file)\nif this fails: Reload\nwhen: inventory_hostname == \'web-1\'\nwhen: much\n{"path":"/srv/data","state":"absent"}\n',
    );
});

test('rescue that ran in the dry run is no surprise; the rest of its block is', async () => {
    const { unseen } = await planned(
        play(`- block:
    - name: Break
      fail: { msg: broken }
    - name: Never reached
      file: { path: /srv/data, state: absent }
  rescue:
    - name: Save
      debug: { msg: saved }
`),
    );
    expect(unseen).toMatchObject([{ why: 'may-run', task: 'Never reached', action: 'file' }]);
});

test('tasks behind the end of a play are listed for the hosts that ended, and the end itself is named', async () => {
    const { unseen } = await planned(
        `${play(`- ping:
- name: Stop here
  meta: end_host
  when: inventory_hostname == 'web-1'
- name: Go on
  file: { path: /srv/data, state: absent }
`)}- hosts: far
  gather_facts: false
  tasks: [{ name: Elsewhere, command: reboot }]
- hosts: all
  gather_facts: false
  tasks:
    - meta: end_play
    - { name: Last, command: reboot }
`,
        ['web-1', 'web-2'],
    );
    const both = ['web-1', 'web-2'];
    expect(unseen).toEqual([
        {
            why: 'ends',
            task: 'Stop here',
            hosts: both,
            action: 'meta',
            arguments: 'end_host',
            conditions: ["inventory_hostname == 'web-1'"],
        },
        {
            why: 'may-run',
            task: 'Go on',
            hosts: ['web-1'],
            action: 'file',
            arguments: '{"path":"/srv/data","state":"absent"}',
        },
        { why: 'ends', task: 'meta', hosts: both, action: 'meta', arguments: 'end_play' },
        { why: 'may-run', task: 'Last', hosts: both, action: 'command', arguments: 'reboot' },
    ]);
});

test('a file that is chosen at run time is named, and what the dry run did not reach of the chosen one', async () => {
    scene.library.write('group_vars/all.yml', 'which: more\n');
    scene.library.write(
        'playbooks/more.yml',
        '- { name: Ask, ping: }\n- block: [{ name: Ask again, ping: }]\n  rescue: [{ name: Delete, command: rm -rf /srv/data }]\n',
    );
    const { unseen } = await planned(play('- name: More\n  include_tasks: "{{ which }}.yml"\n'));
    expect(unseen).toMatchObject([
        { why: 'unread', task: 'More', arguments: '{{ which }}.yml' },
        { why: 'may-run', task: 'Delete', arguments: 'rm -rf /srv/data', ifFails: 'Ask again' },
    ]);
});

test('a task is left out in a dry run also when its condition asks by way of a fact or a variable', async () => {
    scene.library.write('playbooks/later.yml', '- { name: Later, command: rm -rf /srv/three }\n');
    const { unseen } = await planned(
        play(`- set_fact: { dry: "{{ ansible_check_mode }}" }
- name: By fact
  command: rm -rf /srv/one
  when: not dry
- name: By variable
  command: rm -rf /srv/two
  when: in_earnest
  vars: { in_earnest: "{{ not dry }}" }
- name: Included
  include_tasks: later.yml
  when: not dry
- name: Not by it
  command: rm -rf /srv/four
  when: 1 > 2
`),
    );
    expect(unseen).toMatchObject([
        { why: 'left-out', task: 'By fact', arguments: 'rm -rf /srv/one', conditions: ['not dry'] },
        { why: 'left-out', task: 'By variable', arguments: 'rm -rf /srv/two', conditions: ['in_earnest'] },
        { why: 'may-run', task: 'Not by it', conditions: ['1 > 2'] },
        { why: 'may-run', task: 'Later', arguments: 'rm -rf /srv/three', conditions: ['not dry'] },
    ]);
});

test('roles are read where Ansible finds them: beside the playbook, in roles_path and in collections', async () => {
    scene.library.write('ansible.cfg', '[defaults]\nroles_path = shared/roles:other\ncollections_path = vendor\n');
    const rescue = (what: string): string =>
        `- block: [{ name: Ask, ping: }]\n  rescue: [{ name: Delete ${what}, command: rm }]\n`;
    scene.library.write('playbooks/roles/one/tasks/main.yml', rescue('one'));
    scene.library.write('shared/roles/two/meta/main.yml', 'dependencies: [three]\n');
    scene.library.write('shared/roles/two/tasks/main.yml', rescue('two'));
    scene.library.write('other/three/tasks/main.yml', rescue('three'));
    const collection = 'vendor/ansible_collections/ours/tools/roles/four';
    scene.library.write(`${collection}/tasks/main.yml`, '- import_tasks: more.yml\n');
    scene.library.write(`${collection}/tasks/more.yml`, rescue('four'));
    scene.library.write(`${collection}/handlers/main.yml`, '- { name: Told, command: rm }\n');
    const { unseen } = await planned(
        `- hosts: all\n  gather_facts: false\n  roles: [one, two]\n  tasks: [{ include_role: { name: ours.tools.four } }]\n`,
    );
    expect(unseen.map(({ why, task }) => `${why} ${task}`)).toEqual([
        'may-run one : Delete one',
        'may-run three : Delete three',
        'may-run two : Delete two',
        'may-run ours.tools.four : Delete four',
        'may-run ours.tools.four : Told',
    ]);
});

test('what waits, asks and starts programs on this machine is named', async () => {
    const { unseen, preview } = await planned(
        `- hosts: all
  gather_facts: false
  vars_prompt: [{ name: colour, default: green }]
  vars: { today: "{{ lookup('pipe', 'date +%F') }}" }
  tasks:
    - { name: Wait a little, pause: { seconds: 90 } }
    - { name: Lines, debug: { msg: "{{ item }}" }, with_lines: echo a }
    - { name: Nothing, debug: { msg: "{{ lookup('env', 'HOME') }}" } }
`,
    );
    expect(unseen).toMatchObject([
        { why: 'asks', task: 'colour', arguments: 'green' },
        {
            why: 'lookup',
            task: 'playbooks/fix.yml',
            action: 'lookup pipe',
            arguments: expect.stringContaining('date +%F'),
        },
        { why: 'waits', task: 'Wait a little', arguments: '90 s' },
        { why: 'lookup', task: 'Lines', action: 'lookup lines', arguments: 'echo a' },
    ]);
    expect(preview).toContain('# waits, which a dry run does not web-1: Wait a little (pause)\n90 s\n');
});

test('only the tasks with the tags of the fix are listed', async () => {
    scene.library.write(
        'runbooks/config-wrong.yaml',
        scene.read('runbooks/config-wrong.yaml').replace('    target: host\n', '    tags: [small]\n    target: host\n'),
    );
    const { unseen } = await planned(
        play(`- { name: Small, ping: , tags: small }
- meta: end_play
  tags: small
- { name: Also small, command: rm, tags: [small, x] }
- { name: Big, command: rm, tags: big }
- { name: Always, command: rm, tags: always }
`),
    );
    expect(unseen.map(({ task }) => task)).toEqual(['meta', 'Also small', 'Always']);
});
