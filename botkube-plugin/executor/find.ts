import { asFixError, FixError } from '../../nodes/core/errors';
import { firingAlerts, type Incident } from '../../nodes/core/model/incident';
import { STAGES } from '../../nodes/core/model/stage';
import { clip } from '../../nodes/core/text/cut';
import type { Parts } from './parts';
import type { ToldAlert, Wanted } from './wanted';

/** Newest incidents that are searched for an alert. */
const MOST_SEARCHED = 500;

/** Incidents of the store about the wanted alerts, newest first; or why the store could not be asked. */
export interface Stored {
    incidents: Incident[];
    trouble?: FixError;
}

/**
 * What is known in the store. Without a store, or while it is down, nothing; only an incident asked for by its id
 * rejects.
 */
export async function findStored(wanted: Wanted, parts: Parts): Promise<Stored> {
    if ('incidentId' in wanted)
        return { incidents: [(await (await parts.incidents()).get(wanted.incidentId)).incident] };
    if (!parts.hasStore) return { incidents: [] };
    try {
        const { store } = await parts.incidents();
        const listed = await store.list({ stages: STAGES.filter((stage) => stage !== 'closed'), limit: MOST_SEARCHED });
        return {
            incidents: listed
                .map(({ incident }) => incident)
                .filter((incident) => firingAlerts(incident).some((alert) => isWanted(wanted, alert))),
        };
    } catch (thrown) {
        return { incidents: [], trouble: asFixError(thrown, 'STORE_DOWN') };
    }
}

/** The wanted alerts as Alertmanager tells them; the event itself where Alertmanager does not know it (yet). */
export async function findFiring(
    wanted: Exclude<Wanted, { incidentId: string }>,
    parts: Parts,
    signal: AbortSignal,
): Promise<ToldAlert[]> {
    const event = 'event' in wanted ? wanted.event : undefined;
    try {
        const found = await askAlertmanager(wanted, parts, signal);
        if (found.length > 0) return found;
    } catch (thrown) {
        signal.throwIfAborted();
        if (!event) throw thrown;
    }
    if (event) return [event];
    throw new FixError('INCIDENT_UNKNOWN', `No alert fires with ${describe(wanted)}.`, {
        cure: 'fix alerts lists what fires now.',
    });
}

async function askAlertmanager(
    wanted: Exclude<Wanted, { incidentId: string }>,
    parts: Parts,
    signal: AbortSignal,
): Promise<ToldAlert[]> {
    const alerts = parts.alerts();
    if (!alerts) {
        throw new FixError('CONFIG_MISSING', 'No Alertmanager is configured to ask for the alert.', {
            field: 'alertmanager',
            cure: 'Add alertmanager: {url: …} to the configuration of the fix executor.',
        });
    }
    const found = await alerts.firing('labels' in wanted ? wanted.labels : {}, signal);
    return found.filter((alert) => isWanted(wanted, alert));
}

function isWanted(
    wanted: Exclude<Wanted, { incidentId: string }>,
    alert: { fingerprint: string; labels: Record<string, string> },
): boolean {
    if ('fingerprint' in wanted) return alert.fingerprint === wanted.fingerprint;
    return Object.entries(wanted.labels).every(([name, value]) => (alert.labels[name] ?? '') === value);
}

function describe(wanted: Exclude<Wanted, { incidentId: string }>): string {
    if ('fingerprint' in wanted) return `the fingerprint ${wanted.fingerprint}`;
    return Object.entries(wanted.labels)
        .map(([name, value]) => `${name}=${JSON.stringify(clip(value, 80))}`)
        .join(', ');
}
