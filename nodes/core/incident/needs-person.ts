import { firingAlerts, type Incident } from '../model/incident';
import { isEnded, STAGES, type Stage } from '../model/stage';
import type { IncidentStore, ListPlace } from '../store/port';

/**
 * Only this many of the newest ended incidents are looked at: of alerts that fire on, Alertmanager tells again, which
 * makes their incident new.
 */
const MOST_ENDED = 500;

const GOING_ON = STAGES.filter((stage) => !isEnded(stage));
const ENDED_NOT_CLOSED = STAGES.filter((stage) => isEnded(stage) && stage !== 'closed');

/**
 * True when nothing more happens to the incident by itself, and it is not over: its alerts still fire, or nobody knows
 * how its run ended.
 */
export function needsPerson(incident: Incident): boolean {
    if (incident.stage === 'closed' || !isEnded(incident.stage)) return false;
    return incident.stage === 'unknown' || firingAlerts(incident).length > 0;
}

/**
 * At most `limit` incidents behind `before` that go on, or need a person, newest first, and whether there are more.
 * Rejects with `STORE_DOWN`.
 */
export async function listOpen(
    store: IncidentStore,
    limit: number,
    before?: ListPlace,
): Promise<{ incidents: Incident[]; more: boolean }> {
    const read = async (stages: readonly Stage[], most: number): Promise<Incident[]> =>
        (await store.list({ stages, limit: most, ...(before && { before }) })).map(({ incident }) => incident);
    const [goingOn, ended] = await Promise.all([read(GOING_ON, limit + 1), read(ENDED_NOT_CLOSED, MOST_ENDED)]);
    const found = [...goingOn, ...ended.filter(needsPerson)].sort(newestFirst);
    return { incidents: found.slice(0, limit), more: found.length > limit };
}

function newestFirst(one: Incident, other: Incident): number {
    return placeOf(one) < placeOf(other) ? 1 : -1;
}

function placeOf({ updatedAt, id }: ListPlace): string {
    return `${updatedAt} ${id}`;
}
