import { clip } from '../text/cut';
import type { TaskResult, Unseen } from './run';

/**
 * A task whose effect the dry run could not show. `left-out`: check mode left it out, and it will run. `ran`: it runs
 * in
 * check mode too, so the dry run ran it. `no-diff`: it will change something, and does not show what. `may-run`: its
 * condition
 * was false in check mode, which may be otherwise once the tasks before it have run.
 */
export interface UnseenTask {
    why: 'left-out' | 'ran' | 'no-diff' | 'may-run';
    task: string;
    hosts: string[];
    /** Name of the module; absent where a result is all there is. */
    action?: string;
    /** What runs, where the module tells it; clipped. */
    command?: string;
    /** Handlers that it may set off. */
    handlers?: string[];
}

/** The longest command that a plan repeats, characters; the preview has it whole. */
export const MAX_COMMAND = 500;

/** Said by Ansible in place of a diff, e.g. of binary files. */
const SKIPPED_DIFF = /^diff skipped: /m;

const WHY: Record<Unseen['why'], UnseenTask['why']> = { 'left-out': 'left-out', ran: 'ran', condition: 'may-run' };

/**
 * What the dry run could not show of this task; undefined when it showed all. `moved`: something before it on this host
 * changes the host.
 */
export function unseenReason({ status, diff, unseen }: TaskResult, moved: boolean): UnseenTask['why'] | undefined {
    if (unseen && (unseen.why !== 'condition' || (moved && status === 'skipped'))) return WHY[unseen.why];
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
        const { host, task, unseen: { action, command, handlers = [] } = {} } = result;
        const key = JSON.stringify([why, task, command]);
        const known = found.get(key);
        if (known) known.hosts.push(host);
        else
            found.set(key, {
                why,
                task,
                hosts: [host],
                ...(action === undefined ? {} : { action }),
                ...(command === undefined ? {} : { command: clip(command, MAX_COMMAND + 1) }),
                ...(handlers.length > 0 ? { handlers } : {}),
            });
    });
    return [...found.values()].map((task) => ({ ...task, hosts: [...new Set(task.hosts)] }));
}
