import { cutClean } from '../text/cut';
import { visible } from '../text/text';
import { fillPlaceholders } from './placeholder';

/** Longest label value that is put into a sentence, characters. */
const LONGEST = 200;

/** Fills `{{label}}` in a sentence of a runbook as plain text of one line; a missing label becomes `?`. */
export function fillText(text: string, labels: Readonly<Record<string, string>>): string {
    return fillPlaceholders(text, labels, (value) => cutClean(value, LONGEST, visible) || '?');
}
