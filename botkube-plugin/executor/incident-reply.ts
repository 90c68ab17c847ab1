import { buildCard } from '../../nodes/core/chat/build-card';
import type { Incident } from '../../nodes/core/incident/incident';
import type { Reply, ReplyButton, ReplySection } from '../message/reply';
import type { Parts } from './parts';
import { INCIDENT_ID } from './wanted';

/** The card of an incident as it is now, and sections behind it. */
export function incidentReply(incident: Incident, parts: Parts, sections: ReplySection[] = []): Reply {
    return { card: buildCard(incident, parts.config.language, parts.clock(), isStored(incident) ? parts.link(incident.id) : undefined), sections };
}

/** What can be done next with a diagnosed incident. */
export function nextSteps(incident: Incident): ReplySection {
    const { id, diagnosis } = incident;
    const buttons: ReplyButton[] = [
        ...(isStored(incident) ? [{ label: 'Timeline', command: `fix show ${id}` }] : []),
        ...(diagnosis ? [{ label: 'Diagnose again', command: `fix diagnose ${id} --again` }] : [{ label: 'Diagnose', command: `fix diagnose ${id}` }]),
    ];
    return { buttons, ...(diagnosis ? { notes: [`Ask on: fix ask ${id} "…"`] } : {}) };
}

/** False for an alert that was diagnosed without being in the store. */
export function isStored({ id }: Incident): boolean {
    return INCIDENT_ID.test(id);
}
