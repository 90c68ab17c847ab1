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
