import type { Leases } from '../../core/store/leases';
import type { Connection } from './connection';
import type { Keys } from './keys';
import { runScript } from './scripts';

/** Leases that all processes on one Redis share; each is a key that expires. */
export class RedisLeases implements Leases {
    constructor(
        private readonly connection: () => Connection,
        private readonly keys: Keys,
    ) {}

    async take(name: string, owner: string, ttlMs: number): Promise<boolean> {
        const keys = [this.keys.lease(name)];
        return (await this.connection().ask((client) => runScript(client, 'take-lease', keys, [owner, ttlMs]))) === 1;
    }

    async release(name: string, owner: string): Promise<boolean> {
        const keys = [this.keys.lease(name)];
        return (await this.connection().ask((client) => runScript(client, 'release-lease', keys, [owner]))) === 1;
    }

    async ownerOf(name: string): Promise<string | undefined> {
        return (await this.connection().ask((client) => client.get(this.keys.lease(name)))) ?? undefined;
    }
}
