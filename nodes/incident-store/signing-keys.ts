import { randomBytes } from 'node:crypto';
import {
    chmodSync,
    closeSync,
    existsSync,
    fsyncSync,
    linkSync,
    mkdirSync,
    openSync,
    readFileSync,
    rmSync,
    statSync,
    writeSync,
} from 'node:fs';
import path from 'node:path';
import { foreignKeys, type KeyInUse, keyText } from '../core/approval/keys-in-use';
import { asFixError, FixError } from '../core/errors';
import { KeyRing, type SigningKey, signingKey } from '../core/signing/keys';
import { requireResolved } from '../runtime/env';

const KEY_BYTES = 32;
const LEAST_CHARACTERS = 32;
const FILE = 'signing.key';
const LOST =
    'Restore the file from a backup. If it is lost, enter a new secret under "Signing keys": plans that are waiting must then be approved again.';

export interface KeySource {
    /** Secrets of the credentials, one per line. */
    secrets: string | undefined;
    /** Folder of `signing.key`. */
    folder: string;
    /** What the store was signed with so far. */
    inUse: readonly KeyInUse[];
    warn(text: string): void;
}

/**
 * The keys that sign plans and approvals: the secrets given (the first signs, all verify, and so does a `signing.key`
 * in the folder), else `signing.key`, made when the store has never been signed. A key is never replaced by another in
 * silence: throws
 * `CONFIG_INVALID` when the file is gone, is damaged, can be read by others, or is not the key that the store was
 * signed with.
 */
export function loadKeyRing({ secrets, folder, inUse, warn }: KeySource): KeyRing {
    requireResolved({ signingKeys: secrets });
    const file = path.join(folder, FILE);
    const [first, ...others] = (secrets ?? '')
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
    if (first !== undefined) return new KeyRing([secretKey(first), ...others.map(secretKey), ...formerKey(file, warn)]);
    if (!existsSync(file)) makeFirstKey(file, inUse);
    const ring = new KeyRing([keyOf(file, warn)]);
    const foreign = foreignKeys(inUse, ring);
    if (foreign) throw foreign;
    return ring;
}

function secretKey(secret: string): SigningKey {
    if (secret.length >= LEAST_CHARACTERS) return signingKey(Buffer.from(secret, 'utf8'));
    throw new FixError('CONFIG_INVALID', `A signing key is shorter than ${LEAST_CHARACTERS} characters.`, {
        field: 'signingKeys',
        cure: 'Make one with: openssl rand -hex 32',
    });
}

/** The key that signed before secrets were entered. */
function formerKey(file: string, warn: KeySource['warn']): SigningKey[] {
    try {
        return existsSync(file) ? [keyOf(file, warn)] : [];
    } catch (thrown) {
        warn(`${asFixError(thrown).message} It verifies nothing.`);
        return [];
    }
}

function keyOf(file: string, warn: KeySource['warn']): SigningKey {
    try {
        requirePrivate(file, warn);
        const key = readFileSync(file);
        if (key.length === KEY_BYTES) return signingKey(key);
        throw new Error(`it has ${key.length} bytes instead of ${KEY_BYTES}`);
    } catch (thrown) {
        throw unusable(file, thrown);
    }
}

/** Whoever can read the key can forge approvals. A group may be how a volume is mounted. */
function requirePrivate(file: string, warn: KeySource['warn']): void {
    const mode = process.platform === 'win32' ? 0 : statSync(file).mode;
    if ((mode & 0o007) !== 0) {
        throw new FixError(
            'CONFIG_INVALID',
            `The signing key ${file} can be read or written by everybody on this machine (mode ${(mode & 0o777).toString(8)}), and may have been.`,
            {
                field: 'path',
                cure: `If nobody else had access: chmod 600 ${file}. Otherwise enter a new secret under "Signing keys" and delete the file.`,
            },
        );
    }
    if ((mode & 0o070) !== 0)
        warn(
            `The signing key ${file} is open to its group (mode ${(mode & 0o777).toString(8)}): who reads it can forge approvals. Use chmod 600.`,
        );
}

function makeFirstKey(file: string, inUse: readonly KeyInUse[]): void {
    if (inUse.length > 0) {
        throw new FixError(
            'CONFIG_INVALID',
            `There is no signing key ${file}, but this store is signed with ${inUse.map(keyText).join(' and with ')}. No other key is made.`,
            {
                field: 'signingKeys',
                cure: `If another Node-RED uses this store, enter the same secrets under "Signing keys" in both. ${LOST}`,
            },
        );
    }
    try {
        makeKeyFile(file);
    } catch (thrown) {
        throw unusable(file, thrown);
    }
}

/**
 * Written beside and linked into place, so that the file is never half there, and never replaces another: of several
 * processes one makes it.
 */
function makeKeyFile(file: string): void {
    mkdirSync(path.dirname(file), { recursive: true, mode: 0o700 });
    const beside = `${file}.${randomBytes(8).toString('hex')}.new`;
    const descriptor = openSync(beside, 'wx', 0o600);
    try {
        chmodSync(beside, 0o600);
        writeSync(descriptor, randomBytes(KEY_BYTES));
        fsyncSync(descriptor);
        linkSync(beside, file);
    } catch (thrown) {
        if (!existsSync(file)) throw thrown;
    } finally {
        closeSync(descriptor);
        rmSync(beside);
    }
}

function unusable(file: string, thrown: unknown): FixError {
    if (thrown instanceof FixError) return thrown;
    return new FixError(
        'CONFIG_INVALID',
        `The signing key ${file} cannot be used: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
        {
            field: 'path',
            cure: LOST,
            cause: thrown,
        },
    );
}
