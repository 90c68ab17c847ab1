import type { ParameterValue, PlaybookCall } from '../runbook/runbook';
import type { RunOutcome, TaskResult } from './run';

/** One call of `ansible-playbook`. */
export interface PlaybookRun {
    /** Absolute path of the library folder: playbooks, inventory, ansible.cfg. */
    folder: string;
    inventory: string;
    call: PlaybookCall;
    hosts: string[];
    parameters: Record<string, ParameterValue>;
    mode: 'check' | 'run';
    timeoutSeconds: number;
    /** Absolute path of a folder for this run: variables file, log. Created by the executor, 0700. */
    workFolder: string;
}

export interface RunObserver {
    started?(pid: number): Promise<void> | void;
    task?(result: TaskResult): Promise<void> | void;
}

/** Ends and leaves a run from outside. */
export interface RunControl {
    /** Ends the run with all that it started. */
    cancel: AbortSignal;
    /** Stops following: the run goes on without us, and {@link PlaybookExecutor.resume} finds it again. */
    leave?: AbortSignal;
}

/** Runs playbooks. Never rejects for what happens inside a run: that is the outcome's. */
export interface PlaybookExecutor {
    /**
     * Rejects with `ANSIBLE_MISSING` when the program is not there, with `ALREADY_RUN` when the work folder exists, with
     * `CANCELLED` when it was left. The work folder of a check is removed at its end.
     */
    run(run: PlaybookRun, observer: RunObserver, control: RunControl): Promise<RunOutcome>;
    /**
     * Carries on with a run that an earlier process started: follows it when it still runs, else takes the result it
     * wrote. The observer sees every task from the first on. Undefined when nobody can know how it ended.
     */
    resume(run: PlaybookRun, observer: RunObserver, control: RunControl): Promise<RunOutcome | undefined>;
    /** Removes what a finished run left in its work folder, but for the log and the folder itself. */
    tidy(workFolder: string): Promise<void>;
    /**
     * The hosts of the inventory that can be addressed on their own, each with the SHA-256 of its variables: what a dynamic
     * inventory answers now.
     */
    inventory(folder: string, inventory: string): Promise<ReadonlyMap<string, string>>;
    /** SHA-256 of every file Ansible may read for this library, by relative path. Refuses symlinks that leave the folder. */
    fileDigests(folder: string, inventory: string): Promise<Record<string, string>>;
}
