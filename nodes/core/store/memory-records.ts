import type { MemoryRecord } from '../model/memory';

/** What memories are looked up by. */
export interface RecordQuery {
    /** Recurrence key (their `identity`) of the records that come first; empty: of none. */
    recurrenceKey: string;
    /** Alert name of the records that come next. */
    alertname: string;
    /** Maximum number returned. */
    limit: number;
}

/**
 * Where a store keeps what is remembered of ended incidents; `core/memory/store-memory.ts` makes a memory of it. Every
 * method rejects with `STORE_DOWN` when the store cannot be reached.
 */
export interface MemoryRecords {
    /** Writes or replaces the record of one incident. */
    write(record: MemoryRecord): Promise<void>;
    /** Records of the same recurrence key, then of the same alert name, then the others; each newest first. */
    find(query: RecordQuery): Promise<MemoryRecord[]>;
}
