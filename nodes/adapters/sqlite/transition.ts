import type { Commit } from '../../core/store/port';
import type { Statements } from './schema';

/** Writes the new state and its timeline entries; false if the stored version is not the expected one. */
export function writeTransition(sql: Statements, { expectedVersion, incident, entries }: Commit): boolean {
    const last = entries.at(-1);
    if (!last) return false;
    const { id, stage, updatedAt, groupKey: group, flow } = incident;
    const position = { node: flow.node, sentBy: flow.state === 'sent' ? flow.instance : '' };
    const row = {
        id,
        version: last.seq,
        head: last.hash,
        stage,
        updatedAt,
        group,
        ...position,
        body: JSON.stringify(incident),
    };
    const result =
        expectedVersion === 0
            ? sql.createIncident.run(row)
            : sql.changeIncident.run({ ...row, expected: expectedVersion });
    if (result.changes !== 1) return false;
    for (const entry of entries) sql.appendEntry.run({ id, seq: entry.seq, body: JSON.stringify(entry) });
    return true;
}
