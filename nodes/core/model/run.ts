/**
 * Why check mode shows nothing of a task: it would run, but not in check mode; its condition was false; it ran, in
 * check mode too.
 */
export interface Unseen {
    why: 'left-out' | 'condition' | 'ran';
    /** Name of the module. */
    action: string;
    /** What would run, where the module tells it; redacted. */
    command?: string;
    /** Handlers that the task notifies. */
    handlers: string[];
}

/** One task on one host. Texts are redacted and size-capped. */
export interface TaskResult {
    host: string;
    task: string;
    status: 'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable';
    /** Unified or before/after diff as Ansible gives it. */
    diff?: string;
    /** The diff in full where `diff` is cut; not stored here. */
    wholeDiff?: string;
    /** The full diff, or the command, is longer than all that a preview may hold; not stored. */
    tooLong?: true;
    /** Only in a check; not stored here. */
    unseen?: Unseen;
    /**
     * SHA-256 of the whole diff, or of the command, before it was redacted and cut, without the names of temporary
     * files; not stored.
     */
    diffDigest?: string;
    /** When the task began, milliseconds since 1970; not stored. */
    beganAt?: number;
    message?: string;
}

/** Counts of one host in Ansible's stats event. */
export interface HostStats {
    ok: number;
    changed: number;
    failed: number;
    unreachable: number;
    skipped: number;
}

/** One execution of a playbook, as its executor reports it. */
export interface RunOutcome {
    status: 'succeeded' | 'failed' | 'cancelled' | 'timed-out' | 'never-started';
    hosts: Record<string, HostStats>;
    tasks: TaskResult[];
    /** What went wrong, one sentence; absent on success. */
    reason?: string;
    exitCode: number | null;
    milliseconds: number;
    /** Version of ansible-core; absent when no play began. */
    ansible?: string;
    /** Users that tasks became on the hosts, or would have; absent: none. */
    becomes?: string[];
}

/** One execution of a sealed plan. */
export interface Run {
    /** The plan's nonce. */
    id: string;
    seal: string;
    state: 'intended' | 'started' | 'succeeded' | 'failed' | 'cancelled' | 'unknown';
    intendedAt: string;
    startedAt?: string;
    endedAt?: string;
    /** What its executor calls it while it runs; see `RunHandle`. */
    handle?: string;
    /** Its process id while it runs, where it is a process of the instance's machine. */
    pid?: number;
    instance: string;
    outcome?: RunOutcome;
    rollback?: RunOutcome;
    /** File name of the kept log. */
    log?: string;
}
