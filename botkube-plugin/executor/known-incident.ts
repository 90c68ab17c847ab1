import { FixError } from '../../nodes/core/errors';
import type { Incident } from '../../nodes/core/model/incident';
import type { Call } from './call';
import type { Parts } from './parts';
import { INCIDENT_ID, incidentIdOf } from './wanted';

/**
 * The incident that a call names: from the store, or an alert diagnosed here lately. Rejects with `INCIDENT_UNKNOWN`.
 */
export async function knownIncident(call: Call, parts: Parts): Promise<Incident> {
    const id = incidentIdOf(call);
    if (INCIDENT_ID.test(id)) return (await (await parts.incidents()).get(id)).incident;
    const recent = parts.recent.byId(id, parts.clock());
    if (recent) return recent;
    throw new FixError(
        'INCIDENT_UNKNOWN',
        `The alert ${id} has not been diagnosed here: write fix diagnose ${id} first.`,
    );
}
