import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no i, l, o, u, so an id can be read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new incident id, `inc-` and 8 random characters (40 bits). */
export function newIncidentId(): string {
    return `inc-${Array.from(randomBytes(8), (byte) => ALPHABET[byte % 32]).join('')}`;
}

/** A random token of 128 bits in hex: plan nonces, instance ids. */
export function newNonce(): string {
    return randomBytes(16).toString('hex');
}
