import type { IncidentStore, ListPlace } from '../store/port';
import { firingAlerts, type Incident } from './incident';
import { isEnded, STAGES } from './stage';

/** Incidents read at a time. */
const PORTION = 100;

const NOT_CLOSED = STAGES.filter((stage) => stage !== 'closed');

/** True when nothing more happens to the incident by itself, and it is not over: its alerts still fire, or nobody knows how its run ended. */
export function needsPerson(incident: Incident): boolean {
    if (incident.stage === 'closed' || !isEnded(incident.stage)) return false;
    return incident.stage === 'unknown' || firingAlerts(incident).length > 0;
}

/** True when the incident goes on, or needs a person. */
export function isOpen(incident: Incident): boolean {
    return !isEnded(incident.stage) || needsPerson(incident);
}

/** At most `limit` open incidents behind `before`, in the order of the store's list, and whether there are more. Rejects with `STORE_DOWN`. */
export async function listOpen(store: IncidentStore, limit: number, before?: ListPlace): Promise<{ incidents: Incident[]; more: boolean }> {
    const found: Incident[] = [];
    let place = before;
    for (let isLast = false; !isLast && found.length <= limit;) {
        const portion = (await store.list({ stages: NOT_CLOSED, limit: PORTION, ...(place && { before: place }) })).map(({ incident }) => incident);
        found.push(...portion.filter(isOpen));
        place = portion.at(-1);
        isLast = portion.length < PORTION;
    }
    return { incidents: found.slice(0, limit), more: found.length > limit };
}
