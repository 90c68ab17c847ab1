import type { MemoryRecord } from '../../core/model/memory';
import type { MemoryRecords, RecordQuery } from '../../core/store/memory-records';
import type { Connection } from './connection';
import type { Keys } from './keys';
import { runScript } from './scripts';

/** Memory records with their indexes by recurrence key, alert name and time, all in one slot. */
export class RedisMemories implements MemoryRecords {
    constructor(
        private readonly connection: () => Connection,
        private readonly keys: Keys,
    ) {}

    async write(record: MemoryRecord): Promise<void> {
        const { memories, memoriesByTime } = this.keys;
        const indexes = [
            this.keys.memoriesOfRecurrence(record.identity),
            this.keys.memoriesOfAlertname(record.alertname),
        ];
        const args = [record.incidentId, Date.parse(record.at), JSON.stringify(record)];
        await this.connection().ask((client) =>
            runScript(client, 'remember', [memories, memoriesByTime, ...indexes], args),
        );
    }

    async find({ recurrenceKey, alertname, limit }: RecordQuery): Promise<MemoryRecord[]> {
        const sets = [
            this.keys.memoriesOfRecurrence(recurrenceKey),
            this.keys.memoriesOfAlertname(alertname),
            this.keys.memoriesByTime,
        ];
        const listed = await this.connection().ask((client) =>
            Promise.all(sets.map((set) => client.zrevrange(set, 0, limit - 1))),
        );
        const ids = [...new Set(listed.flat())];
        if (ids.length === 0) return [];
        const bodies = await this.connection().ask((client) => client.hmget(this.keys.memories, ...ids));
        const records = bodies.flatMap((body): MemoryRecord[] => (body === null ? [] : [JSON.parse(body)]));
        const rank = (record: MemoryRecord): number =>
            record.identity === recurrenceKey ? 0 : record.alertname === alertname ? 1 : 2;
        return records.sort((a, b) => rank(a) - rank(b) || (a.at < b.at ? 1 : -1)).slice(0, limit);
    }
}
