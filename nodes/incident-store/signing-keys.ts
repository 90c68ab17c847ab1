import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, existsSync, fsyncSync, linkSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import path from 'node:path';
import { KeyRing, signingKey } from '../core/approval/keys';
import { FixError } from '../core/errors';
import { requireResolved } from '../runtime/env';

const KEY_BYTES = 32;
const LEAST_CHARACTERS = 32;

/**
 * The keys that sign plans and approvals: the secrets given (one a line; the first signs, all verify), else
 * `<folder>/signing.key`, made on first use. Throws `CONFIG_INVALID` when they cannot be trusted.
 */
export function loadKeyRing(secrets: string | undefined, folder: string): KeyRing {
    requireResolved({ signingKeys: secrets });
    const [first, ...others] = (secrets ?? '').split(/\r?\n/).map((line) => line.trim()).filter((line) => line !== '');
    if (first === undefined) return new KeyRing([signingKey(keyFile(path.join(folder, 'signing.key')))]);
    return new KeyRing([secretKey(first), ...others.map(secretKey)]);
}

function secretKey(secret: string): ReturnType<typeof signingKey> {
    if (secret.length >= LEAST_CHARACTERS) return signingKey(Buffer.from(secret, 'utf8'));
    throw new FixError('CONFIG_INVALID', `A signing key is shorter than ${LEAST_CHARACTERS} characters.`, {
        field: 'signingKeys',
        cure: 'Make one with: openssl rand -hex 32',
    });
}

function keyFile(file: string): Buffer {
    try {
        if (!existsSync(file)) makeKeyFile(file);
        const key = readFileSync(file);
        if (key.length === KEY_BYTES) return key;
        throw new Error(`it has ${key.length} bytes instead of ${KEY_BYTES}`);
    } catch (thrown) {
        throw new FixError('CONFIG_INVALID', `The signing key ${file} cannot be used: ${thrown instanceof Error ? thrown.message : String(thrown)}.`, {
            field: 'path',
            cure: 'Restore the file from a backup; or delete it, and every approval that waits must be asked for again.',
            cause: thrown,
        });
    }
}

/** Written beside and linked into place, so that the file is never half there, and never replaces another. */
function makeKeyFile(file: string): void {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const beside = `${file}.${process.pid}.new`;
    const descriptor = openSync(beside, 'wx', 0o600);
    try {
        chmodSync(beside, 0o600);
        writeSync(descriptor, randomBytes(KEY_BYTES));
        fsyncSync(descriptor);
        if (!existsSync(file)) linkSync(beside, file);
    } finally {
        closeSync(descriptor);
        rmSync(beside);
    }
}
