import { pause } from '../clock';
import { movingTo } from '../incident/flow';
import type { Plan } from '../model/plan';
import type { TaskResult } from '../model/run';
import { alertStateOf } from './alert-state';
import type { RemediationParts } from './parts';
import type { RunObserver, RunPurpose } from './ports';
import { RunJournal } from './run-journal';
import { startingRun } from './transitions';

/**
 * Follows a run: writes its tasks down, and until its first change keeps asking whether the alert clears without it.
 */
export class RunWatcher {
    /** Had the alert cleared before the first change? Final after {@link end}. */
    clearedBefore = false;
    private readonly journal: RunJournal;
    private readonly firstChange = new AbortController();
    private asking: Promise<void> = Promise.resolve();
    private answers: { at: number; cleared: boolean }[] = [];

    /** `written`: how many tasks of this playbook are in the timeline already. */
    constructor(
        private readonly parts: RemediationParts,
        private readonly plan: Plan,
        written = 0,
    ) {
        this.journal = new RunJournal(parts, plan.incidentId, written);
    }

    /** What an executor reports to. A rollback only has its tasks written down. */
    observer(purpose: RunPurpose): RunObserver {
        const task = (result: TaskResult): void => this.note(result);
        if (purpose !== 'run') return { task };
        return {
            task,
            started: async (handle) => {
                this.asking = this.askUntilChange();
                const { incidents, positions } = this.parts;
                await incidents
                    .change(this.plan.incidentId, movingTo(positions.working(), startingRun(handle)))
                    .catch(() => undefined);
            },
        };
    }

    /** Writes the rest down. Never rejects. */
    async end(): Promise<void> {
        this.firstChange.abort();
        await Promise.all([this.asking, this.journal.flush()]);
    }

    private note(task: TaskResult): void {
        if (task.status === 'changed' && !this.firstChange.signal.aborted)
            this.noteFirstChange(task.beganAt ?? Date.now());
        this.journal.add(task);
    }

    /** The last answer before the changing task began decides. */
    private noteFirstChange(beganAt: number): void {
        this.clearedBefore = this.answers.findLast(({ at }) => at < beganAt)?.cleared ?? false;
        this.firstChange.abort();
    }

    private async askUntilChange(): Promise<void> {
        const { signal } = this.firstChange;
        while (!signal.aborted) {
            const found = await alertStateOf(this.parts, this.plan).catch(() => undefined);
            this.answers.push({ at: Date.now(), cleared: found?.state === 'cleared' });
            await pause(this.parts.pollSeconds * 1000, signal);
        }
    }
}
