import { formatMatchers, matches, parseMatchers } from '../../../../nodes/core/text/matcher';

describe('a matcher list is read', () => {
    test.each([
        ['alertname="DiskFilling"', [['alertname', '=', 'DiskFilling']]],
        [
            '{alertname="A", severity!="info",}',
            [
                ['alertname', '=', 'A'],
                ['severity', '!=', 'info'],
            ],
        ],
        [
            'a=~"x.*",b!~"y|z"',
            [
                ['a', '=~', 'x.*'],
                ['b', '!~', 'y|z'],
            ],
        ],
        [' { } ', []],
        ['', []],
        ['team = ops', [['team', '=', 'ops']]],
        ['"weird name, {=}"="v"', [['weird name, {=}', '=', 'v']]],
        ['büro.ort="Köln"', [['büro.ort', '=', 'Köln']]],
        ['a="say \\"hi\\", {x}\\n\\t\\\\"', [['a', '=', 'say "hi", {x}\n\t\\']]],
        ['a="\\x41\\u00e9\\U0001f600"', [['a', '=', 'Aé😀']]],
        ['a=""', [['a', '=', '']]],
    ])('%s', (text, expected) => {
        expect(parseMatchers(text).map(({ name, op, value }) => [name, op, value])).toEqual(expected);
    });
});

describe('a wrong matcher list is refused with place and cure', () => {
    test.each([
        ['a', 'operator', 2],
        ['a=', 'a value', 3],
        ['="x"', 'a label name', 1],
        ['a="x" b="y"', 'comma', 7],
        ['{a="x"', 'brace', 7],
        ['a="x"}', 'comma', 6],
        ['{a="x"} b', 'after its end', 9],
        ['a="x', 'a value', 3],
        ['a==b', 'a value', 3],
        ['""="x"', 'empty label name', 3],
        ['a="\\q"', 'unknown escape \\q', 7],
        ['a="\\U7fffffff"', 'unknown escape', 15],
        [',', 'a label name', 1],
        ["a='x'", 'a value', 3],
    ])('%s', (text, what, character) => {
        expect(() => parseMatchers(text)).toThrow(
            expect.objectContaining({
                code: 'CONFIG_INVALID',
                message: expect.stringMatching(new RegExp(`at character ${character}\\.$`)),
            }),
        );
        expect(() => parseMatchers(text)).toThrow(what);
    });

    test('a bad regular expression', () => {
        expect(() => parseMatchers('a=~"(x"')).toThrow('missing closing');
        expect(() => parseMatchers('a!~"(?=x)"')).toThrow('is not valid');
    });

    test('a list of megabytes', () => {
        expect(() => parseMatchers(`a="${'x'.repeat(1_000_000)}"`)).toThrow('more than 4000 characters');
    });
});

describe('matchers on labels', () => {
    const labels = { alertname: 'DiskFilling', severity: 'critical', note: 'two\nlines' };
    test.each([
        ['alertname="DiskFilling"', true],
        ['alertname="diskfilling"', false],
        ['alertname=~"Disk"', false],
        ['alertname=~"Disk.*"', true],
        ['alertname!~"Disk.*"', false],
        ['note=~"two.*"', true],
        ['absent=""', true],
        ['absent!=""', false],
        ['absent=~".+"', false],
        ['absent!~".+"', true],
        ['constructor=""', true],
        ['__proto__=""', true],
        ['alertname="DiskFilling", severity="warning"', false],
        ['', true],
    ])('%s is %s', (text, expected) => {
        expect(matches(parseMatchers(text), labels)).toBe(expected);
    });
});

test('a formatted list reads back as the same matchers', () => {
    const matchers = parseMatchers('a="x\\"y\\\\\\n", "odd name"=~"b.*"');
    expect(parseMatchers(formatMatchers(matchers))).toEqual(matchers);
});
