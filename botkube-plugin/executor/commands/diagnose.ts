import { cardTitle } from '../../../nodes/core/chat/alert-section';
import { textsOf } from '../../../nodes/core/chat/texts';
import type { FixError } from '../../../nodes/core/errors';
import type { Incident } from '../../../nodes/core/model/incident';
import { clip } from '../../../nodes/core/text/cut';
import { plainLine } from '../../../nodes/core/text/plain-text';
import type { Reply } from '../../message/reply';
import type { Call, Command } from '../call';
import { findFiring, findStored } from '../find';
import { incidentReply, nextSteps } from '../incident-reply';
import { diagnoseAlerts, diagnoseIncident, isDiagnosed, keyOfEvent } from '../make-diagnosis';
import type { Parts } from '../parts';
import { type ToldAlert, wantedOf } from '../wanted';
import { nameOf } from './alerts';

/** Most alerts that one diagnosis takes together, and that a choice offers. */
const MOST = 20;

/** The AI step: cause, confidence, cited evidence and proposed action of an incident, or of an alert that fires. */
export const diagnose: Command<Parts> = async (call, parts) => {
    const wanted = wantedOf(call, parts.clock());
    const again = call.flags.has('again');
    const event = 'event' in wanted ? wanted.event : undefined;
    const eventKey = event && keyOfEvent(event);
    if (event && eventKey && !again && isDiagnosed(eventKey, parts)) {
        return answer(await diagnoseAlerts([event], again, parts, call.signal, eventKey), parts, whyNotRecorded(parts));
    }
    const { incidents, trouble } = await findStored(wanted, parts);
    const [incident] = incidents;
    if (incident && (incidents.length === 1 || call.automation !== undefined)) {
        return answer(await diagnoseIncident(incident, again, parts, call.signal, call.person), parts);
    }
    if (incidents.length > 1 || 'incidentId' in wanted) return chooseIncident(incidents, parts);
    const alerts = await findFiring(wanted, parts, call.signal);
    if (alerts.length > 1 && call.automation === undefined) return chooseAlert(alerts, call);
    const diagnosed = await diagnoseAlerts(alerts.slice(0, MOST), again, parts, call.signal, eventKey);
    return answer(diagnosed, parts, whyNotRecorded(parts, trouble));
};

function whyNotRecorded({ hasStore }: Parts, trouble?: FixError): string {
    if (trouble) return `Not recorded: ${trouble.message}`;
    return hasStore
        ? 'Not recorded: no flow has opened an incident for this alert.'
        : 'Not recorded: no Redis is configured.';
}

function answer(incident: Incident, parts: Parts, note?: string): Reply {
    const steps = nextSteps(incident);
    const notes = [
        ...(steps.notes ?? []),
        ...(incident.diagnosis?.proposal && !incident.plan
            ? ['A diagnosis made here sets no flow going: a flow in Node-RED plans the fix and asks for approval.']
            : []),
        ...(note === undefined ? [] : [note]),
    ];
    return incidentReply(incident, parts, [{ ...steps, notes }]);
}

function chooseIncident(incidents: readonly Incident[], { config }: Parts): Reply {
    const options = incidents.slice(0, MOST).map((incident) => ({
        label: clip(`${cardTitle(incident, textsOf(config.language))} (${incident.stage})`, 75),
        value: incident.id,
    }));
    return choice('Several incidents are about this alert', options);
}

function chooseAlert(alerts: readonly ToldAlert[], { words }: Call): Reply {
    const options = alerts
        .slice(0, MOST)
        .flatMap(({ fingerprint, labels }) =>
            fingerprint ? [{ label: clip(nameOf({ labels }), 75), value: fingerprint }] : [],
        );
    return choice(`${alerts.length} alerts ${plainLine(words.join(' '))} fire`, options);
}

function choice(title: string, options: { label: string; value: string }[]): Reply {
    return {
        sections: [
            {
                title,
                items: options.map(({ label, value }) => `${value} · ${label}`),
                select: { label: 'Diagnose', command: 'fix diagnose', groups: [{ label: 'Which one?', options }] },
            },
        ],
    };
}
