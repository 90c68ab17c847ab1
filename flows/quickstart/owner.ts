import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { identityOf, isAlive } from '../../nodes/adapters/ansible/process-tree';
import { readNote } from './note';

/** The process that runs a quickstart, and where it is seen. */
const owner = z.object({ pid: z.number(), born: z.string().optional(), editorUrl: z.string().optional() });

/** Writes down that this process runs the quickstart of the folder. */
export function noteOwner(folder: string, editorUrl?: string): void {
    writeFileSync(ownerFile(folder), JSON.stringify({ ...identityOf(process.pid), editorUrl }));
}

/**
 * Throws when another process runs the quickstart of the folder. A later process with the same number is not taken for
 * it.
 */
export function refuseSecond(folder: string): void {
    const known = readNote(ownerFile(folder), owner);
    if (!known || !isAlive(known)) return;
    throw new Error(
        `The quickstart is already running${known.editorUrl === undefined ? '' : ` at ${known.editorUrl}`} (pid ${known.pid}). Press Ctrl-C there first.`,
    );
}

function ownerFile(folder: string): string {
    return path.join(folder, 'owner.json');
}
