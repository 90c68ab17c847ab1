import type { TaskResult, Unseen } from '../model/run';
import { eachWithReason } from '../model/unseen';
import type { PlaybookReading, ReadTask, WrittenAt } from '../runbook/playbook-reading';
import { clip } from '../text/cut';
import { redact } from '../text/redact';

/** A play that has begun. `hosts`: those of the run that it is for; absent when that is not known. */
export interface BegunPlay {
    at?: WrittenAt;
    hosts?: string[];
}

/** What a dry run came to. */
export interface Seen {
    tasks: readonly TaskResult[];
    plays: readonly BegunPlay[];
    /** The hosts of the run. */
    hosts: readonly string[];
}

/** Longest text of a playbook that is repeated, characters. */
const LONGEST = 2_000;

/**
 * The results of a dry run, with what its playbook has besides: tasks that gave no result, tasks that depend on check
 * mode, and all else of {@link ReadTask.kind}.
 */
export function withHiddenTasks(seen: Seen, reading: PlaybookReading): TaskResult[] {
    const written = new Map(reading.tasks.filter(({ kind }) => kind === 'task').map((task) => [keyOf(task), task]));
    const results = seen.tasks.map((result) => asWritten(result, result.at && written.get(keyOf(result.at))));
    const facts = factsOf(results);
    const uses = new Map<string, number>();
    const hiddenOf = (task: ReadTask): TaskResult[] => {
        const before = uses.get(keyOf(task)) ?? 0;
        if (task.includedAt.length === 0 && task.kind === 'task') uses.set(keyOf(task), before + 1);
        return hiddenResults(task, before, seen, reading, facts);
    };
    const hidden = reading.tasks.filter(({ isHandler }) => !isHandler).flatMap(hiddenOf);
    for (const { host } of hidden) facts.moved.add(host);
    const handlers = reading.tasks.filter(({ isHandler }) => isHandler).flatMap(hiddenOf);
    return [...results.map(withoutInclude), ...hidden, ...handlers];
}

/**
 * The result with what the playbook says of it: the conditions of a task that was skipped for one; of a task that
 * depends on check mode that what it showed is not what it will do.
 */
function asWritten(result: TaskResult, task: ReadTask | undefined): TaskResult {
    const { unseen, status } = result;
    if (!task) return result;
    if (task.runsByCheckMode && (unseen?.why === 'condition' || unseen?.why === 'left-out'))
        return { ...result, ...shown(task), unseen: { ...unseen, why: 'left-out', conditions: wordsOf(task) } };
    if (unseen?.why === 'condition') return { ...result, unseen: { ...unseen, conditions: wordsOf(task) } };
    if (!task.actsByCheckMode || status === 'skipped') return result;
    const { command: _command, ...rest } = unseen ?? { action: task.action, handlers: [] };
    const { arguments: _arguments, ...other } = result;
    return { ...other, ...shown(task), unseen: { ...rest, why: 'differs' } };
}

/** Of an include its tasks are listed, each with the condition, and not the include itself. */
function withoutInclude(result: TaskResult): TaskResult {
    const { unseen, ...rest } = result;
    return unseen && /(?:^|\.)include_(?:tasks|role)$/.test(unseen.action) ? rest : result;
}

interface Facts {
    /** How many results each host gave, by where the task is written. */
    given: Map<string, Map<string, number>>;
    /** Where a task was not skipped, by host. */
    done: Set<string>;
    /** Where a condition was false at a time when nothing had been changed, by host. */
    resting: Set<string>;
    /** Hosts on which something is changed, or may be. */
    moved: Set<string>;
}

function factsOf(results: readonly TaskResult[]): Facts {
    const facts: Facts = { given: new Map(), done: new Set(), resting: new Set(), moved: new Set() };
    eachWithReason(results, (result, why) => {
        const { at, host, status, unseen } = result;
        if (why !== undefined || status === 'changed') facts.moved.add(host);
        if (!at) return;
        const key = keyOf(at);
        const given = facts.given.get(key) ?? new Map<string, number>();
        facts.given.set(key, given.set(host, (given.get(host) ?? 0) + 1));
        if (status !== 'skipped') facts.done.add(`${host} ${key}`);
        if (why === undefined && unseen?.why === 'condition') facts.resting.add(`${host} ${key}`);
    });
    return facts;
}

/** `before`: how often the same lines have been used before, by imports that come first. */
function hiddenResults(
    task: ReadTask,
    before: number,
    seen: Seen,
    { plays }: PlaybookReading,
    facts: Facts,
): TaskResult[] {
    const given = facts.given.get(keyOf(task)) ?? new Map<string, number>();
    const isAlways = task.kind !== 'task';
    if (!isAlways && task.runOnce && given.size > 0) return [];
    const gaveResult = (host: string): boolean =>
        (given.get(host) ?? 0) > before &&
        task.includedAt.every((include) => facts.done.has(`${host} ${keyOf(include)}`));
    return hostsOf(task, seen, plays, facts)
        .filter((host) => isAlways || !gaveResult(host))
        .filter((host) => !task.isHandler || isAlways || facts.moved.has(host))
        .filter((host) => !task.includedAt.some((include) => facts.resting.has(`${host} ${keyOf(include)}`)))
        .map((host) => ({ host, task: said(task.name), status: 'skipped', ...shown(task), unseen: unseenOf(task) }));
}

/** The hosts that the task's play is for. Of a file that was chosen at run time those that used it. */
function hostsOf(
    { play, file }: ReadTask,
    { tasks, plays: begun, hosts }: Seen,
    plays: readonly WrittenAt[],
    { given }: Facts,
): string[] {
    if (play === undefined) {
        const using = [...given]
            .filter(([key]) => key.startsWith(`${file}:`))
            .flatMap(([, found]) => [...found.keys()]);
        return [...new Set(using.length > 0 ? using : tasks.map(({ host }) => host))];
    }
    const at = plays[play];
    const same = begun.filter((one) => at && one.at && keyOf(one.at) === keyOf(at));
    if (same.length === 0 || same.some((one) => !one.hosts)) return [...hosts];
    return [...new Set(same.flatMap((one) => one.hosts ?? []))];
}

function unseenOf(task: ReadTask): Unseen {
    const { kind, ifFails, isHandler, action } = task;
    const conditions = wordsOf(task);
    return {
        why: kind === 'task' ? 'no-result' : kind,
        action,
        handlers: [],
        ...(conditions.length > 0 ? { conditions } : {}),
        ...(ifFails === undefined ? {} : { ifFails: said(ifFails) }),
        ...(isHandler ? { isHandler: true } : {}),
    };
}

function wordsOf({ conditions }: ReadTask): string[] {
    return conditions.map(said);
}

function shown({ action, arguments: given }: ReadTask): Pick<TaskResult, 'action' | 'arguments'> {
    return { action, ...(given ? { arguments: said(given) } : {}) };
}

function said(text: string): string {
    return redact(clip(text, LONGEST));
}

function keyOf({ file, line }: WrittenAt): string {
    return `${file}:${line}`;
}
