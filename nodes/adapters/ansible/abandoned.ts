import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { foundProcess } from './process';
import { endTree, isAlive } from './process-tree';
import { WorkFolder } from './work-folder';

/**
 * Ends the checks that a process which is gone left in the folder `runs`, and removes their work folders. Runs are
 * never
 * touched: they go on, and are found again.
 */
export async function clearAbandoned(runs: string): Promise<void> {
    const names = await readdir(runs).catch(() => []);
    await Promise.all(names.map((name) => clear(new WorkFolder(path.join(runs, name)))));
}

async function clear(folder: WorkFolder): Promise<void> {
    if (!(await folder.isAbandoned())) return;
    const started = await folder.started();
    if (started && isAlive(started)) await endTree(started, foundProcess(started).ended);
    await folder.remove();
}
