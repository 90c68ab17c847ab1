import { randomBytes } from 'node:crypto';

/** Crockford's base 32: no i, l, o, u, so an id can be read aloud. */
const ALPHABET = '0123456789abcdefghjkmnpqrstvwxyz';

/** A new incident id, `inc-` and 8 random characters (40 bits). */
export function newIncidentId(): string {
    return `inc-${Array.from(randomBytes(8), (byte) => ALPHABET[byte % 32]).join('')}`;
}

const NONCE = /^[0-9a-f]{32}$/;

/** A random token of 128 bits in hex: plan nonces, instance ids. */
export function newNonce(): string {
    return randomBytes(16).toString('hex');
}

/** Is this a token as {@link newNonce} makes them? Whatever becomes part of a path or an address is asked first. */
export function isNonce(text: string): boolean {
    return NONCE.test(text);
}
