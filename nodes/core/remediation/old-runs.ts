import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { Anchoring } from '../audit/anchoring';
import type { IncidentStore } from '../store/port';

const NONCE = /^[0-9a-f]{32}$/;
/** A day longer than an approval can last: a younger folder may still keep an approved plan from being run again. */
const LEAST_MS = 8 * 24 * 3_600_000;

/**
 * Deletes incidents that ended before this time and, on this machine, the folders of their runs. What the store says decides about a
 * folder only when the folder itself is old. Rejects with what the anchoring rejects with.
 */
export async function sweepWithRuns(anchoring: Anchoring, store: IncidentStore, runsFolder: string, before: Date): Promise<number> {
    const runs = new Map<string, string>();
    const note = async (id: string): Promise<void> => {
        const nonce = (await store.read(id))?.incident.run?.id;
        if (nonce !== undefined && NONCE.test(nonce)) runs.set(id, nonce);
    };
    try {
        return await anchoring.sweep(before, async (heads) => {
            for (const { incident } of heads) await note(incident);
        });
    } finally {
        for (const [id, nonce] of runs) await removeRun(store, id, path.join(runsFolder, nonce));
    }
}

async function removeRun(store: IncidentStore, id: string, folder: string): Promise<void> {
    const found = await stat(folder).catch(() => undefined);
    if (!found || found.mtimeMs > Date.now() - LEAST_MS) return;
    if ((await store.read(id)) === undefined) await rm(folder, { recursive: true, force: true });
}
