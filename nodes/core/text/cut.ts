/** A high surrogate at the end: the first half of a character whose second half was cut away. */
const HALF_AT_END = /[\uD800-\uDBFF]$/;

/**
 * For a line that people read: at most `longest` characters (UTF-16 units) in all, with `…` as the last one when
 * something is missing. Never ends in half a character.
 */
export function clip(text: string, longest: number): string {
    return text.length <= longest ? text : `${begin(text, Math.max(0, longest - 1))}…`;
}

/**
 * For a record: the first `longest` characters (UTF-16 units), and behind them a mark that gives the full length when
 * something is missing. Never cuts a character in half.
 */
export function cut(text: string, longest: number): string {
    return text.length <= longest ? text : `${begin(text, longest)}… [cut, ${text.length} characters]`;
}

function begin(text: string, length: number): string {
    return text.slice(0, length).replace(HALF_AT_END, '');
}

/** How much beyond what is kept is cleaned, characters: more than a secret is long, so that none is cut in two. */
const MARGIN = 20_000;

/**
 * At most `longest` characters of what `clean` makes of a text; a cut is marked. Of a long text only the beginning is
 * cleaned.
 */
export function cutClean(text: string, longest: number, clean: (text: string) => string): string {
    const head = text.slice(0, longest + MARGIN);
    const cleaned = clean(head);
    if (cleaned.length <= longest && head.length === text.length) return cleaned;
    return `${begin(cleaned, longest)}… [cut, ${text.length} characters]`;
}
