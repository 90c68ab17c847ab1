import { monotonicMs } from '../../core/clock';

/**
 * Leases of the one process that has the store open. They need no disk, and a wall clock that jumps ends none of them.
 */
export class ProcessLeases {
    private readonly held = new Map<string, { owner: string; until: number }>();

    /** Takes or renews; false while another owner holds it. */
    take(name: string, owner: string, ttlMs: number): boolean {
        const holder = this.ownerOf(name);
        if (holder !== undefined && holder !== owner) return false;
        this.held.set(name, { owner, until: monotonicMs() + ttlMs });
        return true;
    }

    /** False when `owner` does not hold it. */
    release(name: string, owner: string): boolean {
        return this.ownerOf(name) === owner && this.held.delete(name);
    }

    ownerOf(name: string): string | undefined {
        const lease = this.held.get(name);
        if (!lease || lease.until > monotonicMs()) return lease?.owner;
        this.held.delete(name);
        return undefined;
    }
}
