import { z } from 'zod';
import { canonicalJson, hasDigest, parseJson, sha256 } from '../text/json';
import type { KeyRing } from './keys';

/** The newest timeline entry of an incident: its number and its hash, which covers all entries before. */
export interface Head {
    incident: string;
    version: number;
    head: string;
}

/** A head as an anchor names it. */
export interface AnchoredHead extends Head {
    /** Who anchored it did not write it, but found it in the store, such as after a crash. */
    found?: true;
}

/** What an anchor says: the members that its hash covers, without its place in the chain. */
export interface AnchorContent {
    at: string;
    /** Incidents that changed since the anchor before. */
    heads: AnchoredHead[];
    /** Incidents that retention deletes, as they were at last. */
    removed: Head[];
    /** Number of the oldest anchor that is still kept; those before it were dropped by retention. */
    first: number;
}

/**
 * One link of the chain across all incidents of a store. `prev` is the hash of the anchor before ('' for number 1),
 * `hash`
 * covers everything but itself and the signature, and the signature covers the hash.
 */
export interface Anchor extends AnchorContent {
    seq: number;
    prev: string;
    hash: string;
    keyId: string;
    signature: string;
}

const head = { incident: z.string(), version: z.number().int().positive(), head: z.string() };

/** An anchor as a store or an export keeps it. */
export const anchorSchema: z.ZodType<Anchor> = z.strictObject({
    seq: z.number().int().positive(),
    at: z.string(),
    heads: z.array(z.strictObject({ ...head, found: z.literal(true).exactOptional() })),
    removed: z.array(z.strictObject(head)),
    first: z.number().int().positive(),
    prev: z.string(),
    hash: z.string(),
    keyId: z.string(),
    signature: z.string(),
});

/** Why an anchor cannot be believed. */
export type AnchorFault = 'altered' | 'signature-wrong' | 'key-unknown';

/** The anchor that follows on `previous` (undefined: on none), signed. */
export function anchorAfter(
    previous: Pick<Anchor, 'seq' | 'hash'> | undefined,
    content: AnchorContent,
    keys: KeyRing,
): Anchor {
    const body = { seq: (previous?.seq ?? 0) + 1, ...content, prev: previous?.hash ?? '' };
    const hash = sha256(canonicalJson(body));
    return { ...body, hash, ...keys.sign(signedContent(hash)) };
}

/**
 * The anchor that a store keeps under this number. What is none, or has another number, comes back as one that is
 * `altered`.
 */
export function storedAnchor(seq: number, text: string): Anchor {
    const parsed = anchorSchema.safeParse(parseJson(text));
    if (parsed.success && parsed.data.seq === seq) return parsed.data;
    return { seq, at: '', heads: [], removed: [], first: 1, prev: '', hash: '', keyId: '', signature: '' };
}

/** What is wrong with the anchor by itself; undefined when nothing is. Without keys the signature is not checked. */
export function anchorFault({ hash, keyId, signature, ...body }: Anchor, keys?: KeyRing): AnchorFault | undefined {
    if (!hasDigest(body, hash)) return 'altered';
    if (!keys || keys.verify(signedContent(hash), keyId, signature)) return undefined;
    return keys.knows(keyId) ? 'signature-wrong' : 'key-unknown';
}

/** The member name keeps this signature apart from those of seals and decisions. */
function signedContent(hash: string): { anchor: string } {
    return { anchor: hash };
}
