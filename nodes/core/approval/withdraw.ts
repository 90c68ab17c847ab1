import type { Actor, Incident } from '../model/incident';
import type { NewTimelineEntry } from '../model/timeline';

/** Takes a waiting or granted approval back, e.g. because the alert resolved by itself: nothing runs any more. */
export function withdraw(
    incident: Incident,
    reason: string,
    by: Actor,
): { incident: Incident; entries: NewTimelineEntry[] } {
    const { approval } = incident;
    return {
        incident: {
            ...incident,
            stage: 'refused',
            reason,
            ...(approval === undefined ? {} : { approval: { ...approval, state: 'withdrawn', reason } }),
        },
        entries: [
            {
                type: 'approval.withdrawn',
                by,
                text: reason,
                ...(incident.seal === undefined ? {} : { data: { seal: incident.seal.digest } }),
            },
        ],
    };
}
