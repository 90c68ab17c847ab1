import { compileRegex } from '../../../../nodes/core/text/regex';

describe('a regular expression', () => {
    test.each([
        ['Node.*', 'NodeDown', true],
        ['Node', 'NodeDown', false],
        ['a|bc', 'bc', true],
        ['a|bc', 'abc', false],
        ['(a|b)+c{2,3}', 'abbacc', true],
        ['(a|b)+c{2,3}', 'abbac', false],
        ['(a|b)+c{2,3}', 'abbacccc', false],
        ['x{2}', 'xx', true],
        ['x{2,}', 'xxxxx', true],
        ['x{,2}', 'x{,2}', true],
        ['', '', true],
        ['.+', '', false],
        ['.*', 'two\nlines', true],
        ['web-\\d+\\.example\\.com', 'web-12.example.com', true],
        ['[a-c]+', 'abcd', false],
        ['[^a-c]+', 'xyz', true],
        ['[]x]+', ']x]', true],
        ['[a-]+', 'a-a', true],
        ['[\\d\\-_]+', '1-_', true],
        ['[[:alpha:]]+[[:punct:]]', 'ab]', true],
        ['[\\W]+', '-/ ', true],
        ['\\S+', 'a b', false],
        ['(?i)DISK(full)?', 'diskFULL', true],
        ['(?i:a)b', 'Ab', true],
        ['(?i:a)b', 'AB', false],
        ['(?:a)(?P<name>b)(?<other>c)', 'abc', true],
        ['\\pL+\\p{Greek}', 'éλ', true],
        ['\\x41\\x{1f600}', 'A😀', true],
        ['.', '😀', true],
        ['^a$|\\Ab\\z', 'b', true],
        ['a\\b.\\Bc?', 'a-', true],
        ['\\"\\-\\/\\@', '"-/@', true],
        ['(a*)*b', 'aaab', true],
        ['(|a)*', 'aa', true],
        ['a+?b??', 'aab', true],
    ])('%s on %j is %s', (source, text, expected) => {
        expect(compileRegex(source)(text)).toBe(expected);
    });

    test.each([
        '(?=a)',
        '(?<!a)',
        '(a)\\1',
        'a**',
        '*a',
        '(a',
        'a)',
        '[a',
        'a\\',
        '[z-a]',
        '[a-\\d]',
        'a{2,1}',
        'a{1001}',
        '\\q',
        '\\p{Nonsense}',
        '[[:nonsense:]]',
        '\\xzz',
        '(((a{1000}){1000}){1000})',
        'a'.repeat(2_001),
    ])('%s is refused with a cure', (source) => {
        expect(() => compileRegex(source)).toThrow(
            expect.objectContaining({ code: 'CONFIG_INVALID', cure: expect.stringMatching(/\.$/) }),
        );
    });

    test('no text makes it go back: the classical killers end', () => {
        const long = 'a'.repeat(20_000);
        for (const source of ['(a+)+b', '(a|a)*b', '(a*)*b', '([a-z]+)*\\d', '(.*)(.*)(.*)(.*)x']) {
            expect(compileRegex(source)(long)).toBe(false);
        }
    });
});
