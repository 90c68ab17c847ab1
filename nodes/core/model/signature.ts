/** Who of this system vouches for something: HMAC-SHA256, hex, with the key of this id. */
export interface Signature {
    keyId: string;
    signature: string;
}
