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
