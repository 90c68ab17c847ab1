import { DIAGNOSABLE } from '../../../nodes/core/diagnosis/transitions';
import type { Incident } from '../../../nodes/core/model/incident';
import { firstBrokenLink, type TimelineEntry } from '../../../nodes/core/model/timeline';
import { clip } from '../../../nodes/core/text/cut';
import { plainLine } from '../../../nodes/core/text/plain-text';
import type { ReplySection } from '../../message/reply';
import type { Command } from '../call';
import { incidentReply, isStored, nextSteps } from '../incident-reply';
import { knownIncident } from '../known-incident';
import type { Parts } from '../parts';

const MOST_LINES = 12;

/** The card of an incident and the newest lines of its timeline. */
export const show: Command<Parts> = async (call, parts) => {
    const incident = await knownIncident(call, parts);
    if (!isStored(incident)) return incidentReply(incident, parts, [nextSteps(incident)]);
    const timeline = await (await parts.incidents()).store.timeline(incident.id);
    return incidentReply(incident, parts, [
        timelineSection(timeline, incident),
        ...(DIAGNOSABLE.includes(incident.stage) ? [nextSteps(incident)] : []),
    ]);
};

function timelineSection(timeline: readonly TimelineEntry[], { id }: Incident): ReplySection {
    const told = timeline.filter(({ type }) => type !== 'evidence.recorded');
    const left = told.length - MOST_LINES;
    const broken = firstBrokenLink(id, timeline);
    return {
        title: 'Timeline',
        items: told
            .slice(-MOST_LINES)
            .map(
                ({ at, by, text }) =>
                    `${at.slice(5, 16).replace('T', ' ')} ${plainLine(by)}: ${clip(plainLine(text), 200)}`,
            ),
        notes: [
            ...(left > 0 ? [`${left} earlier lines are on the incident page.`] : []),
            broken === undefined
                ? 'The timeline is whole. Times are UTC.'
                : `The timeline is NOT whole: line ${broken} was changed. Trust nothing after it.`,
        ],
    };
}
