import type { Leases } from '../../core/store/leases';
import type { Connection } from './connection';

/**
 * All leases. Those of hosts are on disk as well: hosts stay taken when this process dies, because Ansible may still
 * work on them.
 */
export class SqliteLeases implements Leases {
    constructor(private readonly connection: Connection) {}

    async take(name: string, owner: string, ttlMs: number): Promise<boolean> {
        if (!survivesRestart(name)) return this.connection.opened().leases.take(name, owner, ttlMs);
        return this.connection.write(({ sql, leases }) => {
            const now = Date.now();
            const holder = leases.ownerOf(name);
            if (holder !== undefined && holder !== owner) return false;
            return (
                sql.lease.run({ name, owner, now, until: now + ttlMs }).changes === 1 && leases.take(name, owner, ttlMs)
            );
        });
    }

    async release(name: string, owner: string): Promise<boolean> {
        if (!survivesRestart(name)) return this.connection.opened().leases.release(name, owner);
        return this.connection.write(({ sql, leases }) => {
            const held = leases.release(name, owner);
            return sql.releaseLease.run({ name, owner, now: Date.now() }).changes === 1 || held;
        });
    }

    async ownerOf(name: string): Promise<string | undefined> {
        const holder = this.connection.opened().leases.ownerOf(name);
        if (holder !== undefined || !survivesRestart(name)) return holder;
        const row = this.connection.query(({ sql }) => sql.leaseOwner.get({ name, now: Date.now() }));
        return row && String(row.owner);
    }
}

function survivesRestart(lease: string): boolean {
    return lease.startsWith('host:');
}
