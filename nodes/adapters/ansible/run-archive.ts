import { rm, stat } from 'node:fs/promises';
import path from 'node:path';
import type { RunArchive } from '../../core/audit/old-runs';

/** The work folders of runs below `runsFolder`, an absolute path: one folder for each nonce. */
export function runArchive(runsFolder: string): RunArchive {
    const folderOf = (nonce: string): string => path.join(runsFolder, nonce);
    return {
        touchedAt: async (nonce) => (await stat(folderOf(nonce))).mtimeMs,
        remove: (nonce) => rm(folderOf(nonce), { recursive: true, force: true }),
    };
}
