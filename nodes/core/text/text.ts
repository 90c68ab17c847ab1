/**
 * Control characters, the invisible ones that reorder or hide text (bidi marks, zero-width, tags), and half characters.
 */
const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
const INVISIBLE_BUT_LAYOUT = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;
/** Most texts are plain; they take one look and no copy. */
const PLAIN = /^[\x20-\x7e]*$/;

/**
 * The text with every invisible character written out, e.g. a right-to-left override as `‹U+202E›`. Written out
 * and not removed, so that two different names can never look or become the same.
 */
export function visible(text: string): string {
    return PLAIN.test(text) ? text : text.replace(INVISIBLE, written);
}

/** The same for prose: line breaks and tabs stay. */
export function visibleProse(text: string): string {
    return PLAIN.test(text) ? text : text.replace(/\r\n?/g, '\n').replace(INVISIBLE_BUT_LAYOUT, written);
}

/** The text with one full stop at its end, also when the foreign words that it ends with brought their own. */
export function fullStop(text: string): string {
    return `${text.trimEnd().replace(/(?<!\.)\.$/, '')}.`;
}

/** The sentence as it goes on behind a colon or a semicolon. */
export function uncapitalised(sentence: string): string {
    return sentence.replace(/^[A-Z](?=[a-z]*\b)/, (letter) => letter.toLowerCase());
}

function written(character: string): string {
    const point = character.codePointAt(0) ?? 0;
    return `‹U+${point.toString(16).toUpperCase().padStart(4, '0')}›`;
}
