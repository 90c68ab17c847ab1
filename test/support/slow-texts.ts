/** A text of about so many characters that was made to be slow to look through. */
export type SlowText = (characters: number) => string;

const repeated =
    (unit: string): SlowText =>
    (characters) =>
        unit.repeat(Math.ceil(characters / unit.length)).slice(0, characters);

/** Each is the beginning of something that is looked for, again and again, and never its end. */
export const SLOW_TEXTS: Record<string, SlowText> = {
    'half JSON web tokens': repeated('eyJ-'),
    'JSON web tokens that never end': repeated('eyJaaaaaaaa.'),
    'half addresses with passwords': repeated('a://b:'),
    'names of hosts before an @': (characters) => `${repeated('a.')(characters - 1)}@`,
    'names of secrets': (characters) => `${repeated('a-')(characters - 5)}token`,
    'secrets with an open quote': repeated('token="'),
    'secrets with quotes of two kinds': (characters) => `token="${repeated("token='")(characters - 7)}`,
    'beginnings of private keys': repeated('-----BEGIN '),
    'half private keys': repeated('-----BEGIN PRIVATE KEY'),
    'the words of a private key': (characters) => `-----BEGIN ${repeated('PRIVATE KEY ')(characters - 11)}`,
    'beginnings of vaults': repeated('$ANSIBLE_VAULT;\nab x'),
    'a vault of one long line': (characters) => `$ANSIBLE_VAULT;\n${repeated('ab')(characters - 17)}x`,
    'a word of credentials and spaces': (characters) => `Bearer${repeated(' ')(characters - 7)}x`,
    spaces: (characters) => `a${repeated(' ')(characters - 2)}b`,
    'line breaks and spaces': repeated('\n \t'),
    'invisible characters': repeated('\u200b'),
    'half characters': repeated('\ud800'),
    'marks of formats': repeated('*_`~<>&|['),
    backslashes: repeated('\\"'),
    'open braces': repeated('{{'),
    dots: (characters) => `a${repeated('.')(characters - 2)}b`,
    dashes: repeated('-'),
    'fences of code': repeated('`'),
    'links that never end': repeated('<http:'),
    'single quotes': repeated(" '"),
    'names of temporary files': repeated('--- before: /tmp/ansible-local-a/tmpa/\n'),
};
