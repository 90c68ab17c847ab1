import { spelled } from './invisible';

/**
 * The text with every invisible character written out, e.g. a right-to-left override as `‹U+202E›`, see
 * {@link spelled}.
 */
export function visible(text: string): string {
    return spelled(text, 'name', written);
}

/** The same for prose: line breaks and tabs stay. */
export function visibleProse(text: string): string {
    return spelled(text.replace(/\r\n?/g, '\n'), 'prose', written);
}

/** At most `length` characters; a cut is marked. Never cuts a surrogate pair apart. */
export function cut(text: string, length: number): string {
    if (text.length <= length) return text;
    return `${text.slice(0, length).replace(/[\uD800-\uDBFF]$/, '')}… [cut, ${text.length} characters]`;
}

/** How much beyond what is kept is cleaned, characters: more than a secret is long, so that none is cut in two. */
const MARGIN = 20_000;

/**
 * At most `longest` characters of what `clean` makes of a text; a cut is marked. Of a long text only the beginning is
 * cleaned.
 */
export function cutClean(text: string, longest: number, clean: (text: string) => string): string {
    const begin = text.slice(0, longest + MARGIN);
    const cleaned = clean(begin);
    if (cleaned.length <= longest && begin.length === text.length) return cleaned;
    return `${cleaned.slice(0, longest).replace(/[\uD800-\uDBFF]$/, '')}… [cut, ${text.length} characters]`;
}

/** The text with one full stop at its end, also when the foreign words that it ends with brought their own. */
export function fullStop(text: string): string {
    return `${text.trimEnd().replace(/(?<!\.)\.$/, '')}.`;
}

/** The sentence as it goes on behind a colon or a semicolon. */
export function uncapitalised(sentence: string): string {
    return sentence.replace(/^[A-Z](?=[a-z]*\b)/, (letter) => letter.toLowerCase());
}

function written(codePoint: string): string {
    return `‹${codePoint}›`;
}
