import { parseRunbook, problemText } from '../../../../nodes/core/runbook/parse';
import { GOOD_RUNBOOK, knowledgeRunbook } from '../../../support/runbook-text';

const FILE = 'runbooks/disk-filling.yaml';

function problemsOf(text: string) {
    const parsed = parseRunbook(text, FILE);
    return 'problems' in parsed ? parsed.problems : [];
}

/** Each problem names the file, a line within it, a message and a cure. */
function expectProblem(text: string, field: string, message: string | RegExp, line?: number): void {
    const problems = problemsOf(text);
    for (const problem of problems) {
        expect(problem).toEqual({
            file: FILE,
            line: expect.any(Number),
            field: expect.any(String),
            message: expect.stringMatching(/^[^\n]+\.$/),
            cure: expect.stringMatching(/^[^\n]+\.$/),
        });
    }
    expect(problems).toContainEqual(
        expect.objectContaining({
            field,
            message: expect.stringMatching(message),
            ...(line !== undefined && { line }),
        }),
    );
}

function spoiled(from: string, to: string): string {
    expect(GOOD_RUNBOOK).toContain(from);
    return GOOD_RUNBOOK.replace(from, () => to);
}

describe('a good file', () => {
    test('becomes a runbook', () => {
        const parsed = parseRunbook(GOOD_RUNBOOK, FILE);
        expect(parsed).toMatchObject({
            runbook: {
                id: 'disk-filling',
                file: FILE,
                digest: expect.stringMatching(/^[0-9a-f]{64}$/),
                alerts: [
                    [{ name: 'alertname', op: '=', value: 'DiskFilling' }],
                    [{ op: '=~' }, { name: 'severity', op: '!=', value: 'info' }],
                ],
                checks: [{ id: 'used', unit: 'ratio', holds: { op: '>', value: 0.9 } }],
                causes: [{ when: ['used'], action: 'clean-spool', parameters: { keep_days: 1 } }],
                actions: [
                    {
                        id: 'clean-spool',
                        risk: 'low',
                        tags: ['clean'],
                        target: 'host',
                        parameters: { path: { maxLength: 200, from: 'path' } },
                        verify: { withinSeconds: 120 },
                        rollback: { playbook: 'playbooks/restore-spool.yml' },
                    },
                ],
            },
        });
    });

    test('knows the line of its parts', () => {
        const parsed = parseRunbook(GOOD_RUNBOOK, FILE);
        expect('lineOf' in parsed && parsed.lineOf(['actions', 0, 'playbook'])).toBe(25);
        expect('lineOf' in parsed && parsed.lineOf(['actions', 0, 'absent'])).toBe(21);
    });

    test('may be knowledge only', () => {
        expect(parseRunbook(knowledgeRunbook('disk-filling'), FILE)).toMatchObject({
            runbook: { checks: [], causes: [], actions: [], knowledge: '' },
        });
    });
});

describe('text that is no plain YAML is refused', () => {
    const bomb = [
        'a: &a [x]',
        ...'bcdefghij'
            .split('')
            .map((key, index) => `${key}: &${key} [${Array(9).fill(`*${'abcdefghi'[index]}`).join(',')}]`),
    ].join('\n');
    test.each<[string, string, RegExp, number]>([
        ['nothing', '', /The file must be a map of keys, but is empty/, 1],
        ['a list', '- a\n', /must be a map/, 1],
        ['a word', 'hello', /must be a map/, 1],
        ['an alias bomb', bomb, /uses the a/, 1],
        ['an anchor', 'id: &x disk-filling\ntitle: *x\n', /anchor &x/, 1],
        ['an alias', 'id: &x disk-filling\ntitle: *x\n', /alias \*x/, 2],
        ['an unknown tag', 'id: a\ntitle: !exec rm\n', /not valid YAML|tag/, 2],
        ['a known tag', 'id: a\ntitle: !!binary aGk=\n', /tag|not valid YAML/, 2],
        ['a doubled key', 'id: a\ntitle: b\nid: c\n', /same key twice/, 3],
        ['a tab', 'alerts:\n\t- a\n', /tab/, 2],
        ['an open quote', 'id: "a\ntitle: b\n', /not valid YAML: Missing closing/, 3],
        ['two documents', 'id: a\n---\nid: b\n', /more than one document/, 2],
        ['a key that is a list', '? [a]\n: b\n', /key that is not a plain text/, 1],
        ['a key that is a number', '1: b\n', /key that is not a plain text/, 1],
        ['a key of the prototype', 'id: a\n__proto__: { x: 1 }\n', /key that is not a plain text/, 2],
        ['bottomless nesting', `id: ${'['.repeat(50_000)}`, /too deep/, 1],
        ['a megabyte', `knowledge: "${'x'.repeat(1_000_000)}"`, /more than 262144/, 1],
        ['zero bytes', 'id: a\0b\n', /./, 1],
    ])('%s', (_what, text, message, line) => expectProblem(text, expect.any(String), message, line));
});

describe('a wrong shape names line, field and cure', () => {
    test.each<[string, string, string, string | RegExp, number]>([
        ['id: disk-filling', 'id: 7', 'id', 'must be a text, but is 7', 1],
        ['id: disk-filling', 'id: Disk', 'id', 'wrong form: "Disk"', 1],
        ['title: Disk is filling up\n', '', 'title', 'This key is missing', 1],
        ['title: Disk is filling up', 'titel: Disk', 'titel', 'no key "titel"', 2],
        ['title: Disk is filling up', 'title:', 'title', 'but is empty', 2],
        ['title: Disk is filling up', 'title: [a]', 'title', 'but is a list', 2],
        ['    holds: "> 0.9"', '    holds: 0.9', 'checks[0].holds', 'must be a text', 13],
        ['    holds: "> 0.9"', '    holds: "about 0.9"', 'checks[0].holds', 'wrong form', 13],
        ['when: [used]', 'when: used', 'causes[0].when', 'must be a list', 16],
        ['confidence: 0.9', 'confidence: 90%', 'causes[0].confidence', 'must be a number', 17],
        ['confidence: 0.9', 'confidence: 90', 'causes[0].confidence', 'must be at most 1', 17],
        ['confidence: 0.9', 'confidence: .nan', 'causes[0].confidence', 'must be a number', 17],
        [
            'parameters: { keep_days: 1 }',
            'parameters: { keep_days: [1] }',
            'causes[0].parameters.keep_days',
            'must be a text, a number, or true or false',
            19,
        ],
        ['risk: low', 'risk: none', 'actions[0].risk', 'must be one of low, medium, high', 24],
        ['    risk: low\n', '', 'actions[0].risk', 'is missing', 21],
        ['target: host', 'target: "{{host}}"', 'actions[0].target', 'wrong form', 27],
        ['target: host', 'target: "=web*"', 'actions[0].target', 'wrong form', 27],
        [
            'keep_days: { type: integer',
            'keep_days: { type: date',
            'actions[0].parameters.keep_days.type',
            'must be one of string',
            29,
        ],
        ['keep_days: { type', 'Keep-Days: { type', 'actions[0].parameters.Keep-Days', 'wrong form of a name', 29],
        ['within: 2m', 'within: 2 minutes', 'actions[0].verify.within', 'a duration such as', 31],
        ['within: 2m', 'inside: 2m', 'actions[0].verify.within', 'is missing', 31],
        ['tags: [clean]', 'tags: ["a,b"]', 'actions[0].tags[0]', 'wrong form', 26],
        ['tags: [clean]', 'tags: ["--extra-vars"]', 'actions[0].tags[0]', 'wrong form', 26],
    ])('%s → %s', (from, to, field, message, line) => expectProblem(spoiled(from, to), field, message, line));

    test.each([
        '/etc/x.yml',
        '../x.yml',
        'playbooks/../../x.yml',
        '-x.yml',
        './x.yml',
        'playbooks//x.yml',
        'x.sh',
        'a b.yml',
        'x.yml\n',
        'C:\\\\x.yml',
    ])('a playbook at %j', (path) => {
        expectProblem(
            spoiled('playbook: playbooks/clean-spool.yml', `playbook: "${path.replace('\n', '\\n')}"`),
            'actions[0].playbook',
            'wrong form',
            25,
        );
        expectProblem(
            spoiled('playbook: playbooks/restore-spool.yml', `playbook: "${path.replace('\n', '\\n')}"`),
            'actions[0].rollback.playbook',
            'wrong form',
            32,
        );
    });

    test('all problems of a file are told at once, in the order of its lines', () => {
        const lines = problemsOf(
            spoiled('risk: low', 'risk: none')
                .replace('confidence: 0.9', 'confidence: x')
                .replace('title: Disk', 'titel: Disk'),
        ).map(({ line }) => line);
        expect(lines).toEqual([...lines].sort((one, other) => one - other));
        expect(lines.length).toBeGreaterThanOrEqual(4);
    });
});

describe('a wrong reference or rule names line, field and cure', () => {
    test.each<[string, string, string, string | RegExp, number]>([
        ['id: disk-filling', 'id: disk-full', 'id', 'the file is named "disk-filling"', 1],
        ['- alertname="DiskFilling"', '- alertname=DiskFilling severity=x', 'alerts[0]', 'misses a comma', 4],
        ['- alertname="DiskFilling"', '- "{}"', 'alerts[0]', 'empty', 4],
        ['- alertname="DiskFilling"', '- alertname=~"(?!x).*"', 'alerts[0]', 'is not valid', 4],
        ['checks:\n', 'checks:\n  - { id: used, title: Twin, query: up }\n', 'checks[1].id', 'used twice', 10],
        [
            'query: disk_used_bytes{instance="{{instance}}"}',
            "query: disk_used_bytes{instance='{{instance}}'}",
            'checks[0].query',
            'outside of double quotes',
            11,
        ],
        ['} < 0.8', '} < {{limit}}', 'actions[0].verify.check', 'outside of double quotes', 31],
        ['when: [used]', 'when: [free]', 'causes[0].when[0]', 'no check "free"', 16],
        ['    holds: "> 0.9"\n', '', 'causes[0].when[0]', 'no "holds"', 15],
        ['action: clean-spool', 'action: format-disk', 'causes[0].action', 'no action "format-disk"', 18],
        ['    action: clean-spool\n', '', 'causes[0].parameters', 'no action', 18],
        [
            'parameters: { keep_days: 1 }',
            'parameters: { days: 1 }',
            'causes[0].parameters.days',
            'no parameter "days"',
            19,
        ],
        [
            'parameters: { keep_days: 1 }',
            'parameters: { keep_days: 99 }',
            'causes[0].parameters.keep_days',
            'at most 30',
            19,
        ],
        [
            'parameters: { keep_days: 1 }',
            'parameters: { keep_days: one }',
            'causes[0].parameters.keep_days',
            'of type integer',
            19,
        ],
        [
            ', max_length: 200, from: path',
            '',
            'causes[0].action',
            '"path" of the action "clean-spool" would have no value',
            18,
        ],
        ['default: 1 }', 'default: 99 }', 'actions[0].parameters.keep_days.default', 'at most 30', 29],
        [
            'minimum: 0, maximum: 30',
            'minimum: 31, maximum: 30',
            'actions[0].parameters.keep_days.minimum',
            'above maximum',
            29,
        ],
        ['minimum: 0,', 'pattern: "x",', 'actions[0].parameters.keep_days.pattern', 'for strings only', 29],
        ['minimum: 0,', 'enum: [1, two],', 'actions[0].parameters.keep_days.enum[1]', 'of type integer', 29],
        ['pattern: "^/[A-Za-z0-9._/-]+$", ', '', 'actions[0].parameters.path', 'needs enum or pattern', 30],
        ['pattern: "^/[A-Za-z0-9._/-]+$"', 'pattern: "(a"', 'actions[0].parameters.path.pattern', 'is not valid', 30],
        [
            'pattern: "^/[A-Za-z0-9._/-]+$"',
            'pattern: "(a)\\\\1"',
            'actions[0].parameters.path.pattern',
            'is not valid',
            30,
        ],
        [
            'pattern: "^/[A-Za-z0-9._/-]+$"',
            'pattern: "(?i)a"',
            'actions[0].parameters.path.pattern',
            'JSON Schema does not have',
            30,
        ],
        [
            '      path: {',
            '      ansible_python_interpreter: {',
            'actions[0].parameters.ansible_python_interpreter',
            'meaning of its own',
            30,
        ],
        ['      path: {', '      hostvars: {', 'actions[0].parameters.hostvars', 'meaning of its own', 30],
        ['      path: {', '      lookup: {', 'actions[0].parameters.lookup', 'function of Ansible templates', 30],
        ['      path: {', '      class: {', 'actions[0].parameters.class', 'template language', 30],
    ])('%s → %s', (from, to, field, message, line) => expectProblem(spoiled(from, to), field, message, line));
});

describe('wrong types at every place', () => {
    const lines = GOOD_RUNBOOK.split('\n');
    const places = lines.flatMap((line, index) => (/^\s*(- )?[a-z_]+:( |$)/.test(line) ? [index] : []));
    const strangers = [
        'null',
        '[]',
        '{}',
        '1e400',
        '{ a: { b: [1] } }',
        '"\\u0000\\u202e{{ 7*7 }}"',
        'true',
        '2026-01-01',
        `"${'x'.repeat(60_000)}"`,
    ];

    test.each(places)('line %i ends in a runbook or in problems, never in a throw', (index) => {
        for (const stranger of strangers) {
            const text = lines.with(index, (lines[index] ?? '').replace(/:( .*)?$/, `: ${stranger}`)).join('\n');
            for (const problem of problemsOf(text)) {
                expect(problem).toMatchObject({ file: FILE, cure: expect.stringMatching(/./) });
                expect(problem.line).toBeGreaterThan(0);
                expect(problem.message.length).toBeLessThan(5000);
            }
        }
    });
});

test('a problem reads as one line', () => {
    expect(problemText({ file: 'a.yaml', line: 7, field: 'id', message: 'Wrong.', cure: 'Mend it.' })).toBe(
        'a.yaml:7 id: Wrong. Mend it.',
    );
    expect(problemText({ file: 'a.yaml', line: 7, field: '', message: 'Wrong.', cure: 'Mend it.' })).toBe(
        'a.yaml:7 Wrong. Mend it.',
    );
});
