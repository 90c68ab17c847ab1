import type { NodeMessage } from 'node-red';
import { FixError } from '../core/errors';
import type { Incident } from '../core/model/incident';

/**
 * A message of the contract: `incident`, `payload` (a short text), `topic` (the incident id), and whatever the user
 * added.
 */
export interface IncidentMessage extends NodeMessage {
    incident?: Incident;
    [property: string]: unknown;
}

/** The id of the message's incident; the only thing a node believes of it. Throws `INPUT_INVALID`. */
export function incidentIdOf(msg: IncidentMessage): string {
    const id: unknown = msg.incident?.id;
    if (typeof id === 'string' && /^inc-[0-9a-z]{4,20}$/.test(id)) return id;
    throw new FixError('INPUT_INVALID', 'The message carries no incident.', {
        field: 'msg.incident.id',
        cure: 'Connect this node behind alert-in.',
    });
}

/** The same message object with the newest incident and text; every other property survives. */
export function withIncident(msg: IncidentMessage, incident: Incident, text: string): IncidentMessage {
    msg.incident = structuredClone(incident);
    msg.payload = text;
    msg.topic = incident.id;
    return msg;
}
