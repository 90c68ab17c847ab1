import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { FixError } from '../errors';

/**
 * How a sender proves itself. `hmac` is Grafana's: HMAC-SHA256 in hex over `<Unix seconds>:<raw body>`. The time is never
 * left out: a signature without it could be recorded and sent again for ever.
 */
export type WebhookAuth =
    | { kind: 'none' }
    | { kind: 'bearer'; token: string }
    | { kind: 'basic'; user: string; password: string }
    | { kind: 'hmac'; secret: string; signatureHeader: string; timestampHeader: string; windowSeconds: number };

/** Header names in lower case, as Node.js gives them. */
export type Headers = Readonly<Record<string, string | string[] | undefined>>;

/**
 * Throws `AUTH_FAILED` unless the headers alone prove the sender; a signature is checked by {@link requireSignature}.
 */
export function requireHeaders(auth: WebhookAuth, headers: Headers): void {
    if (auth.kind === 'bearer') requireScheme(headers, 'Bearer', auth.token);
    if (auth.kind === 'basic') {
        requireScheme(headers, 'Basic', Buffer.from(`${auth.user}:${auth.password}`, 'utf8').toString('base64'));
    }
}

/** The signature of the body, if this authentication signs. Throws `AUTH_FAILED` when there is none, or a wrong one. */
export function requireSignature(auth: WebhookAuth, headers: Headers, body: Buffer, now: Date): string | undefined {
    if (auth.kind !== 'hmac') return undefined;
    const signed = createHmac('sha256', auth.secret);
    signed.update(`${freshTimestamp(auth.timestampHeader, headers, auth.windowSeconds, now)}:`);
    const expected = signed.update(body).digest('hex');
    if (equal(single(headers, auth.signatureHeader).toLowerCase(), expected)) return expected;
    throw refused(
        auth.signatureHeader,
        'is missing or does not fit the body',
        'Use the same HMAC secret and headers in Grafana and here.',
    );
}

/** `credentials` of RFC 9110, section 11.4: a scheme, spaces, and all the rest, of which nothing is left out. */
const CREDENTIALS = /^([!#$%&'*+.^`|~\w-]+) +(.*)$/s;

function requireScheme(headers: Headers, scheme: string, expected: string): void {
    const [, given = '', value = ''] = CREDENTIALS.exec(single(headers, 'authorization')) ?? [];
    const isScheme = given.toLowerCase() === scheme.toLowerCase();
    if (equal(value, expected) && isScheme) return;
    throw refused(
        'Authorization',
        `does not carry the ${scheme} credentials of this node`,
        'Set the same credentials under http_config in Alertmanager and in this node.',
    );
}

/** The time that is signed before the body, when it is near this clock. */
function freshTimestamp(header: string, headers: Headers, windowSeconds: number, now: Date): string {
    const text = single(headers, header);
    const age = Math.abs(now.getTime() / 1_000 - Number(text));
    if (/^\d{1,12}$/.test(text) && age <= windowSeconds) return text;
    throw refused(
        header,
        `is missing or more than ${windowSeconds} s away from this clock`,
        'Set the clocks, and the same timestamp header in Grafana (HMAC signature) and here.',
    );
}

function single(headers: Headers, name: string): string {
    const value = headers[name.toLowerCase()];
    return typeof value === 'string' ? value : '';
}

/** Compares in a time that tells nothing about where, or in how many characters, the texts differ. */
function equal(a: string, b: string): boolean {
    return timingSafeEqual(digest(a), digest(b));
}

function digest(text: string): Buffer {
    return createHash('sha256').update(text).digest();
}

function refused(header: string, what: string, cure: string): FixError {
    return new FixError('AUTH_FAILED', `The header ${header} ${what}.`, { field: header, cure });
}
