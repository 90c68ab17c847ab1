import { lstatSync, readdirSync, rmSync } from 'node:fs';
import path from 'node:path';

/** Folders that plugins make for their socket and their files; the name says which process did. */
const OURS = /^fix-(?:files-)?(\d+)-[A-Za-z0-9]{6}$/;

/** File times are coarser than the clock. */
const SLACK_MS = 1_000;

/** Removes the folders that killed plugins of this user left in `parent`. */
export function removeLeftovers(parent: string): void {
    for (const name of namesIn(parent)) {
        const owner = Number(OURS.exec(name)?.[1]);
        if (!owner) continue;
        const folder = path.join(parent, name);
        try {
            const { uid, mtimeMs } = lstatSync(folder);
            if (uid === process.getuid?.() && isGone(owner, mtimeMs)) rmSync(folder, { recursive: true, force: true });
        } catch {
            // Somebody else removes it at the same time.
        }
    }
}

/**
 * Also of an earlier process with our number: numbers are reused when a container is restarted, and its `/tmp` may
 * outlive it.
 */
function isGone(owner: number, madeAt: number): boolean {
    if (owner !== process.pid) return !isAlive(owner);
    return madeAt < Date.now() - process.uptime() * 1_000 - SLACK_MS;
}

function namesIn(folder: string): string[] {
    try {
        return readdirSync(folder);
    } catch {
        return [];
    }
}

function isAlive(pid: number): boolean {
    try {
        return process.kill(pid, 0);
    } catch (thrown) {
        return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
    }
}
