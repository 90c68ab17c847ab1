import type { ApprovalTerms } from '../model/approval';
import { type Plan, planDigest, type Seal } from '../model/plan';
import type { KeyRing } from './keys';

/** What a seal's signature covers; the member name keeps it apart from a decision's. */
function signedContent(digest: string): { seal: string } {
    return { seal: digest };
}

/** The plan with its terms, and the seal over both: what a person then sees and decides on. */
export function sealPlan(plan: Plan, terms: ApprovalTerms, keys: KeyRing): { plan: Plan; seal: Seal } {
    const sealed = { ...plan, terms };
    const digest = planDigest(sealed);
    return { plan: sealed, seal: { digest, ...keys.sign(signedContent(digest)) } };
}

/** True when `seal` is the digest of exactly this plan, signed by a key of this store. */
export function verifySeal(plan: Plan, seal: Seal, keys: KeyRing): boolean {
    return planDigest(plan) === seal.digest && keys.verify(signedContent(seal.digest), seal.keyId, seal.signature);
}
