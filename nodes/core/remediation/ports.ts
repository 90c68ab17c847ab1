import type { RunOutcome, TaskResult } from '../model/run';
import type { ParameterValue, PlaybookCall } from '../model/runbook';
import type { SealedLibrary } from '../model/sealed-library';

/** One call of `ansible-playbook`. */
export interface PlaybookRun {
    /** Playbooks, inventory, ansible.cfg: Ansible reads this copy, and never the library folder itself. */
    library: SealedLibrary;
    call: PlaybookCall;
    hosts: string[];
    parameters: Record<string, ParameterValue>;
    mode: 'check' | 'run';
    timeoutSeconds: number;
    /** Hosts at a time; absent: as Ansible has it. */
    forks?: number;
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

/**
 * Runs playbooks. Never rejects for what happens inside a run: that is the outcome's. Before each start of Ansible the
 * copy
 * of the library is looked through, and made again when it is missing: `PLAN_CHANGED` when it is not what its version
 * says.
 */
export interface PlaybookExecutor {
    /**
     * Rejects with `PLAN_CHANGED` or `CONFIG_INVALID` when the copy may not be used, with `ANSIBLE_MISSING` when the
     * program is not there, with `ALREADY_RUN` when the work folder exists, with
     * `CANCELLED` when it was left. The work folder of a check is removed at its end.
     */
    run(run: PlaybookRun, observer: RunObserver, control: RunControl): Promise<RunOutcome>;
    /**
     * Carries on with a run that an earlier process started: follows it when it still runs, else takes the result it
     * wrote. The observer sees every task from the first on. Undefined when nobody can know how it ended.
     */
    resume(run: PlaybookRun, observer: RunObserver, control: RunControl): Promise<RunOutcome | undefined>;
    /** Has a playbook been started in this work folder, on this machine? It may have ended long ago. */
    hasRun(workFolder: string): Promise<boolean>;
    /** Removes what a finished run left in its work folder, but for the log and the folder itself. */
    tidy(workFolder: string): Promise<void>;
    /**
     * The hosts of the inventory that can be addressed on their own, each with the SHA-256 of its variables: what a
     * dynamic
     * inventory answers now.
     */
    inventory(library: SealedLibrary): Promise<ReadonlyMap<string, string>>;
    /**
     * The private copy, below the folder `copies`, of the library as it is now; the same one for the same content.
     * Rejects with
     * `CONFIG_INVALID` for symlinks that leave the library and what else cannot be sealed, with `PLAN_CHANGED` when
     * somebody
     * changed the copy.
     */
    sealedCopy(folder: string, inventory: string, copies: string): Promise<SealedLibrary>;
}
