import { strict as assert } from 'node:assert';
import { planSections } from '../../../nodes/core/chat/plan-section';
import { textsOf } from '../../../nodes/core/chat/texts';
import type { Incident } from '../../../nodes/core/model/incident';
import type { Group } from '../matrix';
import { type Attack, attackGroup, type Legitimate } from './attack';
import { leavesMark, type Target } from './target';

/** The tasks get `place` from a file of the host, which says `one`, and act there. */
const PLACE = (target: Target): string =>
    `- slurp: {src: "${target.library.path('place')}"}\n  register: read\n- set_fact: {place: "{{ read.content | b64decode | trim }}"}\n`;

/** A fix that acts on a place which the host names, by a task that shows no diff. */
const onAPlace =
    (task: string) =>
    (target: Target): void => {
        target.library.write('../place', 'one\n');
        target.library.playbook('fix', `${PLACE(target)}${task}\n${leavesMark(target.library, 'ran')}`);
    };

/** The file of the host names another place after the approval. */
const elsewhere = (name: string, task: string, says: string): Attack => ({
    name,
    code: 'DRY_RUN_DRIFTED',
    says,
    prepare: onAPlace(task),
    attack: (target) => target.library.write('../place', 'two\n'),
});

const PLACES: Attack[] = [
    elsewhere(
        'The host names another file, and the task that writes it has diff: false',
        '- copy: {content: x, dest: "{{ playbook_dir }}/../../{{ place }}"}\n  diff: false',
        '/two',
    ),
    elsewhere(
        'The host names another file, and the task that writes it has no_log',
        '- copy: {content: x, dest: "{{ playbook_dir }}/../../{{ place }}"}\n  no_log: true',
        'other arguments',
    ),
    elsewhere(
        'The host names another file, and a shell takes it from its environment',
        '- shell: rm -rf "$PLACE"\n  environment: {PLACE: "{{ place }}"}',
        'other arguments',
    ),
    elsewhere(
        'The host names another file, and a loop writes it without a diff',
        '- copy: {content: x, dest: "{{ playbook_dir }}/../../{{ item }}"}\n  diff: false\n  loop: ["{{ place }}"]',
        '/two',
    ),
];

/** A playbook that would act in the dry run, or as its dry run does not show: its action is not offered. */
const notOffered = (name: string, prepare: (target: Target) => void): Attack => ({
    name,
    code: 'ACTION_UNKNOWN',
    says: 'offers no action',
    from: 'diagnosed',
    prepare,
    attack: () => undefined,
});

const play = (body: string): string => `- hosts: all\n  gather_facts: false\n${body}\n`;
const ACTS_IN_DRY_RUN = (target: Target): string => `${leavesMark(target.library, 'evil')}  check_mode: no\n`;

const NOT_OFFERED: Attack[] = [
    notOffered('A role found by roles_path acts in the dry run', (target) => {
        target.library.write('ansible.cfg', '[defaults]\nroles_path = shared\n');
        target.library.write('playbooks/fix.yml', play('  roles: [marker]'));
        target.library.write('shared/marker/tasks/main.yml', ACTS_IN_DRY_RUN(target));
    }),
    notOffered('A role of a collection acts in the dry run', (target) => {
        target.library.write('playbooks/fix.yml', play('  roles: [ours.tools.marker]'));
        target.library.write(
            'collections/ansible_collections/ours/tools/roles/marker/tasks/main.yml',
            ACTS_IN_DRY_RUN(target),
        );
    }),
    notOffered('A play asks for a value that nobody can give', (target) =>
        target.library.write(
            'playbooks/fix.yml',
            play(
                `  vars_prompt: [{name: sure}]\n  tasks:\n    ${leavesMark(target.library, 'evil').replaceAll('\n', '\n    ')}`,
            ),
        ),
    ),
    notOffered('A pause asks whether to go on', (target) =>
        target.library.playbook('fix', `- pause: {prompt: Sure?}\n${leavesMark(target.library, 'evil')}`),
    ),
    notOffered('A task does something else in a dry run than afterwards', (target) =>
        target.library.playbook(
            'fix',
            `- copy: {content: "{{ 'good' if ansible_check_mode else 'evil' }}", dest: "${target.library.path('conf')}"}\n${leavesMark(target.library, 'evil')}`,
        ),
    ),
];

/** What no result of the dry run shows. */
export const hiddenTasks: Group = attackGroup('Rescue and hidden tasks', [...PLACES, ...NOT_OFFERED]);

/** The fix runs, and its card said this before. */
const said = (name: string, lines: readonly (string | RegExp)[], tasks: (target: Target) => string): Legitimate => ({
    name,
    prepare: (target) => target.library.playbook('fix', tasks(target)),
    proof: (_target, incident) => {
        const card = cardText(incident);
        for (const line of lines) assert.match(card, typeof line === 'string' ? new RegExp(line) : line);
    },
});

function cardText({ plan }: Incident): string {
    if (!plan) throw new Error('there is no plan');
    return planSections(plan, textsOf('en-US'), false)
        .flatMap(({ items = [] }) => items)
        .join('\n');
}

/** What the dry run does not show is on the card, and the fix runs. */
export const SHOWN: Legitimate[] = [
    said(
        'A rescue that deletes a folder is on the card, and does not run',
        [/May run.*Delete \(file: .*absent.*only if this fails: Reload/],
        (target) =>
            `- name: Reload\n  block:\n    ${leavesMark(target.library, 'ran').replaceAll('\n', '\n    ').trim()}\n  rescue:\n    - name: Delete\n      file: {path: "${target.library.path('conf')}", state: absent}\n`,
    ),
    said(
        'A host may end its play early: the end and what follows are on the card',
        [/May end the play here: .*meta: end_host/, /May run.*Behind \(command: \/bin\/true\)/],
        (target) => `${leavesMark(target.library, 'ran')}- meta: end_host\n- name: Behind\n  command: /bin/true\n`,
    ),
    said(
        'A task that only runs in earnest, by way of a fact, is on the card and runs',
        [/Runs without preview: leave a mark .*when: not dry/],
        (target) =>
            `- set_fact: {dry: "{{ ansible_check_mode }}"}\n${leavesMark(target.library, 'ran')}  when: not dry\n`,
    ),
    said(
        'A lookup that starts a program is on the card',
        [/Starts a program on the machine of Ansible.*echo a/],
        (target) => `- debug: {msg: "{{ lookup('pipe', 'echo a') }}"}\n${leavesMark(target.library, 'ran')}`,
    ),
    said(
        'The time is part of arguments, which are others each time',
        [/echo \[time of the run\] \[time of the run\]/, /copy: .*\[time of the run\]/],
        (target) =>
            `- command: echo {{ now().strftime('%s') }} {{ now(utc=true).isoformat() }}\n- copy: {content: "{{ now().strftime('%Y%m%d-%H%M%S') }}", dest: "${target.library.path('stamp')}"}\n  diff: false\n- debug: {msg: "{{ now() }} {{ 1000000 | random }}"}\n${leavesMark(target.library, 'ran')}`,
    ),
    said(
        'A secret is an argument: it is compared, and never shown',
        [/Hidden \(copy\)/, /password.*\[redacted\]/],
        (target) =>
            `- {name: Hidden, copy: {content: hunter2, dest: "${target.library.path('hidden')}"}, no_log: true}\n- {name: Shown, command: "true", environment: {DB_PASSWORD: hunter2}}\n- {name: User, user: {name: nobody, password: hunter2}, when: false}\n${leavesMark(target.library, 'ran')}`,
    ),
    said(
        'A pause of seconds is named, and the fix waits',
        [/Waits, which a dry run does not: pause \(pause: 1 s\)/],
        (target) => `- pause: {seconds: 1}\n${leavesMark(target.library, 'ran')}`,
    ),
    {
        name: 'The host still names the same place for a task without a diff',
        prepare: onAPlace('- copy: {content: x, dest: "{{ playbook_dir }}/../../{{ place }}"}\n  no_log: true'),
    },
];
