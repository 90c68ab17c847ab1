import { clip } from '../text/cut';
import type { TaskResult } from './run';

/**
 * A task whose effect the dry run could not show. `left-out`: check mode left it out, and it will run. `ran`: it runs
 * in check mode too, so the dry run ran it. `differs`: what it does when it runs is not what it did in check mode.
 * `no-diff`: it will change something, and does not show what. `may-run`: it did not run in check mode, which may be
 * otherwise later. `ends`, `waits`, `asks`, `unread`, `lookup`: see `ReadKind`.
 */
export interface UnseenTask {
    why: 'left-out' | 'ran' | 'differs' | 'no-diff' | 'may-run' | 'ends' | 'waits' | 'asks' | 'unread' | 'lookup';
    task: string;
    hosts: string[];
    /** Name of the module; absent where a result is all there is. */
    action?: string;
    /** What runs, where the module tells it; clipped. */
    command?: string;
    /** What the module gets, where there is no command; clipped. Absent with `no_log`. */
    arguments?: string;
    /** Handlers that it may set off. */
    handlers?: string[];
    /** Its conditions as the playbook has them, where it gave no result. */
    conditions?: string[];
    /** The tasks whose failure makes it run. */
    ifFails?: string;
    /** It runs when something notifies it. */
    isHandler?: true;
}

/** The longest command that a plan repeats, characters; the preview has it whole. */
export const MAX_COMMAND = 500;
/** Most of the conditions that a plan repeats, and the longest, characters. */
const MAX_CONDITIONS = 10;

/** Said by Ansible in place of a diff, e.g. of binary files. */
const SKIPPED_DIFF = /^diff skipped: /m;

/**
 * What the dry run could not show of this task; undefined when it showed all. `moved`: something before it on this host
 * changes the host.
 */
export function unseenReason({ status, diff, unseen }: TaskResult, moved: boolean): UnseenTask['why'] | undefined {
    if (unseen?.why === 'condition') {
        if (moved && status === 'skipped') return 'may-run';
    } else if (unseen) return unseen.why === 'no-result' ? 'may-run' : unseen.why;
    return status === 'changed' && (!diff?.trim() || SKIPPED_DIFF.test(diff)) ? 'no-diff' : undefined;
}

/** Calls back with each task and what could not be shown of it, in order. */
export function eachWithReason(
    tasks: readonly TaskResult[],
    take: (task: TaskResult, why: UnseenTask['why'] | undefined) => void,
): void {
    const moved = new Set<string>();
    for (const task of tasks) {
        const why = unseenReason(task, moved.has(task.host));
        if (why !== undefined || task.status === 'changed') moved.add(task.host);
        take(task, why);
    }
}

/** The tasks that the dry run could not show, the same of several hosts as one. */
export function unseenTasks(tasks: readonly TaskResult[]): UnseenTask[] {
    const found = new Map<string, UnseenTask>();
    eachWithReason(tasks, (result, why) => {
        if (why === undefined) return;
        const { host, ...told } = { ...toldOf(result), why, task: result.task, host: result.host };
        const key = JSON.stringify(told);
        const known = found.get(key);
        if (known) known.hosts.push(host);
        else found.set(key, { ...told, hosts: [host] });
    });
    return [...found.values()].map((task) => ({ ...task, hosts: [...new Set(task.hosts)] }));
}

/** What is known of a task that could not be shown. */
function toldOf({ action, arguments: given, unseen }: TaskResult): Omit<UnseenTask, 'why' | 'task' | 'hosts'> {
    const { command, handlers = [], conditions = [], ifFails, isHandler } = unseen ?? {};
    const module = unseen?.action ?? action;
    return {
        ...(module === undefined ? {} : { action: module }),
        ...(command === undefined ? {} : { command: clip(command, MAX_COMMAND + 1) }),
        ...(command !== undefined || !given ? {} : { arguments: clip(given, MAX_COMMAND + 1) }),
        ...(handlers.length > 0 ? { handlers } : {}),
        ...(conditions.length === 0
            ? {}
            : { conditions: conditions.slice(0, MAX_CONDITIONS).map((condition) => clip(condition, MAX_COMMAND)) }),
        ...(ifFails === undefined ? {} : { ifFails: clip(ifFails, MAX_COMMAND) }),
        ...(isHandler ? { isHandler } : {}),
    };
}
