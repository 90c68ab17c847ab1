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
        expect(lintPlaybook(text, ['path']).faults).toEqual([{
            line: line > 0 ? line : expect.any(Number), field: expect.any(String),
            message: expect.stringContaining('could become a command'), cure: expect.stringContaining('argv'),
        }]);
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
        expect(lintPlaybook(task(body), ['path']).faults).toEqual([]);
    });
});

test('included task files are named, templates are not', () => {
    const text = task('include_tasks: tasks/a.yml') + task('ansible.builtin.import_tasks:\n  file: b.yml') + task('include_tasks: "{{ x }}.yml"');
    expect(lintPlaybook(text, []).includes).toEqual(['tasks/a.yml', 'b.yml']);
});

test.each(['', '- [', 'a: b: c', '{{', '\0', `${'['.repeat(20_000)}`, '- &a [*a]', 'x: !y z'])('a broken playbook gives faults, never a throw: %#', (text) => {
    for (const fault of lintPlaybook(text, ['path']).faults) expect(fault.line).toBeGreaterThan(0);
});
