import type { Diagnosis } from '../model/diagnosis';
import type { Draft, Plan } from '../model/plan';
import type { Signature } from '../model/signature';
import { canonicalJson, sha256, wellFormed } from '../text/json';
import type { KeyRing } from './keys';

/** SHA-256 of what a diagnosis says, without its signature. */
export function diagnosisDigest({ signed: _signed, ...diagnosis }: Diagnosis): string {
    return digestOf(diagnosis);
}

/** SHA-256 of plain JSON as it comes back from a store: a text with half a character reads the same on both sides. */
export function digestOf(value: unknown): string {
    return sha256(canonicalJson(wellFormed(value)));
}

/** What the signature of a diagnosis covers: all it says, and the incident it was made for. */
function diagnosisContent(incidentId: string, diagnosis: Diagnosis): object {
    return { diagnosis: diagnosisDigest(diagnosis), incident: incidentId };
}

/** The diagnosis as a step of this system made it for this incident. */
export function signDiagnosis(keys: KeyRing, incidentId: string, diagnosis: Diagnosis): Diagnosis {
    return { ...diagnosis, signed: keys.sign(diagnosisContent(incidentId, diagnosis)) };
}

/** True when a key of this ring signed exactly this diagnosis for this incident. */
export function isOurDiagnosis(keys: KeyRing, incidentId: string, diagnosis: Diagnosis): boolean {
    return holds(keys, diagnosis.signed, diagnosisContent(incidentId, diagnosis));
}

/** SHA-256 of a plan as the dry run made it: all but the terms, which the gate adds. */
export function draftDigest({ terms: _terms, ...plan }: Plan): string {
    return sha256(canonicalJson(plan));
}

/** The signature of the dry run under the plan it made. The plan names its incident and its nonce. */
export function signDraft(keys: KeyRing, plan: Plan): Draft {
    const digest = draftDigest(plan);
    return { digest, ...keys.sign({ draft: digest }) };
}

/** True when a key of this ring signed exactly this plan as a draft; its terms do not count. */
export function isOurDraft(keys: KeyRing, plan: Plan, draft: Draft): boolean {
    return draftDigest(plan) === draft.digest && holds(keys, draft, { draft: draft.digest });
}

function holds(keys: KeyRing, signed: Signature | undefined, content: object): boolean {
    return signed !== undefined && keys.verify(content, signed.keyId, signed.signature);
}
