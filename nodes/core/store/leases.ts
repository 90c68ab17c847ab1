/**
 * Named leases: of several processes, one holds a name until it gives it back or its time runs out. Each method is one
 * atomic operation and rejects with `STORE_DOWN` when the store cannot be reached.
 */
export interface Leases {
    /** Takes or renews the lease for `ttlMs`; false while another owner holds it. */
    take(name: string, owner: string, ttlMs: number): Promise<boolean>;
    /** Gives the lease back; false if `owner` does not hold it. */
    release(name: string, owner: string): Promise<boolean>;
    /** Owner of the lease, or undefined when it is free or has run out. */
    ownerOf(name: string): Promise<string | undefined>;
}
