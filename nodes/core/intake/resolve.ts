import { withdrawing } from '../approval/withdraw';
import type { Alert, Incident } from '../model/incident';
import type { Change, Transition } from '../store/incidents';

const BY = 'node:alert-in';
const WITHDRAWN = 'The alerts resolved before the fix ran; its approval is withdrawn.';

/**
 * No alert of the incident fires any more. A waiting or granted approval is withdrawn; a run goes on, and its
 * verification decides; everything else is closed.
 */
export const resolving: Transition = (incident, now) => {
    const resolved: Incident = { ...incident, resolvedAt: lastEnd(incident) ?? now.toISOString() };
    switch (incident.stage) {
        case 'running':
        case 'verifying':
        case 'closed':
            return { incident: resolved, entries: [] };
        case 'waiting':
        case 'approved':
            return withdrawing(WITHDRAWN, BY)(resolved, now);
        default:
            return closed(resolved, now);
    }
};

/**
 * The alerts of an incident that has ended without success are over, and began again at `startsAt` (ISO 8601) before
 * their end was notified: they are the next incident's, and this one is closed.
 */
export function givingWay(startsAt: string): Transition {
    return (incident, now) => {
        const alerts = incident.alerts.map(
            (alert): Alert => (alert.status === 'firing' ? { ...alert, status: 'resolved', endsAt: startsAt } : alert),
        );
        return {
            incident: { ...incident, alerts, resolvedAt: startsAt, stage: 'closed', closedAt: now.toISOString() },
            entries: [
                {
                    type: 'incident.closed',
                    by: BY,
                    text: `The alerts ended while the incident was ${incident.stage}, and began again: a new incident goes on with them.`,
                },
            ],
        };
    };
}

function closed(incident: Incident, now: Date): Change {
    const reason = incident.reason ?? 'The alerts resolved before a fix ran.';
    return {
        incident: { ...incident, stage: 'closed', closedAt: now.toISOString(), reason },
        entries: [
            { type: 'incident.closed', by: BY, text: `All alerts resolved while the incident was ${incident.stage}.` },
        ],
    };
}

function lastEnd({ alerts }: Incident): string | undefined {
    return (
        alerts
            .map(({ endsAt }) => endsAt ?? '')
            .sort()
            .at(-1) || undefined
    );
}
