import type { Incident } from '../incident/incident';
import type { NewTimelineEntry } from '../store/timeline';
import type { RemediationParts } from './parts';
import type { TaskResult } from './run';
import { BY } from './transitions';

/** How often tasks are written down while a run goes on. */
const WRITE_MS = 500;
/** So many tasks of one run are written; the rest is in the log. */
const MAX_ENTRIES = 300;
const MAX_DIFF = 4_000;

/**
 * Writes the tasks of a run into the timeline as they come, several at once. A store that is down does not disturb the
 * run: what could not be written is tried again, and is in the outcome anyway.
 */
export class RunJournal {
    private pending: NewTimelineEntry[] = [];
    private seen = 0;
    private timer?: NodeJS.Timeout;
    private writing: Promise<void> = Promise.resolve();

    /** `written`: so many tasks were written down by an earlier process. */
    constructor(private readonly parts: RemediationParts, private readonly incidentId: string, private readonly written = 0) {}

    add(task: TaskResult): void {
        this.seen += 1;
        if (this.seen <= this.written || this.seen > MAX_ENTRIES) return;
        this.pending.push(this.seen === MAX_ENTRIES ? lastEntry() : taskEntry(task));
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
        const entries = this.pending;
        const last = entries.at(-1);
        if (!last) return;
        this.pending = [];
        try {
            const incident = await this.parts.incidents.change(this.incidentId, (found) => ({ incident: found, entries: isUnderWay(found) ? entries : [] }));
            this.parts.progress(incident, last.text);
        } catch {
            this.pending = [...entries, ...this.pending];
        }
    }
}

/** How many tasks of the present playbook (the fix, or its rollback) are in the timeline already. */
export async function writtenTasks({ incidents }: RemediationParts, incidentId: string): Promise<number> {
    const timeline = await incidents.store.timeline(incidentId);
    const start = timeline.findLastIndex(({ type }) => type === 'run.intended' || type === 'rollback.started');
    return timeline.slice(start + 1).filter(({ type }) => type === 'run.task').length;
}

function isUnderWay({ stage }: Incident): boolean {
    return stage === 'running' || stage === 'verifying';
}

function taskEntry({ host, task, status, diff, message }: TaskResult): NewTimelineEntry {
    const shown = diff === undefined || diff.length <= MAX_DIFF ? diff : `${diff.slice(0, MAX_DIFF)}\n… [cut]`;
    const said = message !== undefined && (status === 'failed' || status === 'unreachable') ? `: ${message}` : '';
    return {
        type: 'run.task',
        by: BY,
        text: `${host}: ${task}: ${status}${said}`,
        data: { host, task, status, ...(shown === undefined ? {} : { diff: shown }) },
    };
}

function lastEntry(): NewTimelineEntry {
    return { type: 'run.task', by: BY, text: 'Further tasks are not listed; they are in the log.' };
}
