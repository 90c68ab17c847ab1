import { parse } from '../../botkube-plugin/executor/parse';
import { EATEN_FLAGS, VERBS } from '../../botkube-plugin/executor/verbs';
import { FixError } from '../../nodes/core/errors';

function refused(command: string): string {
    try {
        parse(command);
    } catch (thrown) {
        if (thrown instanceof FixError) return `${thrown.code} ${thrown.message} ${thrown.cure}`;
        throw thrown;
    }
    throw new Error(`taken: ${command}`);
}

const flagsOf = (command: string): Record<string, string> => Object.fromEntries(parse(command).flags);
const wordsOf = (command: string): string[] => parse(command).words;

test('the bare name, help and --help', () => {
    expect(parse('fix')).toEqual({ verb: '', words: [], flags: new Map() });
    expect(parse('  fix   ').verb).toBe('');
    for (const command of ['fix help', 'fix --help', 'fix -h', 'fix diagnose --help', 'fix HELP'])
        expect(parse(command).verb).toBe('help');
});

test('flags with = and with a space, words between them, case and long dashes', () => {
    expect(parse('fix Diagnose HighCPU --label=host=web-1 --namespace shop')).toEqual({
        verb: 'diagnose',
        words: ['HighCPU'],
        flags: new Map([
            ['label', 'host=web-1'],
            ['namespace', 'shop'],
        ]),
    });
    expect(flagsOf('fix alerts \u2014severity=critical')).toEqual({ severity: 'critical' });
    expect(flagsOf('fix alerts --Severity="very bad"')).toEqual({ severity: 'very bad' });
    expect(flagsOf('fix diagnose x --label a=1 --label "b=2 3"')).toEqual({ label: 'a=1\nb=2 3' });
    expect(parse('fix diagnose inc-12345678 --again')).toMatchObject({
        words: ['inc-12345678'],
        flags: new Map([['again', '']]),
    });
});

test.each([
    ['doubled apostrophes', `fix ask inc-1 why isn''t it up`, ['inc-1', 'why', "isn't", 'it', 'up']],
    [
        'doubled apostrophes in quotes',
        `fix ask inc-1 "why isn''t up{job=''} up?"`,
        ['inc-1', "why isn't up{job=''} up?"],
    ],
    ['a quoted sentence', 'fix ask inc-1 "why is it (prod) down?"', ['inc-1', 'why is it (prod) down?']],
    ['Go-quoted input', 'fix ask inc-1 "a \\"q\\" b\\nc \\u00e9 \\\\ \\x41"', ['inc-1', 'a "q" b\nc é \\ A']],
    ['smart quotes', 'fix ask inc-1 \u201cwhy now\u201d', ['inc-1', 'why now']],
    [
        'smart single quotes',
        'fix ask inc-1 \u2018why isn\u2019t it\u2019',
        ['inc-1', "why isn't it".replace("'", '\u2019')],
    ],
    ['a smart apostrophe', 'fix ask inc-1 isn\u2019t', ['inc-1', "isn't"]],
    ['an unbalanced quote', 'fix ask inc-1 "why is it', ['inc-1', 'why is it']],
    ['an unbalanced apostrophe', "fix ask inc-1 'tis", ['inc-1', "'tis"]],
    ['a quote inside a word', 'fix ask inc-1 5"disk', ['inc-1', '5"disk']],
    ['link markup with a label', 'fix diagnose <http://web-1.example.com|web-1.example.com>', ['web-1.example.com']],
    ['link markup without one', 'fix diagnose <http://web-1:9100/x?y=1>', ['http://web-1:9100/x?y=1']],
    ['a mail address', 'fix ask inc-1 <mailto:a@b.c|a@b.c>', ['inc-1', 'a@b.c']],
    ['a channel', 'fix ask inc-1 <#C012|alerts>', ['inc-1', '#alerts']],
    ['a person', 'fix ask inc-1 <@U012>', ['inc-1', '<@U012>']],
    ["Slack's entities", 'fix ask inc-1 "a &gt; b &amp;&amp; c &lt; d"', ['inc-1', 'a > b && c < d']],
    ["the action template's entities", 'fix diagnose "A&#34;B &#43; &#x27;C&#39; &quot;"', ['A"B + \'C\' "']],
    ['entities are decoded once', 'fix ask inc-1 &amp;lt;', ['inc-1', '&lt;']],
    ['line breaks', 'fix ask inc-1\n"two\nlines"', ['inc-1', 'two\nlines']],
])('%s', (_what, command, words) => {
    expect(wordsOf(command)).toEqual(words);
});

test('an escaped quote in a value of an action neither ends the value nor adds flags', () => {
    expect(parse('fix diagnose --alert "A&#34; --again --label x=&#34;y" --namespace "shop"')).toEqual({
        verb: 'diagnose',
        words: [],
        flags: new Map([
            ['alert', 'A" --again --label x="y'],
            ['namespace', 'shop'],
        ]),
    });
    expect(parse('fix diagnose "--again"')).toMatchObject({ words: ['--again'], flags: new Map() });
});

test('flags of Botkube are never ours, and ignored when they come through', () => {
    for (const { flags } of Object.values(VERBS))
        for (const name of Object.keys(EATEN_FLAGS)) expect(flags).not.toHaveProperty([name]);
    expect(parse('fix show inc-1 --bk-cmd-header="Show it" --all-clusters --cluster-name dev --filter')).toEqual({
        verb: 'show',
        words: ['inc-1'],
        flags: new Map(),
    });
    expect(wordsOf('fix ask inc-1 what does ls -h say')).toEqual(['inc-1', 'what', 'does', 'ls', '-h', 'say']);
    expect(refused('fix ask inc-1 what does --all do')).toContain('goes in double quotes');
    expect(wordsOf('fix ask inc-1 -- --severity is what')).toEqual(['inc-1', '--severity', 'is', 'what']);
});

test('an unknown command or flag is named, with the nearest', () => {
    expect(refused('fix diagnos x')).toBe('INPUT_INVALID “diagnos” is no command. Did you mean fix diagnose?');
    expect(refused('fix aprove x')).toContain('Did you mean fix approve?');
    expect(refused('fix zzzzzz')).toContain('Try one of: fix alerts, fix diagnose');
    expect(refused('fix alerts --severty=x')).toBe(
        'INPUT_INVALID “--severty” is no flag of fix alerts. Did you mean --severity?',
    );
    expect(refused('fix alerts --constructor=x')).toContain('is no flag');
    expect(refused('fix --severity=x')).toContain('is no flag');
    expect(refused('fix alerts --severity')).toBe(
        'INPUT_INVALID The flag --severity needs a value. Write --severity=value.',
    );
    expect(refused('fix show inc-1 --x')).toContain('see fix help');
});

test.each([
    ['command', 'fix ', 'x'],
    ['flag', 'fix alerts --', 'x'],
    ['links that never end', 'fix ask inc-1 ', '<http:'],
    ['channels that never end', 'fix ask inc-1 ', '<#C1|'],
])(
    'five megabytes of %s are read in hardly more memory than they take',
    (_what, before, piece) => {
        const at = process.memoryUsage().rss;
        try {
            parse(before + piece.repeat((5 * 1024 * 1024) / piece.length));
        } catch (thrown) {
            expect(thrown).toBeInstanceOf(FixError);
        }
        expect(process.memoryUsage().rss - at).toBeLessThan(600 * 1024 * 1024);
    },
    10_000,
);

test('hostile text gives words or a sentence, never anything else', () => {
    const pieces = [
        '"',
        "'",
        '\\',
        '--',
        '=',
        '<',
        '|',
        '>',
        '&#',
        '&#34;',
        '\u201c',
        '\u2019',
        ' ',
        '\n',
        'x',
        '&#99999999;',
        '\ud800',
        '__proto__',
        'fix',
    ];
    let seed = 7;
    const next = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648);
    for (let round = 0; round < 3_000; round += 1) {
        const text = Array.from({ length: next() % 14 }, () => pieces[next() % pieces.length]).join('');
        try {
            expect(Array.isArray(parse(`fix ask ${text}`).words)).toBe(true);
        } catch (thrown) {
            expect(thrown).toBeInstanceOf(FixError);
        }
    }
});
