import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync, readFileSync, symlinkSync, utimesSync } from 'node:fs';
import path from 'node:path';
import { SqliteStore } from '../../../nodes/adapters/sqlite/sqlite-store';
import { recall } from '../../../nodes/core/memory/recall';
import { StoreMemory } from '../../../nodes/core/memory/store-memory';
import type { Identity } from '../../../nodes/core/model/identity';
import { makePlan } from '../../../nodes/core/remediation/make-plan';
import { KeyRing, signingKey } from '../../../nodes/core/signing/keys';
import { Incidents } from '../../../nodes/core/store/incidents';
import { alertOn, control } from '../../support/fix-scene';
import type { Effort, Group } from '../matrix';
import { type Legitimate, legitimateGroup } from './attack';
import { approvedThroughBotkube } from './botkube';
import { SHOWN } from './hidden-tasks';
import { temporaryRedis } from './records';
import { ALICE, BOB, leavesMark, type Target } from './target';

const SAM: Identity = { platform: 'slack', id: 'T1/U1' };
const LOCAL = 'ansible_connection=local ansible_python_interpreter=/usr/bin/python3';

const PEOPLE: Legitimate[] = [
    { name: 'One person approves' },
    { name: 'Two persons approve', options: { decision: 'two' }, people: [ALICE, BOB] },
    { name: 'A rule of the policy approves', options: { decision: 'automatic' }, people: [] },
    {
        name: 'A member of a Slack group approves',
        options: { approvers: 'slack-group:T1/S1' },
        people: [SAM],
        prepare: (target) => {
            target.directory = { isMember: async () => true };
        },
    },
    {
        name: 'An approver with several accounts uses the second one',
        options: { approvers: 'page:alice,slack:T1/U1' },
        people: [SAM],
    },
    {
        name: 'One approver is named, and belongs to two groups as well',
        options: { approvers: 'slack:T1/U1,slack-group:T1/S1,slack-group:T1/S2' },
        people: [SAM],
        prepare: (target) => {
            target.directory = { isMember: async () => true };
        },
    },
    {
        name: 'Slack cannot name the group, and the approver is named by id',
        options: { approvers: 'slack:T1/U1,slack-group:T1/S1' },
        people: [SAM],
        prepare: (target) => {
            target.directory = { isMember: async () => Promise.reject(new Error('Slack is down')) };
        },
    },
    {
        name: 'The policy asks for less since the click',
        options: { decision: 'two' },
        people: [ALICE, BOB],
        meanwhile: (target) => {
            target.policy = target.policyWith({ decision: 'one' });
        },
    },
    {
        name: 'The policy names one more approver since the click',
        meanwhile: (target) => {
            target.policy = target.policyWith({ approvers: ['page:alice', 'page:bob', 'page:carol'] });
        },
    },
    {
        name: 'The policy got another rule, for other risks, since the click',
        meanwhile: (target) => {
            target.policy = {
                ...target.policyWith({}),
                rules: [
                    ...target.policyWith({ risks: ['high'], decision: 'deny' }).rules,
                    ...target.policyWith({}).rules,
                ],
            };
        },
    },
    approvedThroughBotkube,
    {
        name: 'An impatient person clicks again after the approval',
        meanwhile: (target, { id }) => assert.rejects(target.approveAs(id, [ALICE])),
    },
    {
        name: 'Two approvers click at the same moment where one is enough',
        from: 'waiting',
        meanwhile: (target, { id }) => Promise.allSettled([target.approveAs(id, [ALICE]), target.approveAs(id, [BOB])]),
    },
    {
        name: 'Twenty executors are told at the same moment to run it: it runs once',
        run: async (target, { id }) => {
            await Promise.allSettled(Array.from({ length: 20 }, () => target.run(id)));
            return target.stored(id);
        },
    },
    {
        name: 'The first plan is rejected, and the second approved',
        from: 'waiting',
        run: async (target, { id }) => {
            await target.rejectAs(id, BOB);
            await target.change(id, (incident) => ({
                incident: { ...incident, stage: 'diagnosed' },
                entries: [{ type: 'diagnosis.made', by: 'node:llm-diagnose', text: 'Diagnosed again.' }],
            }));
            await makePlan(target.parts(), id, control());
            await target.approve(id);
            return target.run(id);
        },
    },
];

const approvedAndRun: Legitimate['run'] = async (target, { id }) => {
    await target.approveAs(id, [ALICE]);
    return target.run(id);
};

const WORLD: Legitimate[] = [
    {
        name: 'Another alert joins the incident after the approval',
        meanwhile: (target, { id }) =>
            target.tamper(id, (incident) => ({ ...incident, alerts: [...incident.alerts, alertOn('web-2')] })),
    },
    {
        name: 'Another alert joins the incident while it waits, and makes it worse',
        from: 'waiting',
        meanwhile: (target, { id }) =>
            target.tamper(id, (incident) => ({
                ...incident,
                severity: 'page',
                labels: {},
                alerts: [alertOn('web-2'), ...incident.alerts],
            })),
        run: approvedAndRun,
    },
    {
        name: 'A text of the alert changes while it waits',
        from: 'waiting',
        meanwhile: (target, { id }) =>
            target.tamper(id, (incident) => ({
                ...incident,
                alerts: incident.alerts.map((alert) => ({ ...alert, annotations: { summary: 'It is worse now.' } })),
            })),
        run: approvedAndRun,
    },
    {
        name: 'Similar incidents are looked up once more while it waits',
        from: 'waiting',
        meanwhile: async (target, { id }) => {
            const { storage } = target;
            await recall(storage.incidents, new StoreMemory(storage.store.memories), id, 3);
        },
        run: approvedAndRun,
    },
    {
        name: 'A file beside the library changes',
        meanwhile: (target) => target.library.write('../elsewhere.yml', 'x: 1\n'),
    },
    {
        name: 'Somebody fetches in the git repository of the library',
        meanwhile: (target) => target.library.write('.git/FETCH_HEAD', 'x\n'),
    },
    {
        name: 'A file of the library is touched, its text as before',
        meanwhile: (target) =>
            utimesSync(path.join(target.library.folder, 'playbooks/fix.yml'), new Date(), new Date()),
    },
    {
        name: 'The playbook is edited and put back before the run',
        meanwhile: (target) => {
            const text = target.read('playbooks/fix.yml');
            target.library.write('playbooks/fix.yml', '[]\n');
            target.library.write('playbooks/fix.yml', text);
        },
    },
    {
        name: 'The approval expires soon, and not yet',
        meanwhile: (target) => {
            target.clock = () => new Date(Date.now() + 560_000);
        },
    },
    {
        name: 'The signing key is rotated, and the old one kept',
        run: (target, { id }) =>
            target.run(id, { keys: new KeyRing([signingKey(Buffer.alloc(32, 8)), signingKey(Buffer.alloc(32, 7))]) }),
    },
    {
        name: 'Node-RED restarts between approval and run',
        meanwhile: async (target) => {
            const { storage } = target;
            const { file } = storage.store as SqliteStore;
            await storage.store.close();
            const store = new SqliteStore(file);
            await store.open();
            target.storage = {
                ...storage,
                store,
                incidents: new Incidents(store, () => target.clock()),
                close: async () => (await store.close(), storage.close()),
            };
        },
    },
    { name: 'The incidents are kept in Redis', storage: temporaryRedis },
    {
        name: 'No Alertmanager is configured, and the stored alert fires',
        run: (target, { id }) => target.run(id, { alerts: undefined }),
    },
    {
        name: 'The alert names the host with a port',
        from: 'diagnosed',
        meanwhile: (target, { id }) =>
            target.tamper(id, (incident) => ({
                ...incident,
                alerts: incident.alerts.map((alert) => ({ ...alert, labels: { ...alert.labels, host: 'web-1:9100' } })),
            })),
    },
    { name: 'The fix is for two hosts', options: { hosts: ['web-1', 'web-2'] }, leaves: ['ran', 'ran'] },
];

/** The playbook of the fix. */
const fix =
    (tasks: (target: Target) => string) =>
    (target: Target): void =>
        void target.library.playbook('fix', `${tasks(target)}${leavesMark(target.library, 'ran')}`);

const LIBRARIES: Legitimate[] = [
    {
        name: 'The path of the library has blanks, umlauts and Chinese characters',
        prepare: (target) => {
            target.libraryFolder = target.library.path('Bücherei für Notfälle 处置库');
            cpSync(target.library.folder, target.libraryFolder, { recursive: true });
        },
    },
    {
        name: 'The playbook uses roles, with defaults, handlers and templates',
        prepare: (target) => {
            target.library.write('playbooks/fix.yml', '- hosts: all\n  gather_facts: false\n  roles: [marker]\n');
            target.library.write('playbooks/roles/marker/defaults/main.yml', 'colour: green\n');
            target.library.write('playbooks/roles/marker/templates/note.j2', '{{ colour }}\n');
            target.library.write(
                'playbooks/roles/marker/handlers/main.yml',
                leavesMark(target.library, 'ran').replace('leave a mark', 'told'),
            );
            target.library.write(
                'playbooks/roles/marker/tasks/main.yml',
                `- template: {src: note.j2, dest: "${target.library.path('note')}"}\n  notify: told\n`,
            );
        },
    },
    {
        name: 'The playbook uses a role of a collection in the library',
        prepare: (target) => {
            target.library.write(
                'playbooks/fix.yml',
                '- hosts: all\n  gather_facts: false\n  roles: [ours.tools.marker]\n',
            );
            target.library.write(
                'playbooks/collections/ansible_collections/ours/tools/galaxy.yml',
                'namespace: ours\nname: tools\nversion: 1.0.0\n',
            );
            target.library.write(
                'playbooks/collections/ansible_collections/ours/tools/roles/marker/tasks/main.yml',
                leavesMark(target.library, 'ran'),
            );
        },
    },
    {
        name: 'The playbook includes task files, and files of variables',
        prepare: (target) => {
            target.library.write(
                'playbooks/fix.yml',
                '- hosts: all\n  gather_facts: false\n  vars_files: [vars/names.yml]\n  tasks:\n    - include_tasks: "tasks/{{ which }}.yml"\n',
            );
            target.library.write('playbooks/vars/names.yml', 'which: more\n');
            target.library.write('playbooks/tasks/more.yml', leavesMark(target.library, 'ran'));
        },
    },
    {
        name: 'Group and host variables of the library are used',
        prepare: (target) => {
            target.library.write('group_vars/web.yml', 'first: r\n');
            target.library.write('host_vars/web-1.yml', 'second: an\n');
            target.library.playbook('fix', leavesMark(target.library, '{{ first }}{{ second }}'));
        },
    },
    {
        name: 'A vault of the library is opened by its password file',
        prepare: (target) => {
            const word = target.library.write('vault-password', 'open sesame\n');
            const vault = target.library.write('group_vars/all/vault.yml', 'word: ran\n');
            execFileSync('ansible-vault', ['encrypt', '--vault-password-file', word, vault], { stdio: 'ignore' });
            target.library.write('ansible.cfg', '[defaults]\nvault_password_file = vault-password\n');
            target.library.playbook('fix', leavesMark(target.library, '{{ word }}'));
        },
    },
    {
        name: 'The library has an ansible.cfg of its own',
        prepare: (target) => target.library.write('ansible.cfg', '[defaults]\nforks = 3\ngathering = explicit\n'),
    },
    {
        name: 'The fix runs only the tasks with its tags',
        prepare: (target) => {
            target.library.playbook(
                'fix',
                `${leavesMark(target.library, 'ran')}  tags: [small]\n${leavesMark(target.library, 'big')}  tags: [big]\n`,
            );
            target.library.write(
                'runbooks/config-wrong.yaml',
                target
                    .read('runbooks/config-wrong.yaml')
                    .replace('    target: host\n', '    tags: [small]\n    target: host\n'),
            );
        },
    },
    {
        name: 'A symbolic link inside the library leads to another file of it',
        prepare: (target) => {
            target.library.playbook('fix', '- include_tasks: tasks.yml');
            target.library.write('playbooks/real.yml', leavesMark(target.library, 'ran'));
            symlinkSync('real.yml', path.join(target.library.folder, 'playbooks/tasks.yml'));
        },
    },
    {
        name: 'The inventory is a script that asks another system',
        prepare: (target) => {
            const answer = JSON.stringify({
                all: { hosts: ['web-1'] },
                _meta: {
                    hostvars: {
                        'web-1': { ansible_connection: 'local', ansible_python_interpreter: '/usr/bin/python3' },
                    },
                },
            });
            chmodSync(target.library.write('inventory.ini', `#!/bin/sh\necho '${answer}'\n`), 0o755);
        },
    },
    {
        name: 'The inventory is a folder outside the library, with variables beside it',
        prepare: (target) => {
            target.library.write('../inventory/hosts', `[web]\nweb-1 ${LOCAL}\n`);
            target.library.write('../inventory/group_vars/web.yml', 'word: ran\n');
            target.inventory = target.library.path('inventory');
            target.library.playbook('fix', leavesMark(target.library, '{{ word }}'));
        },
    },
];

/** The runbook declares this in place of its parameter, and the diagnosis proposes values. */
function takes(
    declared: string,
    values: Record<string, string | number | boolean>,
): Pick<Legitimate, 'from' | 'prepare' | 'meanwhile'> {
    return {
        from: 'diagnosed',
        prepare: (target) => {
            const names = Object.keys(values);
            target.library.playbook(
                'fix',
                `${names.map((name) => `- copy: {dest: "${target.library.path(`got-${name}`)}", content: "{{ ${name} }}"}\n`).join('')}${leavesMark(target.library, 'ran')}`,
            );
            target.library.write(
                'runbooks/config-wrong.yaml',
                target.read('runbooks/config-wrong.yaml').replace(/value: \{ type.*\}/, declared),
            );
        },
        meanwhile: (target, { id }) =>
            target.concluded(id, (incident) => {
                if (incident.diagnosis?.proposal) incident.diagnosis.proposal.parameters = values;
                return incident;
            }),
    };
}

const ANY = "value: { type: string, description: Any text, pattern: '[^\\0]*', max_length: 1000 }";

/** This text goes through to the playbook, and nothing in it is obeyed. */
const text = (name: string, value: string): Legitimate => ({
    name,
    ...takes(ANY, { value }),
    proof: (target) => assert.equal(readFileSync(target.library.path('got-value'), 'utf8'), value),
});

const DATA: Legitimate[] = [
    text('A parameter in Chinese, with emoji', '磁盘已满 🔥 ñ'),
    text(
        'A parameter full of shell characters, which the playbook uses as data',
        `"; echo evil > /tmp/x; $(id) \`id\` | & > < * ? ' \\`,
    ),
    text(
        'A parameter that looks like a template, which the playbook uses as data',
        "{{ lookup('pipe', 'id') }} {% if true %}x{% endif %}",
    ),
    text('A parameter that looks like YAML, a number and an option', '--limit=all !unsafe {a: 1} 0777'),
    {
        name: 'Parameters that are numbers, true or false, and one of a list',
        ...takes(
            'count: { type: integer, description: x, minimum: 1, maximum: 9 }\n      share: { type: number, description: x, maximum: 1 }\n      loud: { type: boolean, description: x }\n      mode: { type: string, description: x, enum: [soft, hard] }',
            { count: 3, share: 0.25, loud: true, mode: 'soft' },
        ),
        proof: (target) =>
            assert.deepEqual(
                ['count', 'share', 'loud', 'mode'].map((name) =>
                    readFileSync(target.library.path(`got-${name}`), 'utf8'),
                ),
                ['3', '0.25', 'True', 'soft'],
            ),
    },
    {
        name: 'Runbook, action and texts are Chinese',
        prepare: (target) =>
            target.library.write(
                'runbooks/config-wrong.yaml',
                target
                    .read('runbooks/config-wrong.yaml')
                    .replace('The configuration is wrong', '配置有误')
                    .replace('title: Write the value', 'title: 写入正确的值')
                    .replace('Writes the value into the configuration.', '把正确的值写入配置。'),
            ),
    },
];

const OUTCOMES: Legitimate[] = [
    {
        name: 'The diff is large',
        prepare: fix(
            (target) =>
                `- copy: {dest: "${target.library.path('big')}", content: "{{ 'a line of text\\n' * 20000 }}"}\n`,
        ),
    },
    {
        name: 'Nothing needs to be changed',
        leaves: [],
        prepare: (target) => {
            target.library.playbook('fix', '- ansible.builtin.ping:');
            let asked = 0;
            target.onAsk = () => {
                asked += 1;
                if (asked > 2) target.alertState = 'cleared';
            };
        },
    },
    {
        name: 'The fix does not help, and its rollback runs',
        leaves: ['ran', 'undone'],
        options: { rollback: '- ping:', verify: '{ within: 1s }' },
        prepare: (target) => {
            target.library.playbook('rollback', leavesMark(target.library, 'undone'));
            target.onAsk = () => undefined;
        },
        proof: (_target, { stage }) => assert.equal(stage, 'rolled-back'),
    },
    {
        name: 'The result of a check of the playbook decides what it does',
        prepare: (target) => {
            mkdirSync(target.library.path('spool'));
            target.library.playbook(
                'fix',
                `- stat: {path: "${target.library.path('spool')}"}\n  register: spool\n${leavesMark(target.library, 'ran')}  when: spool.stat.exists\n`,
            );
        },
    },
];

const FAMILIES: [name: string, cases: Legitimate[]][] = [
    ['Legitimate: people and policy', PEOPLE],
    ['Legitimate: what happens meanwhile', WORLD],
    ['Legitimate: libraries of every kind', LIBRARIES],
    ['Legitimate: what the dry run cannot show', SHOWN],
    ['Legitimate: parameters and outcomes', [...DATA, ...OUTCOMES]],
];

/** What is unusual and right: a refusal would be a false alarm. The short form has every fourth case. */
export function legitimateGroups({ short }: Effort): Group[] {
    return FAMILIES.map(([name, cases]) =>
        legitimateGroup(name, short ? cases.filter((_case, index) => index % 4 === 0) : cases),
    );
}
