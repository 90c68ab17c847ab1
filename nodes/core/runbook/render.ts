import { fillPlaceholders, wellFormed } from './placeholder';

/** Longest label value that is put into a sentence, characters. */
const LONGEST = 200;

/** Fills `{{label}}` in a sentence of a runbook as plain text of one line; a missing label becomes `?`. */
export function fillText(text: string, labels: Readonly<Record<string, string>>): string {
    return fillPlaceholders(text, labels, (value) => oneLine(value) || '?');
}

function oneLine(value: string): string {
    const visible = wellFormed(value).replace(/[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]+/gu, ' ').trim();
    return visible.length > LONGEST ? `${visible.slice(0, LONGEST - 1)}…` : visible;
}
