import { withdraw } from '../approval/withdraw';
import type { Change } from '../store/incidents';
import type { Incident } from './incident';

const BY = 'node:alert-in';

/**
 * No alert of the incident fires any more. A waiting or granted approval is withdrawn; a run goes on, and its
 * verification decides; everything else is closed.
 */
export function resolve(incident: Incident, now: Date): Change {
    const resolved: Incident = { ...incident, resolvedAt: lastEnd(incident) ?? now.toISOString() };
    switch (incident.stage) {
        case 'running':
        case 'verifying':
        case 'closed':
            return { incident: resolved, entries: [] };
        case 'waiting':
        case 'approved':
            return withdraw(resolved, 'The alerts resolved before the fix ran; its approval is withdrawn.', BY);
        default:
            return close(resolved, now);
    }
}

function close(incident: Incident, now: Date): Change {
    const reason = incident.reason ?? 'The alerts resolved before a fix ran.';
    return {
        incident: { ...incident, stage: 'closed', closedAt: now.toISOString(), reason },
        entries: [{ type: 'incident.closed', by: BY, text: `All alerts resolved while the incident was ${incident.stage}.` }],
    };
}

function lastEnd({ alerts }: Incident): string | undefined {
    return alerts.map(({ endsAt }) => endsAt ?? '').sort().at(-1) || undefined;
}
