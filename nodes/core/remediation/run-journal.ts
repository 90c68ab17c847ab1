import type { Incident } from '../model/incident';
import type { TaskResult } from '../model/run';
import type { NewTimelineEntry } from '../model/timeline';
import { canonicalJson, sha256 } from '../text/json';
import type { RemediationParts } from './parts';
import { BY } from './transitions';

/** How often tasks are written down while a run goes on. */
const WRITE_MS = 500;
/** Maximum number of task results of one run with their own entry; of the others, those that failed. */
const MAX_SINGLE = 300;
/** How many results an entry of several holds. */
const MAX_TOGETHER = 100;
const MAX_DIFF = 4_000;
const MAX_NAME = 200;

/**
 * Writes the result of every task of a run into the timeline as they come, several at once. A store that is down does
 * not disturb the run: what could not be written is tried again, and is in the outcome anyway.
 */
export class RunJournal {
    private pending: TaskResult[] = [];
    private seen = 0;
    private timer?: NodeJS.Timeout;
    private writing: Promise<void> = Promise.resolve();

    /** `written`: how many tasks an earlier process has written down. */
    constructor(
        private readonly parts: RemediationParts,
        private readonly incidentId: string,
        private written = 0,
    ) {}

    add(task: TaskResult): void {
        this.seen += 1;
        if (this.seen <= this.written) return;
        this.pending.push(task);
        this.timer ??= setTimeout(() => {
            this.timer = undefined;
            void this.flush();
        }, WRITE_MS);
    }

    /** Writes what is left. Never rejects. */
    flush(): Promise<void> {
        clearTimeout(this.timer);
        this.timer = undefined;
        this.writing = this.writing.then(() => this.write());
        return this.writing;
    }

    private async write(): Promise<void> {
        const tasks = this.pending;
        const entries = entriesOf(tasks, this.written);
        const last = entries.at(-1);
        if (!last) return;
        this.pending = [];
        this.written += tasks.length;
        try {
            const incident = await this.parts.incidents.change(this.incidentId, (found) => ({
                incident: found,
                entries: isUnderWay(found) ? entries : [],
            }));
            this.parts.progress(incident, last.text);
        } catch {
            this.written -= tasks.length;
            this.pending = [...tasks, ...this.pending];
        }
    }
}

/** How many tasks of the present playbook (the fix, or its rollback) are in the timeline already. */
export async function writtenTasks({ incidents }: RemediationParts, incidentId: string): Promise<number> {
    const timeline = await incidents.store.timeline(incidentId);
    const start = timeline.findLastIndex(({ type }) => type === 'run.intended' || type === 'rollback.started');
    const entries = timeline.slice(start + 1).filter(({ type }) => type === 'run.task');
    return entries.reduce((sum, { data }) => sum + (Array.isArray(data?.results) ? data.results.length : 1), 0);
}

function isUnderWay({ stage }: Incident): boolean {
    return stage === 'running' || stage === 'verifying';
}

/** `before`: how many results have been written already. */
function entriesOf(tasks: readonly TaskResult[], before: number): NewTimelineEntry[] {
    const entries: NewTimelineEntry[] = [];
    let together: TaskResult[] = [];
    const endTogether = (): void => {
        if (together.length > 0) entries.push(togetherEntry(together));
        together = [];
    };
    for (const [index, task] of tasks.entries()) {
        if (before + index < MAX_SINGLE || hasFailed(task)) {
            endTogether();
            entries.push(taskEntry(task));
        } else if (together.push(task) === MAX_TOGETHER) {
            endTogether();
        }
    }
    endTogether();
    return entries;
}

function taskEntry(result: TaskResult): NewTimelineEntry {
    const { host, task, status, diff, message } = result;
    const shown = diff === undefined || diff.length <= MAX_DIFF ? diff : `${diff.slice(0, MAX_DIFF)}\n… [cut]`;
    const said = message !== undefined && hasFailed(result) ? `: ${message}` : '';
    return {
        type: 'run.task',
        by: BY,
        text: `${host}: ${task}: ${status}${said}`,
        data: { host, task, status, ...(shown === undefined ? {} : { diff: shown }), ...digestOf(result) },
    };
}

function togetherEntry(tasks: readonly TaskResult[]): NewTimelineEntry {
    const changed = tasks.filter(({ status }) => status === 'changed').length;
    return {
        type: 'run.task',
        by: BY,
        text: `${tasks.length} further task results, ${changed} with a change.`,
        data: {
            results: tasks.map((result) => ({
                host: result.host,
                task: result.task.slice(0, MAX_NAME),
                status: result.status,
                ...digestOf(result),
            })),
        },
    };
}

/** SHA-256 of the whole result, redacted as it is; for one that has more than its entry may show. */
function digestOf({ host, task, status, diff, message }: TaskResult): { digest?: string } {
    if (diff === undefined && message === undefined) return {};
    return { digest: sha256(canonicalJson({ host, task, status, diff, message })) };
}

function hasFailed({ status }: TaskResult): boolean {
    return status === 'failed' || status === 'unreachable';
}
