import { spelled, withoutInvisible } from './invisible';

/** Prose without invisible and control characters, see {@link withoutInvisible}; lone surrogates become U+FFFD. */
export function plain(text: string): string {
    return withoutInvisible(wellFormed(text).replace(/\r\n?/g, '\n'));
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
    return spelled(wellFormed(text).replace(/\r\n/g, '\n'), 'code', (codePoint) => `[${codePoint}]`);
}

function wellFormed(text: string): string {
    return text.replace(/\p{Surrogate}/gu, '\ufffd');
}
