import type { Node, NodeAPI } from 'node-red';
import { type DecisionRequest, decide } from '../core/approval/decide';
import { refusalText } from '../core/chat/refusal';
import type { Language } from '../core/chat/texts';
import { asFixError } from '../core/errors';
import type { GroupDirectory } from '../core/model/approval';
import { identityText } from '../core/model/identity';
import type { Incident } from '../core/model/incident';
import { requireService } from './config-node';
import type { IncidentStoreService } from './services';

export interface DecisionsOptions {
    RED: NodeAPI;
    /** Logs what was not recorded. */
    node: Pick<Node, 'log'>;
    /** Id of the incident store in which decisions are recorded. */
    store: string;
    language: Language;
}

/** What a chat calls for every decision that a person hands in there. */
export type TakeDecision = (request: DecisionRequest, directory?: GroupDirectory) => Promise<string | undefined>;

/**
 * Takes decisions for a chat, whatever its platform: records them, or answers the sentence that only this person gets.
 * Undefined when the decision is recorded: the card shows it. Never rejects.
 */
export function decisionTaker({ RED, node, store: id, language }: DecisionsOptions): TakeDecision {
    return async (request, directory) => {
        let incident: Incident | undefined;
        try {
            const store = requireService<IncidentStoreService>(RED, id, 'incident-store', 'store');
            const incidents = await store.incidents();
            incident = (await incidents.store.read(request.incidentId))?.incident;
            await decide({ incidents, keys: await store.keys(), ...(directory ? { directory } : {}) }, request);
            return undefined;
        } catch (thrown) {
            const error = asFixError(thrown);
            const { verdict, incidentId, by } = request;
            node.log(`${verdict} of ${incidentId} by ${identityText(by)} not recorded: ${error.message}`);
            return refusalText(error, incident, language);
        }
    };
}
