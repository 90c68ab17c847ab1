import { lintPlaybook } from '../../../../nodes/core/runbook/playbook-lint';

const task = (body: string): string => `- hosts: all\n  tasks:\n    - name: t\n${body.replace(/^/gm, '      ')}\n`;

describe('a text parameter in a free-form command is found', () => {
    test.each<[string, string, number]>([
        ['shell', 'shell: rm -r {{ path }}', 4],
        ['shell with a filter', 'shell: "echo \'{{ path | quote }}\'"', 4],
        ['shell as a map', 'ansible.builtin.shell:\n  cmd: ls {{ path }}', 4],
        ['raw', 'raw: ls {{path}}', 4],
        ['command', 'command: ls {{ path }}', 4],
        ['script', 'script: clean.sh {{ path }}', 4],
        ['a statement', 'shell: "{% if path %}x{% endif %}"', 4],
        ['a block', 'block:\n  - shell: ls {{ path }}', 5],
        ['a lookup by name', "shell: ls {{ vars['path'] }}", 4],
        ['a loop over it', 'shell: ls {{ item }}\nloop: ["{{ path }}"]', 4],
        ['a variable made of it', 'shell: ls {{ folder }}\nvars:\n  folder: "{{ path }}/x"', 4],
        ['a variable made of a variable', 'set_fact:\n  a: "{{ b }}"\nvars:\n  b: "{{ path }}"\n', -1],
    ])('%s', (_what, body, line) => {
        const text = line > 0 ? task(body) : `${task(body)}    - shell: ls {{ a }}\n`;
        expect(lintPlaybook(text, ['path'])).toEqual([
            {
                line: line > 0 ? line : expect.any(Number),
                field: expect.any(String),
                message: expect.stringContaining('could become a command'),
                cure: expect.stringContaining('argv'),
            },
        ]);
    });
});

describe('what is safe is left alone', () => {
    test.each([
        ['argv', 'command:\n  argv: [ls, "{{ path }}"]'],
        ['environment', 'shell: ls "$FOLDER"\nenvironment: { FOLDER: "{{ path }}" }'],
        ['a loop over something else', 'shell: ls {{ item }}\nloop: [a, b]'],
        ['another variable', 'shell: ls {{ other }}'],
        ['a word that only contains the name', 'shell: ls {{ path_of_log }}'],
        ['the name outside of a template', 'shell: ls path'],
        ['a module', 'file: { path: "{{ path }}", state: absent }'],
        ['a tag of Ansible', 'vars: { a: !unsafe "{{ path }}" , b: !vault "x" }'],
    ])('%s', (_what, body) => {
        expect(lintPlaybook(task(body), ['path'])).toEqual([]);
    });
});

describe('what acts in a dry run is found', () => {
    test.each([
        ['a command', 'command: reboot\ncheck_mode: false', 5],
        ['another way to say no', 'ansible.builtin.shell: reboot\ncheck_mode: no', 5],
        ['a nought', 'command: reboot\ncheck_mode: 0', 5],
        ['a nought as text', 'command: reboot\ncheck_mode: "0"', 5],
        ['a letter', 'command: reboot\ncheck_mode: f', 5],
        ['a module', 'service: { name: nginx, state: restarted }\ncheck_mode: "off"', 5],
        ['a template that may come to no', 'command: reboot\ncheck_mode: "{{ never }}"', 5],
        ['one that says it changes something', 'command: reboot\nchanged_when: true\ncheck_mode: false', 6],
        ['a block, whatever is in it', 'block:\n  - ping:\ncheck_mode: false\nchanged_when: false', 6],
        ['included tasks', 'import_tasks: a.yml\ncheck_mode: false', 5],
    ])('%s', (_what, body, line) => {
        expect(lintPlaybook(task(body), [])).toEqual([
            expect.objectContaining({
                line,
                field: 'check_mode',
                message: expect.stringContaining('before anybody has approved'),
            }),
        ]);
    });

    test('a whole play', () => {
        expect(lintPlaybook('- hosts: all\n  check_mode: false\n  tasks: []\n', [])).toEqual([
            expect.objectContaining({ line: 2, field: 'check_mode' }),
        ]);
    });

    test.each([
        ['a command that only reads', 'command: systemctl is-active nginx\ncheck_mode: false\nchanged_when: false'],
        ['a module that only looks', 'ansible.builtin.wait_for: { timeout: 2 }\ncheck_mode: false'],
        [
            'a task that asks whether it is a dry run',
            "command:\n  argv: \"{{ ['test', '-x', x] if ansible_check_mode else [x] }}\"\ncheck_mode: false\nchanged_when: true",
        ],
        ['a task that is only ever a dry run', 'command: reboot\ncheck_mode: true'],
        ['a task that does not speak of it', 'command: reboot'],
    ])('but not %s', (_what, body) => {
        expect(lintPlaybook(task(body), [])).toEqual([]);
    });
});

test.each(['', '- [', 'a: b: c', '{{', '\0', `${'['.repeat(20_000)}`, '- &a [*a]', 'x: !y z'])(
    'a broken playbook gives faults, never a throw: %#',
    (text) => {
        for (const fault of lintPlaybook(text, ['path'])) expect(fault.line).toBeGreaterThan(0);
    },
);
