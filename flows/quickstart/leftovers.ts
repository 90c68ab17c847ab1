import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { identityOf, isAlive, type ProcessIdentity } from '../../nodes/adapters/ansible/process-tree';
import { readNote } from './note';
import { waitUntil } from './programs';

/** Marks every process of a quickstart, with its folder as value. */
export const MARK = 'ALERT_TO_FIX_QUICKSTART';

/** Writes down which processes this quickstart started. */
export function notePids(folder: string, pids: number[]): void {
    writeFileSync(path.join(folder, 'pids.json'), JSON.stringify(pids));
}

/**
 * Ends what an earlier quickstart in the same folder left running because it was killed, and waits until their ports
 * are free again. Touches nothing that is not marked.
 */
export async function endLeftovers(folder: string): Promise<void> {
    const pids = readNote(path.join(folder, 'pids.json'), z.array(z.number())) ?? [];
    const leftovers = pids.filter((pid) => isMarked(pid, folder)).map(identityOf);
    for (const { pid } of leftovers) kill(pid);
    await waitUntil('end of an earlier quickstart', () => Promise.resolve(leftovers.every(hasLetGo)));
}

function kill(pid: number): void {
    try {
        process.kill(pid, 'SIGKILL');
    } catch {
        // It has ended meanwhile.
    }
}

/** A killed process holds its ports until its last thread has ended, even when its first one already has. */
function hasLetGo(leftover: ProcessIdentity): boolean {
    return !isAlive(leftover) && threadsOf(leftover.pid) <= 1;
}

function threadsOf(pid: number): number {
    try {
        return readdirSync(`/proc/${pid}/task`).length;
    } catch {
        return 0;
    }
}

function isMarked(pid: number, folder: string): boolean {
    try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${folder}`);
    } catch {
        return false;
    }
}
