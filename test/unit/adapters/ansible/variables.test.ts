import { execFileSync } from 'node:child_process';
import { variablesYaml } from '../../../../nodes/adapters/ansible/variables';
import type { ParameterValue } from '../../../../nodes/core/model/runbook';

/** What PyYAML, the reader that Ansible uses, makes of it; `!unsafe` values become ["unsafe", value]. */
function readByPython(yaml: string): unknown {
    const script =
        'import sys,json,yaml\n' +
        'L = yaml.CSafeLoader if hasattr(yaml, "CSafeLoader") else yaml.SafeLoader\n' +
        'L.add_constructor("!unsafe", lambda l, n: ["unsafe", l.construct_scalar(n)])\n' +
        'print(json.dumps(yaml.load(sys.stdin.buffer.read(), L)))';
    return JSON.parse(execFileSync('/usr/bin/python3', ['-c', script], { input: yaml, encoding: 'utf8' }));
}

test('every string comes back from YAML as it was, marked unsafe', () => {
    const texts = [
        'plain',
        '',
        ' ',
        '{{ 7*7 }}',
        '"',
        '\\',
        "it's",
        'a: b',
        '- x',
        '# no comment',
        '!unsafe x',
        '\n\r\t\0',
        '\u007f\u0085\u2028\u2029\ufeff',
        'caf\u00e9 \u4f60\u597d \u{1f600}',
        '%{x}',
        'yes',
        '1e3',
        '~',
        '*a',
        '&a',
        '|',
        '>',
    ];
    const parameters = Object.fromEntries(texts.map((text, index) => [`p${index}`, text]));
    expect(readByPython(variablesYaml(parameters))).toEqual(
        Object.fromEntries(texts.map((text, index) => [`p${index}`, ['unsafe', text]])),
    );
});

test('half of a surrogate pair becomes the replacement character', () => {
    expect(readByPython(variablesYaml({ a: 'x\ud800y' }))).toEqual({ a: ['unsafe', 'x\ufffdy'] });
});

test('numbers and booleans keep their type and value', () => {
    const parameters = { a: 1, b: -2.5, c: 1e21, d: 1e-7, e: 1.5e300, f: true, g: false, n: 0 };
    expect(readByPython(variablesYaml(parameters))).toEqual(parameters);
});

test('names that YAML would read as something else stay names', () => {
    expect(readByPython(variablesYaml({ yes: 1, null: 2, on: 3, y: 4 }))).toEqual({ yes: 1, null: 2, on: 3, y: 4 });
});

test('no parameters are an empty mapping', () => {
    expect(readByPython(variablesYaml({}))).toEqual({});
});

test.each([
    'ansible_python_interpreter',
    'ansible_shell_executable',
    'ansible_host',
    'hostvars',
    'groups',
    'environment',
    'vars',
    'omit',
    'inventory_hostname',
    'Name',
    '1a',
    '_private',
    'a-b',
    'a b',
    '',
    'a\n',
    '{{x}}',
    'x'.repeat(65),
    '__proto__',
])('the variable name %j is refused', (name) => {
    const parameters = new Map<string, ParameterValue>([[name, 'x']]);
    expect(() => variablesYaml(Object.fromEntries(parameters))).toThrow(
        expect.objectContaining({ code: 'PARAMETER_INVALID' }),
    );
});

test.each([NaN, Infinity, -Infinity])('the number %p is refused', (value) => {
    expect(() => variablesYaml({ a: value })).toThrow(expect.objectContaining({ code: 'PARAMETER_INVALID' }));
});
