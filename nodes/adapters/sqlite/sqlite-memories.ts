import type { MemoryRecord } from '../../core/model/memory';
import type { MemoryRecords, RecordQuery } from '../../core/store/memory-records';
import type { Connection } from './connection';

/** Memory records, found by recurrence key, alert name and time. */
export class SqliteMemories implements MemoryRecords {
    constructor(private readonly connection: Connection) {}

    async write(record: MemoryRecord): Promise<void> {
        const { incidentId: id, identity, alertname, at } = record;
        await this.connection.write(({ sql }) =>
            sql.remember.run({ id, identity, alertname, at, body: JSON.stringify(record) }),
        );
    }

    async find({ recurrenceKey, alertname, limit }: RecordQuery): Promise<MemoryRecord[]> {
        const rows = this.connection.query(({ sql }) => [
            ...sql.recallIdentity.all({ identity: recurrenceKey, limit }),
            ...sql.recallAlertname.all({ alertname, limit }),
            ...sql.recallNewest.all({ limit }),
        ]);
        const bodies = new Map(rows.map((row) => [String(row.incident), String(row.body)]));
        return [...bodies.values()].slice(0, limit).map((body): MemoryRecord => JSON.parse(body));
    }
}
