import type { RunOutcome, TaskResult } from '../model/run';
import type { ParameterValue, PlaybookCall } from '../model/runbook';
import type { SealedContent } from '../model/sealed-content';

/**
 * What a playbook is started for. `check`: shows what it would change, and changes nothing. `run`: the fix.
 * `rollback`: the fix's sealed rollback.
 */
export type RunPurpose = 'check' | 'run' | 'rollback';

/** One start of a playbook. */
export interface RunOrder {
    /**
     * The plan's nonce, 32 lower-case hex digits. A nonce has one run and one rollback, ever, and any number of checks.
     */
    nonce: string;
    purpose: RunPurpose;
    /** What runs: this version, and nothing that is not in it. */
    content: SealedContent;
    call: PlaybookCall;
    hosts: string[];
    parameters: Record<string, ParameterValue>;
    /** After this many seconds the executor ends the run. */
    timeoutSeconds: number;
    /** Hosts at a time; absent: the executor's default. */
    forks?: number;
    /**
     * Only for a check: the key of {@link TaskResult.actsDigest}, hex. With it the executor compares what modules get,
     * secrets too, and nobody can guess them by their digest.
     */
    digestKey?: string;
}

/**
 * A run that has been started, for people and records. Core finds a run again by its nonce, never by this.
 */
export interface RunHandle {
    /** What the executor calls the run, e.g. `process 4711` or `job 93`. */
    id: string;
    /** Its process id, where it is a process of this machine. */
    pid?: number;
}

/** Sees what a run does. The executor waits for each call before it goes on; a call must not reject. */
export interface RunObserver {
    /** The run has been started, or found running. Not called when it had ended before it was found. */
    started?(handle: RunHandle): Promise<void> | void;
    /** The result of one task on one host, in the order of the run. */
    task?(result: TaskResult): Promise<void> | void;
}

/** Ends and leaves a run from outside. */
export interface RunControl {
    /** Ends the run with all that it started; the outcome is then `cancelled`. */
    cancel: AbortSignal;
    /** Stops following: the run goes on without us, and {@link FixExecutor.resume} finds it again. */
    leave?: AbortSignal;
}

/** Parts of a plan's run that have their own log. */
export type LogPart = Exclude<RunPurpose, 'check'>;

/**
 * What runs left behind, by the nonce of their plans. Its methods reject with `INPUT_INVALID` for what is not a nonce,
 * and then look at nothing.
 */
export interface RunArchive {
    /** The kept log as redacted text; undefined where there is none, because the run is unknown or has not ended. */
    log(nonce: string, part: LogPart): Promise<string | undefined>;
    /** When the run was last written to, milliseconds since 1970. Rejects when the archive has no such run. */
    touchedAt(nonce: string): Promise<number>;
    /** Forgets the run: {@link FixExecutor.hasRun} is false afterwards. */
    remove(nonce: string): Promise<void>;
}

/**
 * Runs the playbooks of fixes, somewhere: as processes of this machine, or as jobs of a server. Where content and runs
 * are kept is its own affair.
 *
 * A run is known by its nonce. An executor whose answer to a launch can get lost launches in such a way that the run
 * can be found by its nonce afterwards (an extra variable, a label, a folder), and never launches twice for one nonce
 * and purpose.
 *
 * Every method that takes a nonce rejects with `INPUT_INVALID` when it is not one, before it touches anything. Every
 * method rejects with `EXECUTOR_DOWN` when the executor cannot be reached.
 */
export interface FixExecutor extends RunArchive {
    /**
     * Seals the content as it is now: the same content gives the same answer. `calls`: what a plan will call; each of
     * their playbooks has a digest under its own name, unless it is not there. Rejects with `CONFIG_INVALID` for
     * content that cannot be sealed, with `PLAN_CHANGED` when somebody changed what was sealed before.
     */
    seal(calls: readonly PlaybookCall[]): Promise<SealedContent>;
    /**
     * The hosts that can be addressed on their own, each with the SHA-256 of its variables: what a dynamic inventory
     * answers now. Rejects with `PLAN_CHANGED` when the content is not what was sealed, and when the hosts cannot be
     * read.
     */
    inventory(content: SealedContent): Promise<ReadonlyMap<string, string>>;
    /**
     * Starts a playbook and follows it to its end. What happens inside the run is in the outcome, never a rejection.
     * Looks at the content right before the start. A check leaves nothing behind.
     *
     * Rejects with
     * - `PLAN_CHANGED` or `CONFIG_INVALID`: nothing was started, because the content may not be used;
     * - `ANSIBLE_MISSING`: the program to start is not there;
     * - `ALREADY_RUN`: there is a run with this nonce and purpose already;
     * - `CANCELLED`: it was left by {@link RunControl.leave};
     * - `EXECUTOR_DOWN`: the answer to the launch, or the run, was lost. **It may have been started, and may run.** The
     *   caller looks for the run with {@link resume}; when that finds none, what was done is unknown. It never calls
     *   `run` again.
     */
    run(order: RunOrder, observer: RunObserver, control: RunControl): Promise<RunOutcome>;
    /**
     * Looks for the run with this nonce and purpose, which an earlier process or a lost launch may have started.
     * Follows it when it still runs, else answers the result it left. The observer sees every task from the first on.
     * Undefined when there is no such run, or nobody can know how it ended. Rejects with `CANCELLED` when it was left.
     */
    resume(order: RunOrder, observer: RunObserver, control: RunControl): Promise<RunOutcome | undefined>;
    /** Has a run with this nonce been started by this executor? It may have ended long ago. Checks do not count. */
    hasRun(nonce: string): Promise<boolean>;
    /**
     * Removes what a run and its rollback left, except for their logs and that they ran. Asked at the end of a fix, also
     * when its run was not found.
     */
    tidy(nonce: string): Promise<void>;
}
