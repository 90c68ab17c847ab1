import type { Decision } from '../model/approval';
import type { Incident } from '../model/incident';
import type { KeyRing } from '../signing/keys';
import { isSamePerson } from './people';

/** Signs everything a decision says: incident, seal, verdict, person, time and reason. */
export function signDecision(keys: KeyRing, content: Omit<Decision, 'keyId' | 'signature'>): Decision {
    return { ...content, ...keys.sign(content) };
}

/** True when a key of this store signed exactly this decision. */
export function verifyDecision(keys: KeyRing, decision: Decision): boolean {
    const { keyId, signature, ...content } = decision;
    return keys.verify(content, keyId, signature);
}

/**
 * The approvals of the incident's present seal that count: rightly signed, one a person by the sealed
 * terms. Says nothing about entitlement.
 */
export function validApprovals(incident: Incident, keys: KeyRing): Decision[] {
    const counted: Decision[] = [];
    const people = incident.plan?.terms?.people;
    for (const decision of incident.approval?.decisions ?? []) {
        const fits =
            decision.verdict === 'approve' &&
            decision.incidentId === incident.id &&
            decision.seal === incident.seal?.digest &&
            verifyDecision(keys, decision);
        if (fits && !counted.some(({ by }) => isSamePerson(by, decision.by, people))) counted.push(decision);
    }
    return counted;
}
