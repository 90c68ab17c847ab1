import {
    type PlaybookReading,
    type ReadingOptions,
    readPlaybook,
} from '../../../../nodes/core/runbook/playbook-reading';

/** Reads `fix.yml` of a library with these files. */
function reading(files: Record<string, string>, options: ReadingOptions = {}): PlaybookReading {
    const read = (name: string): { name: string; text: string } | undefined =>
        Object.hasOwn(files, name) ? { name, text: files[name] ?? '' } : undefined;
    return readPlaybook({ read, places: { roles: ['roles'], collections: ['collections'] } }, 'fix.yml', options);
}

/** The same of a playbook with these tasks. */
const ofTasks = (tasks: string, more: Record<string, string> = {}): PlaybookReading =>
    reading({ ...more, 'fix.yml': `- hosts: all\n  tasks:\n${tasks.replace(/^(?=.)/gm, '    ')}\n` });

const told = ({ tasks }: PlaybookReading): string[] =>
    tasks.map(({ kind, file, line, name }) => `${kind} ${file}:${line} ${name}`);

test('all tasks are found in their order, each where it is written', () => {
    const files = {
        'fix.yml': `- hosts: all
  post_tasks: [{ name: after, ping: }]
  pre_tasks:
    - name: before
      ping:
  roles: [r, { role: nowhere }]
  handlers:
    - include_tasks: more/h.yml
  tasks:
    - import_tasks: more/a.yml
    - ansible.builtin.import_role: { name: r, tasks_from: other }
- import_playbook: second.yml
  when: earnest
`,
        'more/a.yml': '- include_tasks: b.yml\n',
        'more/b.yml': '- name: beside\n  ping:\n- meta: flush_handlers\n- local_action: command rm x\n',
        'more/h.yml': '- name: handler\n  ping:\n',
        'roles/r/tasks/main.yml': '---\n# a comment\n- name: in role\n  ping:\n',
        'roles/r/tasks/other.yml': '- action: { module: copy, src: a }\n',
        'roles/r/handlers/main.yml': '- name: of role\n  ping:\n',
        'second.yml': '- hosts: all\n  tasks: [{ name: second, ping: }]\n',
    };
    const found = reading(files);
    expect(told(found)).toEqual([
        'task fix.yml:4 before',
        'task roles/r/tasks/main.yml:3 r : in role',
        'task roles/r/handlers/main.yml:1 r : of role',
        'unread fix.yml:1 import_role',
        'task more/b.yml:1 beside',
        'task more/b.yml:4 command',
        'task roles/r/tasks/other.yml:1 r : copy',
        'task roles/r/handlers/main.yml:1 r : of role',
        'task fix.yml:2 after',
        'task more/h.yml:1 handler',
        'task second.yml:2 second',
    ]);
    expect(found.tasks.at(-1)).toMatchObject({ play: 1, conditions: ['earnest'] });
    expect(found.tasks.filter(({ isHandler }) => isHandler).map(({ name }) => name)).toEqual([
        'r : of role',
        'r : of role',
        'handler',
    ]);
    expect(found.files.sort()).toEqual(Object.keys(files).sort());
});

test('conditions, no_log and run_once of what is around a task are its own', () => {
    const found = ofTasks(
        `- when: a
  no_log: true
  run_once: true
  block:
    - name: t
      copy: { content: secret }
      when: [b, c]
`,
    );
    expect(found.tasks).toEqual([
        expect.objectContaining({ name: 't', conditions: ['a', 'b', 'c'], runOnce: true, action: 'copy' }),
    ]);
    expect(JSON.stringify(found)).not.toContain('secret');
});

test.each<[string, string, 'runs' | 'acts' | undefined]>([
    ['a condition', 'command: x\nwhen: not ansible_check_mode', 'runs'],
    ['a fact', 'command: x\nwhen: not dry', 'runs'],
    ['a variable of the task', 'command: x\nwhen: go\nvars: { go: "{{ dry == \'no\' }}" }', 'runs'],
    ['arguments', "command: \"{{ 'true' if dry else 'rm x' }}\"", 'acts'],
    ['the host it is delegated to', "command: x\ndelegate_to: \"{{ 'a' if ansible_check_mode else 'b' }}\"", 'acts'],
    ['the template it writes', 'template: { src: note.j2, dest: /x }', 'acts'],
    ['no more than its text', 'command: x\nwhen: name != "ansible_check_mode"', undefined],
    ['what it says it changed', 'command: x\nchanged_when: not ansible_check_mode', undefined],
])('a task depends on check mode by %s', (_what, task, decides) => {
    const { tasks } = ofTasks(
        `- set_fact: { dry: "{{ ansible_check_mode }}" }\n- name: t\n${task.replace(/^/gm, '  ')}\n`,
        { 'templates/note.j2': '{% if ansible_check_mode %}a{% else %}b{% endif %}' },
    );
    expect(tasks.find(({ name }) => name === 't')).toMatchObject({
        runsByCheckMode: decides === 'runs',
        actsByCheckMode: decides === 'acts',
    });
});

test.each(['', '- [', 'a: b: c', '{{', '\0', '['.repeat(20_000), '- &a [*a]', 'x: !y z', '- hosts: all\n  tasks: 5'])(
    'a broken playbook is read as far as it goes, never a throw: %#',
    (text) => {
        expect(reading({ 'fix.yml': text }).tasks).toEqual([]);
    },
);

test('files that include themselves, and roles that depend on each other, come to an end', () => {
    const found = ofTasks('- include_tasks: a.yml\n- include_role: { name: r }\n', {
        'a.yml': '- ping:\n- include_tasks: a.yml\n- include_tasks: a.yml\n',
        'roles/r/meta/main.yml': 'dependencies: [r, s]\n',
        'roles/s/meta/main.yml': 'dependencies: [r]\n',
        'roles/s/tasks/main.yml': '- ping:\n',
    });
    expect(found.tasks.length).toBeLessThanOrEqual(2_000);
});
