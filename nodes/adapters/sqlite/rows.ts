import type { SQLOutputValue } from 'node:sqlite';
import type { Head } from '../../core/signing/anchor';
import type { StoredIncident } from '../../core/store/port';

export type Row = Record<string, SQLOutputValue>;

/** From the columns id, version, head. */
export function headOf(row: Row): Head {
    return { incident: String(row.id), version: Number(row.version), head: String(row.head) };
}

/** From the columns body, version, head. */
export function storedIncident(row: Row): StoredIncident {
    return { incident: JSON.parse(String(row.body)), version: Number(row.version), head: String(row.head) };
}
