import { buildCard } from '../../nodes/core/chat/build-card';
import type { Card } from '../../nodes/core/chat/card';
import type { Incident } from '../../nodes/core/model/incident';
import type { Reply, ReplyButton, ReplySection } from '../message/reply';
import type { Parts } from './parts';
import { INCIDENT_ID } from './wanted';

const NOT_HERE: ReplySection = {
    notes: ['Fixes are not decided in this channel: decide where the card was posted, or on the incident page.'],
};

/** The card of an incident as it is now, and sections behind it. It offers to decide only where that is allowed. */
export function incidentReply(incident: Incident, parts: Parts, sections: ReplySection[] = []): Reply {
    const { decision, ...card } = incidentCard(incident, parts);
    if (decision === undefined) return { card, sections };
    return parts.config.mayDecide
        ? { card: { ...card, decision }, sections }
        : { card, sections: [NOT_HERE, ...sections] };
}

/** The card of an incident as it is now, as Node-RED shows it too. */
export function incidentCard(incident: Incident, parts: Parts): Card {
    const link = isStored(incident) ? parts.link(incident.id) : undefined;
    return buildCard(incident, parts.config.language, parts.clock(), link);
}

/** What came of a decision: the head of the card and these sections; the plan has been shown before. */
export function outcomeReply(incident: Incident, parts: Parts, sections: ReplySection[]): Reply {
    const { decision: _decision, ...card } = incidentCard(incident, parts);
    return { card: { ...card, sections: [] }, sections };
}

/** What can be done next with a diagnosed incident. */
export function nextSteps(incident: Incident): ReplySection {
    const { id, diagnosis } = incident;
    const buttons: ReplyButton[] = [
        ...(isStored(incident) ? [{ label: 'Timeline', command: `fix show ${id}` }] : []),
        ...(diagnosis
            ? [{ label: 'Diagnose again', command: `fix diagnose ${id} --again` }]
            : [{ label: 'Diagnose', command: `fix diagnose ${id}` }]),
    ];
    return { buttons, ...(diagnosis ? { notes: [`Ask on: fix ask ${id} "…"`] } : {}) };
}

/** False for an alert that was diagnosed without being in the store. */
export function isStored({ id }: Incident): boolean {
    return INCIDENT_ID.test(id);
}
