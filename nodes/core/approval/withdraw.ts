import type { Actor } from '../model/incident';
import type { Transition } from '../store/incidents';

/** Takes a waiting or granted approval back, e.g. because the alert resolved by itself: nothing runs any more. */
export function withdrawing(reason: string, by: Actor): Transition {
    return (incident) => ({
        incident: {
            ...incident,
            stage: 'refused',
            reason,
            ...(incident.approval === undefined
                ? {}
                : { approval: { ...incident.approval, state: 'withdrawn', reason } }),
        },
        entries: [
            {
                type: 'approval.withdrawn',
                by,
                text: reason,
                ...(incident.seal === undefined ? {} : { data: { seal: incident.seal.digest } }),
            },
        ],
    });
}
