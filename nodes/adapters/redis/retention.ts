import { isEnded, STAGES } from '../../core/model/stage';
import type { Head } from '../../core/signing/anchor';
import type { StoredIncident } from '../../core/store/port';
import type { Connection } from './connection';
import type { IncidentIndex } from './incident-index';
import type { Keys } from './keys';
import { runScript } from './scripts';

/** Incidents that are announced together before they are deleted. */
const PORTION = 500;

interface Sources {
    connection: Connection;
    keys: Keys;
    index: IncidentIndex;
    read(id: string): Promise<StoredIncident | undefined>;
}

/** Deletes ended incidents that are too old. */
export class Retention {
    constructor(private readonly from: Sources) {}

    /**
     * Deletes what was last updated before this time, portion by portion; answers how many. Rejects when `removing`
     * does.
     */
    async sweep(before: Date, removing?: (heads: Head[]) => Promise<void>): Promise<number> {
        let swept = 0;
        for (const stage of STAGES.filter(isEnded)) {
            const ids = await this.from.index.idsBefore(stage, before.getTime());
            for (let start = 0; start < ids.length; start += PORTION) {
                const portion = await this.sweepable(ids.slice(start, start + PORTION), before);
                if (portion.length > 0)
                    await removing?.(
                        portion.map(({ incident, version, head }) => ({ incident: incident.id, version, head })),
                    );
                for (const stored of portion) swept += await this.delete(stored);
            }
        }
        return swept;
    }

    /** Those of the ids that may be deleted; the index is corrected for the others. */
    private async sweepable(ids: readonly string[], before: Date): Promise<StoredIncident[]> {
        const { index, read } = this.from;
        const found: StoredIncident[] = [];
        for (const id of ids) {
            const stored = await read(id);
            if (!stored) await index.remove(id);
            else if (isEnded(stored.incident.stage) && new Date(stored.incident.updatedAt) < before) found.push(stored);
            else await index.put(stored);
        }
        return found;
    }

    /** 1, or 0 when it changed meanwhile. */
    private async delete({ incident: { id, groupKey }, version }: StoredIncident): Promise<number> {
        const { connection, keys, index } = this.from;
        await connection.ask((client) => runScript(client, 'forget-group', [keys.group(groupKey)], [id]));
        const places = [keys.incident(id), keys.timeline(id), keys.previews(id)];
        const deleted = await connection.ask((client) => runScript(client, 'delete-incident', places, [version]));
        if (deleted !== 1) return 0;
        await index.remove(id);
        return 1;
    }
}
