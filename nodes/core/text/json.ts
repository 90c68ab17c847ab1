import { createHash } from 'node:crypto';
import { FixError } from '../errors';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type JsonObject = { [key: string]: Json };

/**
 * Canonical JSON of RFC 8785: members sorted by UTF-16 code units, ECMAScript numbers, no white space. An `undefined`
 * member is left out, an `undefined` item is `null`. Throws `INPUT_INVALID` for a text with a lone surrogate, which the
 * RFC forbids, and a `TypeError` for what JSON has no form for: NaN, infinities, functions, symbols, big integers.
 */
export function canonicalJson(value: unknown): string {
    if (value === null || typeof value === 'boolean') return JSON.stringify(value);
    if (typeof value === 'string') return canonicalText(value);
    if (typeof value === 'number') {
        if (!Number.isFinite(value)) throw new TypeError(`JSON cannot carry the number ${value}`);
        return JSON.stringify(value);
    }
    if (Array.isArray(value)) return `[${value.map((item) => canonicalJson(item ?? null)).join(',')}]`;
    if (typeof value === 'object') {
        const members = Object.entries(value)
            .filter(([, member]) => member !== undefined)
            .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
            .map(([key, member]) => `${canonicalText(key)}:${canonicalJson(member)}`);
        return `{${members.join(',')}}`;
    }
    throw new TypeError(`JSON cannot carry a ${typeof value}`);
}

function canonicalText(text: string): string {
    if (text.isWellFormed()) return JSON.stringify(text);
    const [half = ''] = /\p{Surrogate}/u.exec(text) ?? [];
    throw new FixError(
        'INPUT_INVALID',
        `A text with half a character (U+${half.charCodeAt(0).toString(16).toUpperCase()}) cannot be sealed.`,
        { cure: 'Correct the text where it comes from.' },
    );
}

/**
 * Is `digest` the SHA-256 of the value's canonical JSON? False for a value without canonical JSON: no digest is its own.
 */
export function hasDigest(value: unknown, digest: string): boolean {
    try {
        return sha256(canonicalJson(value)) === digest;
    } catch {
        return false;
    }
}

/** A copy of plain JSON in which U+FFFD stands for each lone surrogate, in texts and in names of members. */
export function wellFormed<T>(value: T): T {
    if (typeof value === 'string') return value.toWellFormed() as T;
    if (Array.isArray(value)) return value.map((item: unknown) => wellFormed(item)) as T;
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [name.toWellFormed(), wellFormed(member)]),
    ) as T;
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
