import { FixError } from '../errors';
import { DIAGNOSE_AGAIN } from '../incident/diagnose-again';
import type { DryRun } from '../model/plan';
import type { RunOutcome, TaskResult } from '../model/run';
import { unseenTasks } from '../model/unseen';
import { canonicalJson, sha256 } from '../text/json';

/** What of a run is stored with the incident: so many tasks, and so many characters of diff altogether. */
export const MAX_TASKS = 200;
export const MAX_DIFFS = 200_000;

/**
 * SHA-256 over host, task, status, diff and arguments of every task. Hosts are taken one after the other, because Ansible's order
 * across hosts is not fixed.
 */
export function dryRunDigest(tasks: readonly TaskResult[]): string {
    const byHost = new Map<string, string[][]>();
    for (const { host, task, status, diffDigest = '', actsDigest } of tasks) {
        const ofHost = byHost.get(host) ?? [];
        byHost.set(host, ofHost);
        ofHost.push([task, status, diffDigest, ...(actsDigest === undefined ? [] : [actsDigest])]);
    }
    return sha256(canonicalJson(Object.fromEntries(byHost)));
}

/** The dry run as it is sealed. Throws `ANSIBLE_FAILED` with the reason when it did not succeed. */
export function dryRunOf(outcome: RunOutcome, at: Date): DryRun {
    if (outcome.status !== 'succeeded') {
        throw new FixError(
            'ANSIBLE_FAILED',
            `The dry run ${outcome.status === 'failed' ? 'failed' : `was ${outcome.status}`}: ${outcome.reason ?? 'no reason given'}`,
            {
                field: 'dryRun',
                cure: `Run the playbook by hand with --check --diff and correct it, then ${DIAGNOSE_AGAIN}.`,
            },
        );
    }
    const { ansible, becomes } = outcome;
    return {
        ...(ansible === undefined ? {} : { ansible }),
        ...(becomes === undefined ? {} : { becomes }),
        tasks: storedTasks(tellingTasks(outcome.tasks)),
        unseen: unseenTasks(outcome.tasks),
        hosts: outcome.hosts,
        digest: dryRunDigest(outcome.tasks),
        at: at.toISOString(),
    };
}

/** Would the task change something, or did it fail? */
export function isTelling({ status }: TaskResult): boolean {
    return status !== 'ok' && status !== 'skipped';
}

export function tellingTasks(tasks: readonly TaskResult[]): TaskResult[] {
    return tasks.filter(isTelling);
}

/** Tasks as an incident keeps them: bounded, and without what only serves comparison. */
export function storedTasks(tasks: readonly TaskResult[]): TaskResult[] {
    let left = MAX_DIFFS;
    return tasks
        .slice(0, MAX_TASKS)
        .map(
            ({
                diffDigest: _digest,
                beganAt: _began,
                wholeDiff: _whole,
                tooLong: _tooLong,
                unseen: _unseen,
                at: _at,
                action: _action,
                arguments: _arguments,
                actsDigest: _acts,
                diff,
                ...task
            }) => {
                if (diff === undefined) return task;
                left -= diff.length;
                return { ...task, diff: left >= 0 ? diff : '… [cut: there are too many changes to show]' };
            },
        );
}
