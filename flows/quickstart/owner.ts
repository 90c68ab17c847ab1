import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { identityOf, isAlive, type ProcessIdentity } from '../../nodes/adapters/ansible/process-tree';

/** The process that runs a quickstart, and where it is seen. */
interface Owner extends ProcessIdentity {
    editorUrl: string;
}

/** Writes down that this process runs the quickstart of the folder. */
export function noteOwner(folder: string, editorUrl: string): void {
    const owner: Owner = { ...identityOf(process.pid), editorUrl };
    writeFileSync(ownerFile(folder), JSON.stringify(owner));
}

/** Throws when another process runs the quickstart of the folder. A later process with the same number is not taken for it. */
export function refuseSecond(folder: string): void {
    const file = ownerFile(folder);
    if (!existsSync(file)) return;
    const { editorUrl, ...owner } = JSON.parse(readFileSync(file, 'utf8')) as Owner;
    if (isAlive(owner)) throw new Error(`The quickstart is already running at ${editorUrl} (pid ${owner.pid}). Press Ctrl-C there first.`);
}

function ownerFile(folder: string): string {
    return path.join(folder, 'owner.json');
}
