import { movingTo } from '../incident/flow';
import type { Incident } from '../incident/incident';
import { alertStateOf } from './alert-state';
import { beginRun } from './begin-run';
import { finishRun, finishRunning } from './finish-run';
import { requireStaying, runFolder, type RemediationParts, type StepControl } from './parts';
import type { Plan } from './plan';
import type { PlaybookRun, RunObserver } from './ports';
import { RunJournal } from './run-journal';
import { started, unknown } from './transitions';
import { asFixError } from '../errors';

/**
 * Runs an approved fix: checks, intention, Ansible, verification, and the sealed rollback when the fix failed. Answers
 * the incident at its end, in stage closed, refused, failed, rolled-back or unknown. Throws what {@link beginRun} throws,
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
        requireStaying(control);
        const error = asFixError(thrown);
        if (error.code !== 'ANSIBLE_MISSING' && error.code !== 'ALREADY_RUN') throw error;
        return finishRun(parts, plan, unknown(`Ansible could not be started: ${error.message}`));
    }
}

/** The call of the fix itself. */
export function fixRun(parts: RemediationParts, plan: Plan): PlaybookRun {
    return {
        folder: parts.library.folder, inventory: parts.library.inventory, call: plan.action, hosts: plan.hosts, parameters: plan.parameters,
        mode: 'run', timeoutSeconds: plan.timeoutSeconds, workFolder: runFolder(parts, plan),
    };
}

/** Follows a run: writes its tasks down, and asks at the first change whether the alert had cleared before it. */
export class RunWatcher {
    clearedBefore = false;
    private readonly journal: RunJournal;
    private asked?: Promise<void>;

    constructor(private readonly parts: RemediationParts, private readonly plan: Plan, written = 0) {
        this.journal = new RunJournal(parts, plan.incidentId, written);
    }

    readonly observer: RunObserver = {
        started: async (pid) => {
            const { incidents, positions } = this.parts;
            await incidents.change(this.plan.incidentId, movingTo(positions.working(), started(pid))).catch(() => undefined);
        },
        task: (task) => {
            if (task.status === 'changed') this.asked ??= this.askAlert();
            this.journal.add(task);
        },
    };

    async end(): Promise<void> {
        await Promise.all([this.asked, this.journal.flush()]);
    }

    private async askAlert(): Promise<void> {
        const found = await alertStateOf(this.parts, this.plan).catch(() => undefined);
        this.clearedBefore = found?.state === 'cleared';
    }
}
