import { createHash } from 'node:crypto';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * Canonical JSON of RFC 8785: members sorted by UTF-16 code units, ECMAScript numbers, no white space.
 * `undefined` members are left out. Throws on NaN and infinities, which JSON cannot carry.
 */
export function canonicalJson(value: unknown): string {
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
    if (typeof value === 'number') {
        if (!Number.isFinite(value)) throw new TypeError(`JSON cannot carry the number ${value}`);
        return JSON.stringify(value);
    }
    if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
    if (typeof value === 'object') {
        const members = Object.entries(value)
            .filter(([, member]) => member !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
            .map(([key, member]) => `${JSON.stringify(key)}:${canonicalJson(member)}`);
        return `{${members.join(',')}}`;
    }
    throw new TypeError(`JSON cannot carry a ${typeof value}`);
}

/** SHA-256 of a text or bytes, as 64 lower-case hex digits. */
export function sha256(content: string | Uint8Array): string {
    return createHash('sha256').update(content).digest('hex');
}

/** The value of a JSON text; undefined when it is none. */
export function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}
