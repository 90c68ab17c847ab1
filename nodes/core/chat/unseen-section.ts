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

const ORDER: readonly UnseenTask['why'][] = [
    'left-out',
    'differs',
    'ran',
    'lookup',
    'unread',
    'may-run',
    'no-diff',
    'ends',
    'asks',
    'waits',
];

/** Not one pattern for line ends and the spaces around them: a command may have a hundred thousand spaces. */
function onOneLine(command: string): string {
    const lines = command.split('\n').map((line) => line.trim());
    return lines.filter((line) => line !== '').join(' ⏎ ');
}

function unseenLine(unseen: UnseenTask, all: readonly string[], texts: Texts): string {
    const { why, task, hosts, action, handlers } = unseen;
    const name = clip(plainLine(task), 120);
    const given = unseen.command ?? unseen.arguments;
    const does = given === undefined ? action : `${action}: ${clip(onOneLine(plainCode(given)), MAX_COMMAND)}`;
    const line = whenLine(
        fill(texts.unseen[why], { task: does === undefined ? name : `${name} (${does})` }),
        unseen,
        texts,
    );
    const where =
        hosts.length < all.length
            ? fill(texts.unseen.on, { line, hosts: clip(hosts.map(plainLine).join(', '), 200) })
            : line;
    return handlers
        ? fill(texts.unseen.handlers, { line: where, handlers: clip(handlers.map(plainLine).join(', '), 200) })
        : where;
}

/** When a task that gave no result runs. */
function whenLine(line: string, { isHandler, ifFails, conditions = [] }: UnseenTask, { unseen: texts }: Texts): string {
    const notified = isHandler ? fill(texts.notified, { line }) : line;
    const failing =
        ifFails === undefined
            ? notified
            : fill(texts.ifFails, { line: notified, block: clip(plainLine(ifFails), 200) });
    const said = conditions.map((condition) => clip(plainLine(condition), 200)).join(' · ');
    return conditions.length === 0 ? failing : fill(texts.when, { line: failing, conditions: clip(said, 400) });
}
