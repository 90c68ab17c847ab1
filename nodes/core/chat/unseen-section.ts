import type { Plan } from '../model/plan';
import type { UnseenTask } from '../model/unseen';
import { clip } from '../text/cut';
import { plainCode, plainLine } from '../text/plain-text';
import type { CardSection } from './card';
import { fill, type Texts } from './texts';

/** So many tasks are named; more than that nobody weighs one by one, and the whole dry run has them all. */
const MAX_TASKS = 40;
const MAX_COMMAND = 200;

/**
 * What will or may run although the dry run could not show it; none when it showed everything. Nobody decides without
 * it.
 */
export function unseenSections({ dryRun: { unseen = [] }, hosts }: Plan, texts: Texts): CardSection[] {
    if (unseen.length === 0) return [];
    const left = unseen.length - MAX_TASKS;
    return [
        {
            title: texts.unseen.section,
            essential: true,
            items: [
                ...[...unseen]
                    .sort((a, b) => ORDER.indexOf(a.why) - ORDER.indexOf(b.why))
                    .slice(0, MAX_TASKS)
                    .map((task) => unseenLine(task, hosts, texts)),
                ...(left > 0 ? [fill(texts.unseen.more, { n: left })] : []),
            ],
        },
    ];
}

const ORDER: readonly UnseenTask['why'][] = ['left-out', 'ran', 'may-run', 'no-diff'];

/** Not one pattern for line ends and the spaces around them: a command may have a hundred thousand spaces. */
function onOneLine(command: string): string {
    const lines = command.split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '').join(' ⏎ ');
}

function unseenLine(
    { why, task, hosts, action, command, handlers }: UnseenTask,
    all: readonly string[],
    texts: Texts,
): string {
    const name = clip(plainLine(task), 120);
    const does = command === undefined ? action : `${action}: ${clip(onOneLine(plainCode(command)), MAX_COMMAND)}`;
    const line = fill(texts.unseen[why], { task: does === undefined ? name : `${name} (${does})` });
    const where =
        hosts.length < all.length
            ? fill(texts.unseen.on, { line, hosts: clip(hosts.map(plainLine).join(', '), 200) })
            : line;
    return handlers
        ? fill(texts.unseen.handlers, { line: where, handlers: clip(handlers.map(plainLine).join(', '), 200) })
        : where;
}
