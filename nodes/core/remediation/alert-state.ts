import { asFixError } from '../errors';
import type { Plan } from '../model/plan';
import type { RemediationParts } from './parts';

/** Longest wait for an answer of the alert source. */
const ASK_MS = 10_000;

type Firing = 'firing' | 'cleared';

export interface AlertState {
    state: Firing | 'unknown';
    /** Why it is unknown. */
    reason?: string;
}

/** What is known of each alert of a plan, by fingerprint, and why nothing is known. */
export interface AlertStates {
    of: ReadonlyMap<string, Firing>;
    reason?: string;
}

/** Which alerts of the plan fire now. Never rejects but when the store is down. */
export async function alertStatesOf(
    parts: Pick<RemediationParts, 'alerts' | 'incidents'>,
    plan: Plan,
): Promise<AlertStates> {
    if (!parts.alerts) {
        const { incident } = await parts.incidents.get(plan.incidentId);
        return {
            of: new Map(
                incident.alerts.map(({ fingerprint, status }) => [
                    fingerprint,
                    status === 'firing' ? 'firing' : 'cleared',
                ]),
            ),
        };
    }
    try {
        return { of: await parts.alerts.states(plan.alerts, AbortSignal.timeout(ASK_MS)) };
    } catch (thrown) {
        return { of: new Map(), reason: asFixError(thrown).message };
    }
}

/** Firing when one of them does, cleared when all have. */
export function stateOfAll(states: readonly (Firing | undefined)[]): AlertState['state'] {
    if (states.includes('firing')) return 'firing';
    return states.length > 0 && states.every((state) => state === 'cleared') ? 'cleared' : 'unknown';
}

/**
 * Do alerts of the plan fire now? Firing when one does; cleared when all have; never rejects but when the store is
 * down.
 */
export async function alertStateOf(
    parts: Pick<RemediationParts, 'alerts' | 'incidents'>,
    plan: Plan,
): Promise<AlertState> {
    const { of, reason } = await alertStatesOf(parts, plan);
    const state = stateOfAll(plan.alerts.map(({ fingerprint }) => of.get(fingerprint)));
    return state === 'unknown' ? { state, reason: reason ?? 'nothing is known about an alert of the plan' } : { state };
}
