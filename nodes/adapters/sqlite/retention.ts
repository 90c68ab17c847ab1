import { isEnded, STAGES } from '../../core/model/stage';
import type { Head } from '../../core/signing/anchor';
import type { Connection } from './connection';
import { headOf } from './rows';
import type { Statements } from './schema';

/** Incidents deleted in one transaction, so that a long sweep lets other writes through. */
const PORTION = 200;

/**
 * Deletes ended incidents last updated before this time, portion by portion; answers how many. Rejects when `removing`
 * does.
 */
export async function sweep(
    connection: Connection,
    before: Date,
    removing?: (heads: Head[]) => Promise<void>,
): Promise<number> {
    const of = { stages: JSON.stringify(STAGES.filter(isEnded)), before: before.toISOString(), limit: PORTION };
    let swept = 0;
    for (;;) {
        const portion = connection.query(({ sql }) => sql.sweepable.all(of)).map(headOf);
        if (portion.length > 0) await removing?.(portion);
        const deleted = await connection.write(({ sql }) => deletePortion(sql, portion));
        swept += deleted;
        if (portion.length < PORTION || deleted === 0) return swept;
    }
}

/** Deletes the incidents that did not change meanwhile; answers how many. */
function deletePortion(sql: Statements, portion: readonly Head[]): number {
    let deleted = 0;
    for (const { incident: id, version } of portion) {
        if (!sql.isVersion.get({ id, version })) continue;
        sql.forgetGroup.run({ id });
        sql.deleteTimeline.run({ id });
        sql.deletePreviews.run({ id });
        sql.deleteIncident.run({ id });
        deleted += 1;
    }
    if (deleted > 0) sql.deleteEmptyGroups.run();
    return deleted;
}
