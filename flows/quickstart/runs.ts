import { readdirSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { endTree, isAlive, type ProcessIdentity } from '../../nodes/adapters/ansible/process-tree';
import { WorkFolder } from '../../nodes/adapters/ansible/work-folder';

/**
 * Ends playbooks that still run. A run outlives Node-RED on purpose and is found again at the next start; but who stops
 * the quickstart wants nothing left running. The incident then says that the outcome is unknown, as after any kill.
 */
export async function endRuns(storeFolder: string): Promise<void> {
    for (const folder of runFolders(path.join(storeFolder, 'runs'))) {
        const started = await new WorkFolder(folder).started();
        if (started && isAlive(started)) await endTree(started, gone(started));
    }
}

function runFolders(runs: string): string[] {
    try {
        return readdirSync(runs).map((name) => path.join(runs, name));
    } catch {
        return [];
    }
}

async function gone(main: ProcessIdentity): Promise<void> {
    while (isAlive(main)) await pause(50);
}
