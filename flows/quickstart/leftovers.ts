import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** Marks every process of a quickstart, with its folder as value. */
export const MARK = 'ALERT_TO_FIX_QUICKSTART';

/** Writes down which processes this quickstart started. */
export function notePids(folder: string, pids: number[]): void {
    writeFileSync(path.join(folder, 'pids.json'), JSON.stringify(pids));
}

/** Ends what an earlier quickstart in the same folder left running because it was killed; touches nothing that is not marked. */
export function endLeftovers(folder: string): void {
    const file = path.join(folder, 'pids.json');
    if (!existsSync(file)) return;
    const pids = JSON.parse(readFileSync(file, 'utf8')) as number[];
    for (const pid of pids.filter((candidate) => isMarked(candidate, folder))) process.kill(pid, 'SIGKILL');
}

function isMarked(pid: number, folder: string): boolean {
    try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${MARK}=${folder}`);
    } catch {
        return false;
    }
}
