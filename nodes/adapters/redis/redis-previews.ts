import type { Previews } from '../../core/store/previews';
import type { Connection } from './connection';
import type { Keys } from './keys';

/** The previews of an incident, in one hash beside it; deleted with it. */
export class RedisPreviews implements Previews {
    constructor(
        private readonly connection: () => Connection,
        private readonly keys: Keys,
    ) {}

    async keep(incidentId: string, nonce: string, text: string): Promise<void> {
        await this.connection().ask((client) => client.hsetnx(this.keys.previews(incidentId), nonce, text));
    }

    async read(incidentId: string, nonce: string): Promise<string | undefined> {
        return (
            (await this.connection().ask((client) => client.hget(this.keys.previews(incidentId), nonce))) ?? undefined
        );
    }
}
