import { asFixError } from '../errors';
import type { RemediationParts } from './parts';
import type { Plan } from './plan';

/** Longest wait for an answer of the alert source. */
const ASK_MS = 10_000;

export interface AlertState {
    state: 'firing' | 'cleared' | 'unknown';
    /** Why it is unknown. */
    reason?: string;
}

/** Do alerts of the plan fire now? Firing when one does; cleared when all have; never rejects but when the store is down. */
export async function alertStateOf(parts: Pick<RemediationParts, 'alerts' | 'incidents'>, plan: Plan): Promise<AlertState> {
    let states: Map<string, 'firing' | 'cleared'>;
    if (parts.alerts) {
        try {
            states = await parts.alerts.states(plan.alerts, AbortSignal.timeout(ASK_MS));
        } catch (thrown) {
            return { state: 'unknown', reason: asFixError(thrown).message };
        }
    } else {
        const { incident } = await parts.incidents.get(plan.incidentId);
        states = new Map(incident.alerts.map(({ fingerprint, status }) => [fingerprint, status === 'firing' ? 'firing' : 'cleared']));
    }
    const found = plan.alerts.map(({ fingerprint }) => states.get(fingerprint));
    if (found.includes('firing')) return { state: 'firing' };
    if (found.length > 0 && found.every((state) => state === 'cleared')) return { state: 'cleared' };
    return { state: 'unknown', reason: 'nothing is known about an alert of the plan' };
}
