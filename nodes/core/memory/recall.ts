import type { Incident } from '../model/incident';
import type { SimilarIncident } from '../model/memory';
import type { Incidents, Transition } from '../store/incidents';
import type { Memory } from './port';
import { likenessOf } from './record';

/** Puts the past incidents that resemble this one on it, at most `limit`, and returns it. */
export async function recall(incidents: Incidents, memory: Memory, id: string, limit: number): Promise<Incident> {
    const { incident } = await incidents.get(id);
    return incidents.change(id, recalling(await memory.similar(likenessOf(incident), limit)));
}

function recalling(similar: SimilarIncident[]): Transition {
    return (incident) => ({
        incident: { ...incident, similar },
        entries: [
            {
                type: 'memory.recalled',
                by: 'node:redis-memory',
                text: recallText(similar),
                data: { similar: similar.map(({ incidentId, score, outcome }) => ({ incidentId, score, outcome })) },
            },
        ],
    });
}

/** One sentence for people: how many were found, and the nearest. */
export function recallText(similar: readonly SimilarIncident[]): string {
    const [nearest] = similar;
    if (!nearest) return 'No similar incident is remembered.';
    const { incidentId, score, outcome } = nearest;
    return `${similar.length} similar remembered; nearest ${incidentId} (${Math.round(score * 100)} %), outcome: ${outcome}.`;
}
