import type { Incident } from '../model/incident';
import type { SimilarIncident } from '../model/memory';
import type { Incidents, Rule } from '../store/incidents';
import { likenessOf } from './record';
import { similarTo } from './similarity';

/** How many memories are compared; the store hands out those of the same identity and alertname first. */
const CANDIDATES = 200;

/** Puts the past incidents that resemble this one on it, at most `limit`, and answers it. */
export async function recall(incidents: Incidents, id: string, limit: number): Promise<Incident> {
    const { incident } = await incidents.get(id);
    const likeness = likenessOf(incident);
    const { identity, alertname } = likeness;
    const records = await incidents.store.recall({ identity, alertname, limit: CANDIDATES });
    return incidents.change(id, recalling(similarTo(likeness, records, limit)));
}

function recalling(similar: SimilarIncident[]): Rule {
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
