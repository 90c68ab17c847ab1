import { newNonce } from '../../core/incident/id';
import type { ChangeNotice, Commit } from '../../core/store/port';
import type { Connection } from './connection';
import { type IncidentIndex, placeOf } from './incident-index';
import type { Keys } from './keys';
import { runScript } from './scripts';

/** Where a transition is written. `indexApart`: the index lies on other servers than the incident, as in a Cluster. */
interface Destination {
    connection: Connection;
    keys: Keys;
    index: IncidentIndex;
    indexApart: boolean;
}

/**
 * Writes the new state and its timeline entries, indexes and tells them; false if the stored version is not the
 * expected one.
 */
export async function writeTransition(
    { connection, keys, index, indexApart }: Destination,
    change: Commit,
): Promise<boolean> {
    const { incident, entries, expectedVersion } = change;
    const last = entries.at(-1);
    if (!last) return false;
    const told: ChangeNotice = { id: incident.id, version: last.seq, stage: incident.stage };
    const write = async (token: string, indexKeys: readonly string[]): Promise<boolean> => {
        const written = await connection.ask((client) =>
            runScript(
                client,
                'commit',
                [keys.incident(incident.id), keys.timeline(incident.id), ...indexKeys],
                [
                    expectedVersion,
                    last.seq,
                    last.hash,
                    JSON.stringify(incident),
                    token,
                    keys.changes,
                    JSON.stringify(told),
                    incident.id,
                    ...placeOf(incident),
                    ...entries.map((entry) => JSON.stringify(entry)),
                ],
            ),
        );
        return written === 1;
    };
    if (!indexApart) return write(newNonce(), keys.index);
    const mark = await index.mark(incident.id);
    const written = await write(mark.token, []);
    // The transition is decided; an index that cannot be reached now is healed by the mark.
    await (written ? index.put({ incident, version: last.seq }, mark) : index.unmark(mark)).catch(() => undefined);
    return written;
}
