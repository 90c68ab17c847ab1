import type { MemoryRecord } from '../../core/model/memory';
import type { Connection } from './connection';

/** Memory records, found by identity, alertname and time. */
export class Memories {
    constructor(private readonly connection: Connection) {}

    async remember(record: MemoryRecord): Promise<void> {
        const { incidentId: id, identity, alertname, at } = record;
        await this.connection.write(({ sql }) =>
            sql.remember.run({ id, identity, alertname, at, body: JSON.stringify(record) }),
        );
    }

    async recall({
        identity,
        alertname,
        limit,
    }: {
        identity: string;
        alertname: string;
        limit: number;
    }): Promise<MemoryRecord[]> {
        const rows = this.connection.query(({ sql }) => [
            ...sql.recallIdentity.all({ identity, limit }),
            ...sql.recallAlertname.all({ alertname, limit }),
            ...sql.recallNewest.all({ limit }),
        ]);
        const bodies = new Map(rows.map((row) => [String(row.incident), String(row.body)]));
        return [...bodies.values()].slice(0, limit).map((body): MemoryRecord => JSON.parse(body));
    }
}
