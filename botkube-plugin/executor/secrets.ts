import { FixError } from '../../nodes/core/errors';
import { KeyRing, type SigningKey, signingKey } from '../../nodes/core/signing/keys';

export type Environment = Readonly<Record<string, string | undefined>>;

const LEAST_CHARACTERS = 32;

/**
 * The secret in the environment variable that `field` of the configuration names. Throws `CONFIG_MISSING` when it is
 * not set.
 */
export function secretOf(environment: Environment, name: string, field: string): string {
    const secret = environment[name]?.trim();
    if (secret) return secret;
    throw new FixError('CONFIG_MISSING', `The environment variable ${name} is not set.`, {
        field,
        cure: `Give it to Botkube (extraEnv of its chart, from a secret), or correct ${field}.`,
    });
}

/** The signing keys of the incident store, one per line: the first signs, all verify; the same text as in Node-RED. */
export function keyRingOf(secrets: string): KeyRing {
    const [first, ...others] = secrets
        .split(/\r?\n/)
        .map((line) => line.trim())
        .filter((line) => line !== '')
        .map(keyOf);
    if (first) return new KeyRing([first, ...others]);
    throw new FixError('CONFIG_INVALID', 'There is no signing key.', { field: 'signingKeysEnv' });
}

function keyOf(secret: string): SigningKey {
    if (secret.length >= LEAST_CHARACTERS) return signingKey(Buffer.from(secret, 'utf8'));
    throw new FixError('CONFIG_INVALID', `A signing key is shorter than ${LEAST_CHARACTERS} characters.`, {
        field: 'signingKeysEnv',
        cure: 'Use the signing keys of the incident store in Node-RED.',
    });
}
