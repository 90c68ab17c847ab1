import { type DecisionOutcome, decide } from '../../../nodes/core/approval/decide';
import { refusalText } from '../../../nodes/core/chat/refusal';
import { textsOf } from '../../../nodes/core/chat/texts';
import { asFixError, FixError } from '../../../nodes/core/errors';
import type { Identity } from '../../../nodes/core/model/identity';
import type { Incident } from '../../../nodes/core/model/incident';
import type { Incidents } from '../../../nodes/core/store/incidents';
import { redact } from '../../../nodes/core/text/redact';
import { hostLog } from '../../host/log';
import { isDecidable } from '../../message/render';
import type { Reply } from '../../message/reply';
import type { Call, Command } from '../call';
import { incidentCard, incidentReply, outcomeReply } from '../incident-reply';
import type { Parts } from '../parts';
import { incidentIdOf } from '../wanted';

const OUTCOMES: Record<DecisionOutcome, string> = {
    approved: 'Approved. The flow in Node-RED goes on.',
    'first-of-two': 'Recorded. A second person must approve too.',
    rejected: 'Rejected. Nothing runs.',
};

/**
 * Approves the plan of this seal. Without a seal it shows the plan with its buttons: what a person did not see is not
 * approved.
 */
export const approve: Command<Parts> = async (call, parts) => {
    const by = requirePerson(call, parts);
    const incidents = await parts.incidents();
    const { incident } = await incidents.get(incidentIdOf(call));
    const seal = call.words[1];
    if (incident.stage === 'waiting' && !isDecidableHere(incident, call, parts)) return elsewhere(incident, parts);
    if (seal === undefined && incident.stage === 'waiting') {
        return incidentReply(incident, parts, [{ text: 'Look at the plan; its button approves exactly this.' }]);
    }
    return decided({ incidents, incident, seal: seal ?? incident.seal?.digest, verdict: 'approve', by }, parts);
};

/** Rejects the plan that waits. Nothing runs by it, so the present plan is meant when no seal is given. */
export const reject: Command<Parts> = async (call, parts) => {
    const by = requirePerson(call, parts);
    const incidents = await parts.incidents();
    const { incident } = await incidents.get(incidentIdOf(call));
    const reason = call.flags.get('reason');
    return decided(
        {
            incidents,
            incident,
            seal: call.words[1] ?? incident.seal?.digest,
            verdict: 'reject',
            by,
            ...(reason === undefined ? {} : { reason }),
        },
        parts,
    );
};

interface Asked {
    incidents: Incidents;
    incident: Incident;
    seal: string | undefined;
    verdict: 'approve' | 'reject';
    by: Identity;
    reason?: string;
}

async function decided({ incidents, incident, seal, verdict, by, reason }: Asked, parts: Parts): Promise<Reply> {
    if (seal === undefined)
        throw new FixError('STAGE_WRONG', `Incident ${incident.id} is ${incident.stage}; there is nothing to decide.`);
    const request = { incidentId: incident.id, seal, verdict, by, ...(reason === undefined ? {} : { reason }) };
    const after = await decide({ incidents, keys: parts.keys() }, request).catch((thrown: unknown) =>
        asFixError(thrown),
    );
    if (after instanceof FixError) return refused(after, incidents, incident.id, parts);
    const said = [{ text: OUTCOMES[after.outcome] }];
    // The card with its buttons stays for the second person, who must see the plan as well.
    if (after.outcome === 'first-of-two') return { sections: said };
    return { ...outcomeReply(after.incident, parts, said), replaceOriginal: true };
}

/** Has who types here been able to see all of the plan? Not where its card does not fit into one message. */
function isDecidableHere(incident: Incident, { target }: Call, parts: Parts): boolean {
    const { language } = parts.config;
    const card = incidentCard(incident, parts);
    return card.decision === undefined || isDecidable(card, target, language);
}

function elsewhere(incident: Incident, parts: Parts): Reply {
    const { chat } = textsOf(parts.config.language);
    return outcomeReply(incident, parts, [{ text: chat.notWhole, notes: [chat.onPage] }]);
}

async function refused(error: FixError, incidents: Incidents, id: string, parts: Parts): Promise<Reply> {
    if (error.code === 'INTERNAL') hostLog('error', error.cause ?? error, { kind: 'decision failed' });
    const now = await incidents.store.read(id).catch(() => undefined);
    return { sections: [{ text: redact(refusalText(error, now?.incident, parts.config.language)) }], ephemeral: true };
}

/** Who decides, where deciding is allowed. Throws `NOT_ENTITLED`. */
function requirePerson({ person, automation, target }: Call, { config }: Parts): Identity {
    if (automation !== undefined) throw new FixError('NOT_ENTITLED', 'An automation never decides; a person must.');
    if (!config.mayDecide) {
        throw new FixError('NOT_ENTITLED', 'Fixes are not decided in this channel.', {
            cure: 'Decide where the card was posted, or bind a configuration with mayDecide: true to this channel.',
        });
    }
    if (person) return person;
    const why =
        target.platform !== 'unknown'
            ? 'Botkube does not say for sure who you are on this platform.'
            : 'Nobody is named as the one who decides.';
    throw new FixError('NOT_ENTITLED', why, { cure: 'Decide on the incident page or in Slack.' });
}
