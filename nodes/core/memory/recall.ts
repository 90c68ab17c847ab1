import type { Incident } from '../model/incident';
import type { SimilarIncident } from '../model/memory';
import type { Stage } from '../model/stage';
import type { Change, Incidents, Transition } from '../store/incidents';
import type { Memory } from './port';
import { likenessOf } from './record';

/** Puts the past incidents that resemble this one on it, at most `limit`, and returns it. */
export async function recall(incidents: Incidents, memory: Memory, id: string, limit: number): Promise<Incident> {
    const { incident } = await incidents.get(id);
    return incidents.change(id, recalling(await memory.similar(likenessOf(incident), limit)));
}

/** Stages of an incident whose plan is shown: what it was made from stays as it is. */
const SHOWN: readonly Stage[] = ['planned', 'waiting', 'approved', 'running', 'verifying'];

function recalling(similar: SimilarIncident[]): Transition {
    return (incident) => (SHOWN.includes(incident.stage) ? { incident, entries: [] } : recalled(incident, similar));
}

function recalled(incident: Incident, similar: SimilarIncident[]): Change {
    return {
        incident: { ...incident, similar },
        entries: [
            {
                type: 'memory.recalled',
                by: 'node:redis-memory',
                text: recallText(similar),
                data: { similar: similar.map(({ incidentId, score, outcome }) => ({ incidentId, score, outcome })) },
            },
        ],
    };
}

/** One sentence for people: how many were found, and the nearest. */
export function recallText(similar: readonly SimilarIncident[]): string {
    const [nearest] = similar;
    if (!nearest) return 'No similar incident is remembered.';
    const { incidentId, score, outcome } = nearest;
    return `${similar.length} similar remembered; nearest ${incidentId} (${Math.round(score * 100)} %), outcome: ${outcome}.`;
}
