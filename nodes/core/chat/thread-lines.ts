import type { TimelineEntry } from '../model/timeline';
import { clip } from '../text/cut';
import { plainLine } from '../text/plain-text';
import { fill, type Texts, type ThreadedType } from './texts';

const MAX_LINES = 15;
const MAX_LINE = 300;

/** Tasks that did nothing are not worth a line. */
const QUIET_TASKS: unknown[] = ['ok', 'skipped'];

/**
 * Progress, result and verification as short lines, oldest first; of many only the newest, and how many are left out.
 */
export function threadLines(entries: readonly TimelineEntry[], texts: Texts): string[] {
    const lines = entries
        .filter((entry): entry is TimelineEntry & { type: ThreadedType } => entry.type in texts.thread)
        .filter(
            ({ type, data }) =>
                type !== 'run.task' || !(data?.results !== undefined || QUIET_TASKS.includes(data?.status)),
        )
        .map(({ type, text }) => fill(texts.thread[type], { text: clip(plainLine(text), MAX_LINE) }));
    if (lines.length <= MAX_LINES) return lines;
    return [fill(texts.alert.more, { n: lines.length - MAX_LINES }), ...lines.slice(-MAX_LINES)];
}
