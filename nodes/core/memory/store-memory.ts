import type { MemoryRecord, SimilarIncident } from '../model/memory';
import type { MemoryRecords } from '../store/memory-records';
import type { Likeness, Memory } from './port';
import { similarTo } from './similarity';

/** Number of records that are compared; those of the same recurrence key and alert name are among them first. */
const CANDIDATES = 200;

/** The memory that an incident store keeps: likely records are read, and compared here. */
export class StoreMemory implements Memory {
    constructor(private readonly records: MemoryRecords) {}

    remember(record: MemoryRecord): Promise<void> {
        return this.records.write(record);
    }

    async similar(likeness: Likeness, limit: number): Promise<SimilarIncident[]> {
        const { identity: recurrenceKey, alertname } = likeness;
        const records = await this.records.find({ recurrenceKey, alertname, limit: CANDIDATES });
        return similarTo(likeness, records, limit);
    }

    async ofAlert(alertname: string, limit: number): Promise<MemoryRecord[]> {
        const records = await this.records.find({ recurrenceKey: '', alertname, limit });
        return records.filter((record) => record.alertname === alertname);
    }
}
