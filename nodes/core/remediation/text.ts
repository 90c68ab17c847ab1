import type { Incident } from '../model/incident';

/** One sentence about where a fix stands, for `msg.payload`. */
export function fixText(incident: Incident): string {
    const { id, stage, plan, reason, verification } = incident;
    if (stage === 'planned' && plan) {
        const tasks = plan.dryRun.tasks.length;
        return `Dry run of "${plan.action.title}" on ${plan.hosts.join(', ')}: ${tasks} ${tasks === 1 ? 'task' : 'tasks'} would change something.`;
    }
    if (stage === 'closed' && verification) return `"${plan?.action.title ?? id}": ${verification.reason}`;
    return reason ?? `Incident ${id} is ${stage}.`;
}
