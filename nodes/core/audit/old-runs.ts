import { isNonce } from '../incident/id';
import type { RunArchive } from '../remediation/ports';
import { heldAtMostUntil } from '../remediation/target-lock';
import type { IncidentStore } from '../store/port';
import type { Anchoring } from './anchoring';

const DAY_MS = 24 * 3_600_000;
/** A day longer than an approval can last: a younger folder may still keep an approved plan from being run again. */
const LEAST_MS = 8 * DAY_MS;

/** The folder of a run, which keeps the plan from running again, and the sealed rollback too. */
interface OldRun {
    incidentId: string;
    nonce: string;
    /** Milliseconds since 1970. */
    rollbackUntil: number;
}

/**
 * Deletes incidents that ended before this time and what their runs left in the archive. The store has a say about a
 * run only when the run itself is old. A run that cannot be removed now stays. Rejects with what the anchoring rejects
 * with.
 */
export async function sweepWithRuns(
    anchoring: Anchoring,
    store: IncidentStore,
    archive: RunArchive,
    before: Date,
): Promise<number> {
    const runs: OldRun[] = [];
    try {
        return await anchoring.sweep(before, async (heads) => {
            for (const { incident } of heads) runs.push(...(await runsOf(store, incident)));
        });
    } finally {
        for (const run of runs) await removeRun(store, run, archive).catch(() => undefined);
    }
}

/** All runs of the incident, also those before a further diagnosis. */
async function runsOf(store: IncidentStore, incidentId: string): Promise<OldRun[]> {
    const plan = (await store.read(incidentId))?.incident.plan;
    const rollbackUntil = plan ? heldAtMostUntil(plan).getTime() : 0;
    const nonces = (await store.timeline(incidentId)).map(({ type, data }) =>
        type === 'run.intended' ? data?.nonce : undefined,
    );
    return nonces
        .filter((nonce) => typeof nonce === 'string' && isNonce(nonce))
        .map((nonce) => ({ incidentId, nonce: String(nonce), rollbackUntil }));
}

async function removeRun(store: IncidentStore, run: OldRun, archive: RunArchive): Promise<void> {
    const touchedAt = await archive.touchedAt(run.nonce);
    const now = Date.now();
    if (touchedAt > now - LEAST_MS || run.rollbackUntil > now - DAY_MS) return;
    if ((await store.read(run.incidentId)) === undefined) await archive.remove(run.nonce);
}
