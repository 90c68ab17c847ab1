import { type FSWatcher, readdirSync, type Stats, statSync, watch } from 'node:fs';
import { join } from 'node:path';
import { undisturbed } from '../../core/undisturbed';

/** After the first event of a burst: editors write, rename and touch. What comes later starts a new one. */
const SETTLE_MS = 150;

/**
 * Calls `told` after files in the folders changed, until the returned function is called. `folders` is asked
 * again at each look. Uses the system's events where there are any, and looks itself every `pollMs` for folders
 * on network mounts and folders that come later.
 */
export function watchFolders(folders: () => readonly string[], pollMs: number, told: () => void): () => void {
    const changed = undisturbed(told);
    const watchers = new Map<string, FSWatcher>();
    let seen = signature(folders());
    let settle: NodeJS.Timeout | undefined;

    const soon = (): void => {
        settle ??= setTimeout(() => {
            settle = undefined;
            seen = signature(folders());
            listenAnew();
            changed();
        }, SETTLE_MS);
    };
    const forget = (folder: string): void => {
        watchers.get(folder)?.close();
        watchers.delete(folder);
    };
    const listen = (folder: string): void => {
        if (watchers.has(folder)) return;
        try {
            const watcher = watch(folder, { persistent: false }, soon);
            watcher.on('error', () => forget(folder));
            watchers.set(folder, watcher);
        } catch {
            // No such folder yet, or no events on this system: the look below finds the change.
        }
    };

    /** A folder that was replaced has events only for a new listener. */
    const listenAnew = (): void => {
        [...watchers.keys()].forEach(forget);
        folders().forEach(listen);
    };

    listenAnew();
    const poll = setInterval(() => {
        if (signature(folders()) !== seen) soon();
    }, pollMs);
    poll.unref();

    return () => {
        clearInterval(poll);
        clearTimeout(settle);
        [...watchers.keys()].forEach(forget);
    };
}

/** Changes whenever a file of the folders comes, goes or is written. */
function signature(folders: readonly string[]): string {
    return folders
        .flatMap((folder) => names(folder).map((name) => `${folder}/${name} ${stamp(join(folder, name))}`))
        .join('\n');
}

function names(folder: string): string[] {
    try {
        return readdirSync(folder).sort();
    } catch {
        return [];
    }
}

function stamp(path: string): string {
    const stats = statsOf(path);
    return stats ? `${stats.ino} ${stats.size} ${stats.mtimeMs}` : 'gone';
}

/** A folder above it may have been closed to us: then it is gone, as far as we can see. */
function statsOf(path: string): Stats | undefined {
    try {
        return statSync(path, { throwIfNoEntry: false });
    } catch {
        return undefined;
    }
}
