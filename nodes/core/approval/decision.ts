import type { Decision } from './approval';
import type { KeyRing } from './keys';

/** Signs everything a decision says: incident, seal, verdict, person, time and reason. */
export function signDecision(keys: KeyRing, content: Omit<Decision, 'keyId' | 'signature'>): Decision {
    return { ...content, ...keys.sign(content) };
}

/** True when a key of this store signed exactly this decision. */
export function verifyDecision(keys: KeyRing, decision: Decision): boolean {
    const { keyId, signature, ...content } = decision;
    return keys.verify(content, keyId, signature);
}
