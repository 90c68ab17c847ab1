/** RE2's ASCII classes `\d`, `\w`, …, as the inside of a JavaScript character class. */
export const PERL_CLASSES: Readonly<Record<string, string>> = {
    d: '0-9',
    w: '0-9A-Za-z_',
    s: '\\t\\n\\f\\r ',
    D: '\\0-\\x2f\\x3a-\\u{10ffff}',
    W: '\\0-\\x2f\\x3a-\\x40\\x5b-\\x5e\\x60\\x7b-\\u{10ffff}',
    S: '\\0-\\x08\\x0b\\x0e-\\x1f\\x21-\\u{10ffff}',
};

/** `[:alpha:]` and its like. */
export const POSIX_CLASSES: Readonly<Record<string, string>> = {
    alnum: '0-9A-Za-z', alpha: 'A-Za-z', ascii: '\\0-\\x7f', blank: '\\t ', cntrl: '\\0-\\x1f\\x7f', digit: '0-9',
    graph: '!-~', lower: 'a-z', print: ' -~', punct: '!-\\/:-@\\[-`\\{-~', space: '\\t\\n\\v\\f\\r ', upper: 'A-Z',
    word: '0-9A-Za-z_', xdigit: '0-9A-Fa-f',
};

/** Characters that have an escape of their own. */
export const CONTROL_ESCAPES: Readonly<Record<string, string>> = {
    a: '\x07', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v',
};

/** `\p{name}` as the inside of a JavaScript class, for a category or a script; undefined for an unknown name. */
export function unicodeClass(letter: string, name: string): string | undefined {
    return [name, `Script=${name}`].map((form) => `\\${letter}{${form}}`).find((inside) => compiles(`[${inside}]`));
}

/** One character, written so that it means itself in a JavaScript class. */
export function codePoint(character: string): string {
    return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`;
}

function compiles(source: string): boolean {
    try {
        new RegExp(source, 'u');
        return true;
    } catch {
        return false;
    }
}
