import type { Anchor } from '../signing/anchor';

/**
 * Where the anchors of a store live, see `anchor.ts`. Every method rejects with `STORE_DOWN` when the store cannot be
 * reached.
 */
export interface AnchorLog {
    newest(): Promise<Anchor | undefined>;
    /** Adds the anchor if it is the next after the newest; false if it is not. One atomic operation. */
    append(anchor: Anchor): Promise<boolean>;
    /** Anchors with a number above `after`, ascending; at most `limit`. */
    read(after: number, limit: number): Promise<Anchor[]>;
    /**
     * The newest anchor that names the incident as one of its heads. May be an older one when the store was tampered
     * with.
     */
    naming(incident: string): Promise<Anchor | undefined>;
    /** Deletes the anchors with a number below `first`. */
    drop(first: number): Promise<void>;
}
