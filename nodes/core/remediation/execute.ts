import { pause } from '../clock';
import { asFixError } from '../errors';
import { movingTo } from '../incident/flow';
import type { Incident } from '../model/incident';
import type { Plan } from '../model/plan';
import { alertStateOf } from './alert-state';
import { beginRun } from './begin-run';
import { finishRun, finishRunning } from './finish-run';
import { type RemediationParts, requireStaying, runFolder, type StepControl, sealedRun } from './parts';
import type { PlaybookRun, RunObserver } from './ports';
import { RunJournal } from './run-journal';
import { losingTrack, neverStarting, startingRun } from './transitions';

/**
 * Runs an approved fix: checks, intention, Ansible, verification, and the sealed rollback when the fix failed. Answers
 * the incident at its end, in stage closed, refused, failed, rolled-back or unknown. Throws what {@link beginRun}
 * throws,
 * and what the store throws; the step is then carried on by `recoverRun`.
 */
export async function executeFix(parts: RemediationParts, incidentId: string, control: StepControl): Promise<Incident> {
    const begin = await beginRun(parts, incidentId, control);
    if ('refused' in begin) return begin.refused;
    const { plan, incident } = begin.begun;
    parts.progress(incident, `"${plan.action.title}" is started on ${plan.hosts.join(', ')}.`);
    const watcher = new RunWatcher(parts, plan);
    try {
        const outcome = await parts.executor.run(fixRun(parts, plan), watcher.observer, control);
        await watcher.end();
        return await finishRunning(parts, { incident, plan, outcome, clearedBefore: watcher.clearedBefore }, control);
    } catch (thrown) {
        await watcher.end();
        requireStaying(control);
        const error = asFixError(thrown);
        if (error.code === 'PLAN_CHANGED' || error.code === 'CONFIG_INVALID')
            return finishRun(parts, plan, neverStarting(error.message));
        if (error.code !== 'ANSIBLE_MISSING' && error.code !== 'ALREADY_RUN') throw error;
        return finishRun(parts, plan, losingTrack(`Ansible could not be started: ${error.message}`));
    }
}

/** The call of the fix itself. */
export function fixRun(parts: RemediationParts, plan: Plan): PlaybookRun {
    return { ...sealedRun(parts, plan), call: plan.action, mode: 'run', workFolder: runFolder(parts, plan) };
}

/**
 * Follows a run: writes its tasks down, and until its first change keeps asking whether the alert clears without it.
 */
export class RunWatcher {
    clearedBefore = false;
    private readonly journal: RunJournal;
    private readonly firstChange = new AbortController();
    private asking: Promise<void> = Promise.resolve();
    private answers: { at: number; cleared: boolean }[] = [];

    constructor(
        private readonly parts: RemediationParts,
        private readonly plan: Plan,
        written = 0,
    ) {
        this.journal = new RunJournal(parts, plan.incidentId, written);
    }

    readonly observer: RunObserver = {
        started: async (pid) => {
            this.asking = this.askUntilChange();
            const { incidents, positions } = this.parts;
            await incidents
                .change(this.plan.incidentId, movingTo(positions.working(), startingRun(pid)))
                .catch(() => undefined);
        },
        task: (task) => {
            if (task.status === 'changed' && !this.firstChange.signal.aborted)
                this.noteFirstChange(task.beganAt ?? Date.now());
            this.journal.add(task);
        },
    };

    async end(): Promise<void> {
        this.firstChange.abort();
        await Promise.all([this.asking, this.journal.flush()]);
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
