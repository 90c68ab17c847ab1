import { chmodSync, rmSync, statSync, symlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import type { Group } from '../matrix';
import { type Attack, attackGroup } from './attack';
import { leavesMark, type Target } from './target';

const LOCAL = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';

/** A playbook that uses all kinds of files that Ansible reads. */
function manyFiles(target: Target): void {
    const { library } = target;
    library.write(
        'playbooks/fix.yml',
        `- hosts: all
  gather_facts: false
  vars_files: [vars/names.yml]
  roles: [marker]
  tasks:
    - ansible.builtin.include_tasks: tasks/more.yml
    - ansible.builtin.template: {src: note.j2, dest: "${library.path('note')}"}
    - ansible.builtin.copy: {src: page.html, dest: "${library.path('page')}"}
`,
    );
    library.write('playbooks/vars/names.yml', 'colour: green\n');
    library.write('playbooks/roles/marker/tasks/main.yml', leavesMark(library, 'ran'));
    library.write('playbooks/roles/marker/defaults/main.yml', 'loud: false\n');
    library.write('playbooks/tasks/more.yml', '- ansible.builtin.ping:\n');
    library.write('playbooks/templates/note.j2', '{{ value }} {{ colour }}\n');
    library.write('playbooks/files/page.html', 'hello\n');
    library.write('group_vars/all.yml', 'region: here\n');
    library.write('host_vars/web-1.yml', 'rack: 1\n');
    library.write('ansible.cfg', '[defaults]\nforks = 2\n');
    library.write('vault.yml', '$ANSIBLE_VAULT;1.1;AES256\n6162\n');
}

const evil = (target: Target): string => leavesMark(target.library, 'evil');
const writes =
    (file: string, text: (target: Target) => string) =>
    (target: Target): void =>
        void target.library.write(file, text(target));
const CALLBACK =
    'from ansible.plugins.callback import CallbackBase\nclass CallbackModule(CallbackBase):\n    CALLBACK_NAME = "evil"\n';

/** What is changed between approval and run: the file, its new text, in plain words. */
const EDITS: [file: string, name: string, text: (target: Target) => string][] = [
    [
        'playbooks/fix.yml',
        'The playbook is exchanged after the approval',
        (target) => `- hosts: all\n  gather_facts: false\n  tasks:\n    ${evil(target).replaceAll('\n', '\n    ')}`,
    ],
    ['playbooks/roles/marker/tasks/main.yml', 'A task of a role is exchanged', evil],
    ['playbooks/roles/marker/handlers/main.yml', 'A handler is slipped into a role', evil],
    ['playbooks/roles/marker/meta/main.yml', 'A dependency is slipped into a role', () => 'dependencies: [evil]\n'],
    ['playbooks/tasks/more.yml', 'An included task file is exchanged', evil],
    [
        'playbooks/templates/note.j2',
        'A template is exchanged',
        (target) => `{{ lookup('pipe', 'echo evil >> ${target.library.path('marks')}') }}\n`,
    ],
    ['playbooks/files/page.html', 'A file that the playbook copies is exchanged', () => 'goodbye\n'],
    ['playbooks/vars/names.yml', 'A file of variables is exchanged', () => 'colour: red\n'],
    ['group_vars/all.yml', 'Group variables are changed', () => 'region: elsewhere\n'],
    ['group_vars/web/become.yml', 'Group variables are added', () => 'ansible_become: true\n'],
    ['host_vars/web-1.yml', 'Variables of the host are changed', () => 'ansible_host: 10.6.6.6\n'],
    [
        'inventory.ini',
        'The inventory leads the host name to another machine',
        () => `[web]\nweb-1 ansible_host=10.6.6.6 ${LOCAL}\nweb-2 ${LOCAL}\n`,
    ],
    ['ansible.cfg', 'ansible.cfg is changed', () => '[defaults]\ncallback_plugins = ./callbacks\n'],
    ['vault.yml', 'A vault is exchanged for another one', () => '$ANSIBLE_VAULT;1.1;AES256\n6261\n'],
    ['playbooks/library/ping.py', 'A module is planted that takes the place of a real one', () => 'print("{}")\n'],
    ['playbooks/filter_plugins/evil.py', 'A filter plugin is planted', () => 'class FilterModule(object):\n    pass\n'],
    ['playbooks/callback_plugins/evil.py', 'A callback plugin is planted', () => CALLBACK],
    [
        'playbooks/collections/ansible_collections/ansible/posix/galaxy.yml',
        'A collection is planted',
        () => 'namespace: ansible\n',
    ],
    [
        'playbooks/filter_plugins/__pycache__/good.cpython-313.pyc',
        'Compiled Python is planted, which runs in place of its source',
        () => 'x',
    ],
    ['playbooks/unused.yml', 'A file that no playbook names yet is planted in the library', () => '[]\n'],
];

const edits: Attack[] = EDITS.map(([file, name, text]) => ({
    name,
    code: 'PLAN_CHANGED',
    says: file,
    attack: writes(file, text),
}));

const OTHERS: Attack[] = [
    {
        name: 'The rollback is exchanged before the run',
        code: 'PLAN_CHANGED',
        says: 'playbooks/rollback.yml',
        options: { rollback: '- ansible.builtin.ping:' },
        attack: (target) => target.library.playbook('rollback', evil(target)),
    },
    {
        name: 'The runbook is edited after the approval, so that anything counts as a success',
        code: 'PLAN_CHANGED',
        says: 'runbook config-wrong',
        attack: (target) =>
            target.library.write(
                'runbooks/config-wrong.yaml',
                target.read('runbooks/config-wrong.yaml').replace('within: 2s', 'within: 9h'),
            ),
    },
    {
        name: 'The playbook is exchanged with size and time of the file kept',
        code: 'PLAN_CHANGED',
        says: 'playbooks/fix.yml',
        attack: (target) => {
            const file = path.join(target.library.folder, 'playbooks/fix.yml');
            const { atime, mtime } = statSync(file);
            target.library.write(
                'playbooks/fix.yml',
                target.read('playbooks/fix.yml').replace('facts: false', 'facts: true '),
            );
            utimesSync(file, atime, mtime);
        },
    },
    {
        name: 'The playbook is replaced by a link to a file outside the library',
        code: 'CONFIG_INVALID',
        says: 'playbooks/fix.yml',
        attack: (target) => {
            rmSync(path.join(target.library.folder, 'playbooks/fix.yml'));
            symlinkSync(
                target.library.write(
                    '../outside.yml',
                    `- hosts: all\n  tasks: [{shell: "echo evil >> ${target.library.path('marks')}"}]\n`,
                ),
                path.join(target.library.folder, 'playbooks/fix.yml'),
            );
        },
    },
    {
        name: 'A link inside the library is turned to another playbook',
        code: 'PLAN_CHANGED',
        says: 'playbooks/tasks.yml',
        prepare: (target) => {
            target.library.playbook('fix', '- ansible.builtin.include_tasks: tasks.yml');
            target.library.write('playbooks/good.yml', leavesMark(target.library, 'ran'));
            target.library.write('playbooks/bad.yml', leavesMark(target.library, 'evil'));
            symlinkSync('good.yml', path.join(target.library.folder, 'playbooks/tasks.yml'));
        },
        attack: (target) => {
            rmSync(path.join(target.library.folder, 'playbooks/tasks.yml'));
            symlinkSync('bad.yml', path.join(target.library.folder, 'playbooks/tasks.yml'));
        },
    },
    {
        name: 'The script of a dynamic inventory is the sealed one, and what it says of the host is not',
        code: 'PLAN_CHANGED',
        says: 'web-1 other variables',
        prepare: (target) => {
            target.library.write('../answer.json', answerOf('10.0.0.1'));
            chmodSync(
                target.library.write('inventory.ini', `#!/bin/sh\ncat ${target.library.path('answer.json')}\n`),
                0o755,
            );
        },
        attack: (target) => target.library.write('../answer.json', answerOf('10.6.6.6')),
    },
    {
        name: 'The file on the host is changed, so that the same playbook would do something else',
        code: 'DRY_RUN_DRIFTED',
        says: '-worse',
        options: { tasks: '- copy: {dest: "{{ conf }}", content: "good\\n"}' },
        prepare: (target) => target.library.write('group_vars/all.yml', `conf: ${target.library.path('conf')}\n`),
        attack: (target) => target.library.write('../conf', 'worse\n'),
    },
    {
        name: 'The playbook is exchanged while the checks before the run go on',
        code: 'PLAN_CHANGED',
        says: 'playbooks/fix.yml',
        attack: (target) => {
            const { onAsk } = target;
            target.onAsk = () => {
                onAsk();
                target.library.playbook('fix', `${evil(target)}  check_mode: false\n`);
            };
        },
    },
];

function answerOf(address: string): string {
    const variables = {
        ansible_connection: 'local',
        ansible_python_interpreter: '/usr/bin/python3',
        ansible_host: address,
    };
    return JSON.stringify({ all: { hosts: ['web-1'] }, _meta: { hostvars: { 'web-1': variables } } });
}

/** Between approval and run somebody changes what Ansible would read. */
export const alteredFiles: Group = attackGroup('Altered after the approval', [...edits, ...OTHERS], {
    prepare: manyFiles,
});
