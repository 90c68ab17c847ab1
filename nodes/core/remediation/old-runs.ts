import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Anchoring } from '../audit/anchoring';
import type { IncidentStore } from '../store/port';
import { heldAtMostUntil } from './target-lock';

const NONCE = /^[0-9a-f]{32}$/;
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
 * Deletes incidents that ended before this time and, on this machine, the folders of their runs. What the store says decides about a
 * folder only when the folder itself is old. A folder that cannot be removed now stays. Rejects with what the anchoring rejects with.
 */
export async function sweepWithRuns(anchoring: Anchoring, store: IncidentStore, runsFolder: string, before: Date): Promise<number> {
    const runs: OldRun[] = [];
    try {
        return await anchoring.sweep(before, async (heads) => {
            for (const { incident } of heads) runs.push(...await runsOf(store, incident));
        });
    } finally {
        for (const run of runs) await removeRun(store, run, path.join(runsFolder, run.nonce)).catch(() => undefined);
    }
}

/** All runs of the incident, also those before a further diagnosis. */
async function runsOf(store: IncidentStore, incidentId: string): Promise<OldRun[]> {
    const plan = (await store.read(incidentId))?.incident.plan;
    const rollbackUntil = plan ? heldAtMostUntil(plan).getTime() : 0;
    const nonces = (await store.timeline(incidentId)).map(({ type, data }) => (type === 'run.intended' ? data?.nonce : undefined));
    return nonces.filter((nonce) => typeof nonce === 'string' && NONCE.test(nonce)).map((nonce) => ({ incidentId, nonce: String(nonce), rollbackUntil }));
}

async function removeRun(store: IncidentStore, { incidentId, rollbackUntil }: OldRun, folder: string): Promise<void> {
    const { mtimeMs } = await stat(folder);
    const now = Date.now();
    if (mtimeMs > now - LEAST_MS || rollbackUntil > now - DAY_MS) return;
    if ((await store.read(incidentId)) === undefined) await rm(folder, { recursive: true, force: true });
}
