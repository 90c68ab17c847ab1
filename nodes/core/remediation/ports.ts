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

/** Runs playbooks. Never rejects for what happens inside a run: that is the outcome's. */
export interface PlaybookExecutor {
    /** Rejects with `ANSIBLE_MISSING` when the program is not there. */
    run(run: PlaybookRun, observer: RunObserver, signal: AbortSignal): Promise<RunOutcome>;
    /** Host names of the inventory. */
    inventoryHosts(folder: string, inventory: string): Promise<string[]>;
    /** SHA-256 of every file Ansible may read for this library, by relative path. Refuses symlinks that leave the folder. */
    fileDigests(folder: string, inventory: string): Promise<Record<string, string>>;
}
