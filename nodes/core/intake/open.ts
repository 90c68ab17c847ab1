import { counted, type LabelNames, listed, summarise } from '../incident/summary';
import type { Alert, FlowPosition, Incident, IncidentSource } from '../model/incident';
import type { NewTimelineEntry } from '../model/timeline';
import type { Transition } from '../store/incidents';

/** All that a new incident is made of. */
export interface Opening {
    id: string;
    groupKey: string;
    alerts: Alert[];
    source: IncidentSource;
    flow: FlowPosition;
    previous?: string;
    digest?: boolean;
    /** Alerts of the group that the sender left out. */
    truncated: number;
}

/** A new incident of these firing alerts, and its first timeline entry. */
export function open(
    opening: Opening,
    now: Date,
    names: LabelNames,
): { incident: Incident; entries: NewTimelineEntry[] } {
    const { truncated, ...rest } = opening;
    const at = now.toISOString();
    return {
        incident: {
            ...rest,
            stage: 'open',
            ...summarise(opening.alerts, names),
            openedAt: at,
            updatedAt: at,
            notifiedAt: at,
        },
        entries: [
            {
                type: 'incident.opened',
                by: 'node:alert-in',
                text: sentence(opening),
                data: {
                    fingerprints: opening.alerts.map(({ fingerprint }) => fingerprint),
                    receiver: opening.source.receiver,
                    truncated,
                    ...(opening.previous === undefined ? {} : { previous: opening.previous }),
                    ...(opening.flow.until === undefined ? {} : { heldUntil: opening.flow.until }),
                },
            },
        ],
    };
}

function sentence({ alerts, digest, previous, flow, truncated }: Opening): string {
    const parts = [
        `${digest ? 'Storm digest opened with' : 'Opened with'} ${counted(alerts.length, 'alert')}: ${listed(alerts)}.`,
    ];
    if (truncated > 0) parts.push(`The sender left out ${truncated} more.`);
    if (previous !== undefined) parts.push(`It fired again after ${previous}.`);
    if (flow.until !== undefined) parts.push(`Held until ${flow.until} because of the cooldown.`);
    return parts.join(' ');
}

/** When the group's cooldown ends, or undefined when it has: it runs from the end of the incident before. */
export function heldUntil(previous: Incident, cooldownSeconds: number, now: Date): Date | undefined {
    const ended = previous.closedAt ?? previous.resolvedAt ?? previous.updatedAt;
    const until = new Date(Date.parse(ended) + cooldownSeconds * 1_000);
    return until > now ? until : undefined;
}

/** Lets a held incident go on from `position`; changes nothing when it was released already. */
export function releasing(position: FlowPosition): Transition {
    return (incident) => {
        if (incident.flow.state !== 'held') return { incident, entries: [] };
        return {
            incident: { ...incident, flow: position },
            entries: [
                { type: 'flow.sent', by: 'node:alert-in', text: 'The cooldown ended and the alert still fires.' },
            ],
        };
    };
}
