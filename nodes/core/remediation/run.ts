/** One task on one host. Texts are redacted and size-capped. */
export interface TaskResult {
    host: string;
    task: string;
    status: 'ok' | 'changed' | 'failed' | 'skipped' | 'unreachable';
    /** Unified or before/after diff as Ansible gives it. */
    diff?: string;
    /** SHA-256 of the whole diff before it was redacted and cut, without the names of temporary files; not stored. */
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

/** One execution of a playbook, as the executor reports it. */
export interface RunOutcome {
    status: 'succeeded' | 'failed' | 'cancelled' | 'timed-out' | 'never-started';
    hosts: Record<string, HostStats>;
    tasks: TaskResult[];
    /** What went wrong, one sentence; absent on success. */
    reason?: string;
    exitCode: number | null;
    milliseconds: number;
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
    /** Process id and instance while it runs. */
    pid?: number;
    instance: string;
    outcome?: RunOutcome;
    rollback?: RunOutcome;
    /** File name of the kept log. */
    log?: string;
}
