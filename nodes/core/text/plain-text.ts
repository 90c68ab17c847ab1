/** Direction overrides, zero-width and other invisible characters that make text look like something else. */
const INVISIBLE =
    /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e0fff}]/gu;

/** Control characters except tab and line feed. */
const CONTROL = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g;

/** The text without invisible and control characters; lone surrogates become U+FFFD. */
export function plain(text: string): string {
    return wellFormed(text).replace(/\r\n?/g, '\n').replace(INVISIBLE, '').replace(CONTROL, '');
}

/** The same on one line. */
export function plainLine(text: string): string {
    return plain(text).replace(/\s+/g, ' ').trim();
}

/**
 * For code and diffs: invisible characters are written out, such as `[U+202E]`, because they would be part of what
 * runs.
 */
export function plainCode(text: string): string {
    const spell = (character: string): string =>
        `[U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}]`;
    return wellFormed(text).replace(/\r\n/g, '\n').replace(INVISIBLE, spell).replace(CONTROL, spell);
}

function wellFormed(text: string): string {
    return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
