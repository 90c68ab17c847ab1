import { FixError } from '../errors';
import { FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import type { DryRun, Plan } from '../model/plan';
import type { TaskResult } from '../model/run';
import { canonicalJson } from '../text/json';
import { withoutTimes } from '../text/steady';
import type { RemediationParts } from './parts';
import { keptPreview, previewOf } from './preview';

/**
 * What a person was shown of the dry run must be what the repeated one shows, not only its digest: the tasks, those that
 * could not be shown, the counts of the hosts, and the whole preview as it is kept. Ansible's order across hosts and the
 * wording of errors are no difference. Throws `DRY_RUN_DRIFTED`, or `PLAN_CHANGED` for a preview that is not the sealed
 * one.
 */
export async function requireSameShown(
    { incidents }: Pick<RemediationParts, 'incidents'>,
    plan: Plan,
    now: DryRun,
    tasks: readonly TaskResult[],
): Promise<void> {
    const { dryRun } = plan;
    if (!dryRun.preview?.cut) requireSame('tasks', shownTasks(dryRun), shownTasks(now));
    requireSame('unseen', unseen(dryRun), unseen(now));
    requireSame('hosts', changes(dryRun), changes(now));
    const kept = await keptPreview(incidents.store.previews, { id: plan.incidentId, plan });
    if (kept === undefined || tasks.some(({ status }) => status === 'failed')) return;
    requireSame('preview', byLine(kept), byLine(previewOf(tasks).text));
}

/** Host by host, in the order of each host. Of a dry run that is cut only the whole preview is compared. */
function shownTasks({ tasks }: DryRun): unknown {
    return byHost(
        tasks.map(({ host, task, status, diff }) => ({ host, task, status, diff: diff && withoutTimes(diff) })),
    );
}

function unseen({ unseen: left = [] }: DryRun): unknown {
    const lines = left.map((task) => canonicalJson({ ...task, hosts: [...task.hosts].sort() }));
    return lines.sort();
}

/** How many facts were gathered may differ, with a cache of facts. */
function changes({ hosts }: DryRun): unknown {
    return Object.entries(hosts)
        .map(([host, { changed, failed, unreachable }]) => ({ host, changed, failed, unreachable }))
        .sort((one, other) => (one.host < other.host ? -1 : 1));
}

function byHost<Task extends { host: string }>(tasks: readonly Task[]): Record<string, Task[]> {
    const found = new Map<string, Task[]>();
    for (const task of tasks) found.set(task.host, [...(found.get(task.host) ?? []), task]);
    return Object.fromEntries(found);
}

function byLine(text: string): string {
    return withoutTimes(text).split('\n').sort().join('\n');
}

function requireSame(what: 'tasks' | 'unseen' | 'hosts' | 'preview', was: unknown, now: unknown): void {
    if (canonicalJson(was ?? null) === canonicalJson(now ?? null)) return;
    throw new FixError('DRY_RUN_DRIFTED', SENTENCES[what], { field: `dryRun.${what}`, cure: FOR_A_NEW_PLAN });
}

const SENTENCES = {
    tasks: 'The tasks and changes that were shown are not those that the dry run shows now.',
    unseen: 'The tasks that the dry run cannot show are not those that were named.',
    hosts: 'The dry run counts other changes on the hosts than were shown.',
    preview: 'The whole dry run that was kept to be read is not the one that the dry run shows now.',
};
