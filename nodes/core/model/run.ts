/**
 * Why check mode shows nothing of a task. `left-out`: it would run, but not in check mode. `condition`: its condition
 * was false. `ran`: it ran, in check mode too. The others are read in the playbook: `no-result` came to no result, see
 * {@link Unseen.ifFails} and {@link Unseen.conditions}; `differs` does something else than in check mode; for the rest see
 * `ReadKind`.
 */
export interface Unseen {
    why: 'left-out' | 'condition' | 'ran' | 'no-result' | 'differs' | 'ends' | 'waits' | 'asks' | 'unread' | 'lookup';
    /** Name of the module. */
    action: string;
    /** What would run, where the module tells it; redacted. */
    command?: string;
    /** Handlers that the task notifies. */
    handlers: string[];
    /** Conditions as the playbook has them; only where they were read there. */
    conditions?: string[];
    /** The tasks of the block whose failure makes it run. */
    ifFails?: string;
    /** It runs when something notifies it. */
    isHandler?: true;
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
    /** Where it is written: a path relative to the library, and a line; not stored. */
    at?: { file: string; line: number };
    /** Name of the module. Only in a check, of tasks that act or would act; not stored here. */
    action?: string;
    /** What the module gets, for people: redacted and clipped; absent with `no_log`. Like `action`. */
    arguments?: string;
    /** Digest of all that the module gets, with the key of the check's order. Like `action`. */
    actsDigest?: string;
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
