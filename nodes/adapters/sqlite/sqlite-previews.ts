import type { Previews } from '../../core/store/previews';
import type { Connection } from './connection';

/** The previews of all incidents, in one table; deleted with their incident. */
export class SqlitePreviews implements Previews {
    constructor(private readonly connection: Connection) {}

    async keep(incidentId: string, nonce: string, text: string): Promise<void> {
        await this.connection.write(({ sql }) => sql.keepPreview.run({ id: incidentId, nonce, text }));
    }

    async read(incidentId: string, nonce: string): Promise<string | undefined> {
        const row = this.connection.query(({ sql }) => sql.readPreview.get({ id: incidentId, nonce }));
        return row && String(row.text);
    }
}
