import { createHmac, timingSafeEqual } from 'node:crypto';
import { canonicalJson, sha256 } from '../text/json';

/** A signing key: HMAC-SHA256 over canonical JSON. `id` is the first 8 hex digits of the SHA-256 of the secret. */
export interface SigningKey {
    id: string;
    secret: Buffer;
}

export function signingKey(secret: Buffer): SigningKey {
    return { id: sha256(secret).slice(0, 8), secret };
}

/** The keys of a store: the first signs, all verify. */
export class KeyRing {
    constructor(private readonly keys: readonly [SigningKey, ...SigningKey[]]) {}

    sign(content: unknown): { keyId: string; signature: string } {
        const key = this.keys[0];
        return { keyId: key.id, signature: hmac(key, content) };
    }

    /**
     * A key for a purpose other than signing, hex: what {@link sign} answers for `{ derived: purpose, salt }`, with the
     * key of this id. Undefined when the ring does not have that one.
     */
    derive(purpose: string, salt: string, keyId: string): string | undefined {
        const key = this.keys.find(({ id }) => id === keyId);
        return key && hmac(key, { derived: purpose, salt });
    }

    /** Ids of the keys; the first one's signs. */
    ids(): string[] {
        return this.keys.map(({ id }) => id);
    }

    /** Is there a key with this id in the ring? */
    knows(keyId: string): boolean {
        return this.keys.some(({ id }) => id === keyId);
    }

    /** True when a key of this ring made the signature; compared in constant time. */
    verify(content: unknown, keyId: string, signature: string): boolean {
        const key = this.keys.find(({ id }) => id === keyId);
        if (!key) return false;
        const expected = Buffer.from(hmac(key, content), 'hex');
        const given = Buffer.from(signature, 'hex');
        return expected.length === given.length && timingSafeEqual(expected, given);
    }
}

function hmac(key: SigningKey, content: unknown): string {
    return createHmac('sha256', key.secret).update(canonicalJson(content)).digest('hex');
}
