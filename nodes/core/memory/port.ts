import type { MemoryRecord, SimilarIncident } from '../model/memory';

/** What of an incident is compared with the past. */
export type Likeness = Pick<MemoryRecord, 'incidentId' | 'identity' | 'alertname' | 'labels' | 'text'>;

/** Past incidents and how they ended. Every method rejects with `STORE_DOWN` when the memory cannot be reached. */
export interface Memory {
    /** Keeps the record of one ended incident, in place of an earlier one of the same incident. */
    remember(record: MemoryRecord): Promise<void>;
    /** The past incidents that resemble this one, nearest first, without itself; at most `limit`. */
    similar(likeness: Likeness, limit: number): Promise<SimilarIncident[]>;
    /** The past incidents of this alert name, newest first; at most `limit`. */
    ofAlert(alertname: string, limit: number): Promise<MemoryRecord[]>;
}
