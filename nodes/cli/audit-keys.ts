import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { FixError } from '../core/errors';
import { KeyRing, type SigningKey, signingKey } from '../core/signing/keys';
import type { AuditArguments } from './audit-arguments';

/** The secrets of the incident store, one per line, if they are not a file. */
export const KEYS_VARIABLE = 'ALERT_TO_FIX_SIGNING_KEYS';

const LEAST = 32;

/**
 * The keys that signatures are checked with: of every `--key-file`, else of the environment, or `signing.key` in the
 * store's own folder; undefined when there are none. Throws `INPUT_INVALID` when they cannot be used.
 */
export function auditKeys({ keyFiles, place }: AuditArguments): KeyRing | undefined {
    if (keyFiles.length > 0) return ring(keyFiles.flatMap((file) => keysIn(file, '--key-file')));
    const secrets = process.env[KEYS_VARIABLE];
    if (secrets !== undefined && secrets.trim() !== '') return ring(secretsIn(secrets, KEYS_VARIABLE));
    const own = place.kind === 'folder' ? path.join(place.folder, 'signing.key') : '';
    return existsSync(own) ? ring(keysIn(own, '--store')) : undefined;
}

/** A file is `signing.key`, 32 bytes, or holds the secrets of the incident store, one per line. */
function keysIn(file: string, flag: string): SigningKey[] {
    let content: Buffer;
    try {
        content = readFileSync(file);
    } catch (thrown) {
        throw unusable(flag, `${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}.`);
    }
    return content.length === LEAST ? [signingKey(content)] : secretsIn(content.toString('utf8'), flag);
}

function secretsIn(text: string, from: string): SigningKey[] {
    const secrets = text
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
    if (secrets.length > 0 && secrets.every((secret) => secret.length >= LEAST))
        return secrets.map((secret) => signingKey(Buffer.from(secret, 'utf8')));
    throw unusable(from, 'It holds no signing key.');
}

function ring([first, ...others]: SigningKey[]): KeyRing | undefined {
    return first && new KeyRing([first, ...others]);
}

function unusable(field: string, message: string): FixError {
    return new FixError('INPUT_INVALID', message, {
        field,
        cure: `Give signing.key of the store's folder, or a file with its signing keys, one per line, each with at least ${LEAST} characters.`,
    });
}
