import type { Dirent } from 'node:fs';
import { lstat, readdir, realpath } from 'node:fs/promises';
import path from 'node:path';
import { FixError } from '../../core/errors';
import { isOutside } from './sealed-library';

const MAX_FILES = 5_000;
const MAX_BYTES = 256 * 1024 * 1024;
/** What Ansible does not read. (Python's compiled files count: one that claims to fit its source runs in its place.) */
const IGNORED = '.git';
/** What Ansible reads beside an inventory file. */
const BESIDE_INVENTORY = ['group_vars', 'host_vars'];
/** What the file system answers about a thing that cannot be read. */
const UNREADABLE: readonly unknown[] = ['EACCES', 'EPERM', 'ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP'];

/** A library as it lies on disk: the folder itself, or its copy. */
export interface LibraryPlace {
    /** Absolute path of the library folder. */
    folder: string;
    /** Absolute path of the inventory file or folder. */
    inventory: string;
    /** The inventory's path relative to the original library folder. */
    inventoryName: string;
    /** In a copy nothing is left out: what does not belong there shows. */
    isCopy: boolean;
}

/** One thing of a library; `name` is its path relative to the library folder, `place` where it lies. */
export type LibraryEntry = { name: string; place: string } & (
    | { kind: 'folder'; mode: number }
    | { kind: 'file'; mode: number }
    /** `target` is relative to the link's folder. */
    | { kind: 'link'; target: string }
);

/**
 * All that Ansible may read of a library: the library folder, and the inventory where it is outside; folders before
 * what is in them. Throws `CONFIG_INVALID` for symbolic links that leave their folder, special files, what cannot be
 * read, and folders that are too large.
 */
export async function libraryEntries(library: LibraryPlace): Promise<LibraryEntry[]> {
    const walk = new Walk(library.isCopy);
    const root = await existing(library.folder);
    await readable('.', walk.folder('', root, root));
    if (isOutside(library.inventoryName)) await readable(library.inventoryName, takeInventory(walk, library));
    return walk.entries;
}

async function takeInventory(walk: Walk, { folder, inventory, inventoryName }: LibraryPlace): Promise<void> {
    const root = await existing(inventory);
    if (!isOutside(path.relative(inventory, folder)))
        throw refused(inventoryName, 'the inventory folder has the library in it', 'Choose the inventory file itself.');
    if ((await lstat(root)).isDirectory()) return walk.folder(inventoryName, root, root);
    await walk.file(inventoryName, root);
    for (const name of BESIDE_INVENTORY) {
        const beside = await realpath(path.join(path.dirname(inventory), name)).catch(() => undefined);
        if (beside !== undefined) await walk.folder(path.join(path.dirname(inventoryName), name), beside, beside);
    }
}

class Walk {
    readonly entries: LibraryEntry[] = [];
    private files = 0;
    private bytes = 0;

    constructor(private readonly takesAll: boolean) {}

    /** Takes in all below the folder at `place`; links may point to anything below `root`, a real path. */
    async folder(name: string, place: string, root: string): Promise<void> {
        this.entries.push({ kind: 'folder', name, place, mode: (await lstat(place)).mode });
        for (const entry of await readdir(place, { withFileTypes: true })) {
            if (entry.name === IGNORED && !this.takesAll) continue;
            await this.entry(path.join(name, entry.name), path.join(place, entry.name), entry, root);
        }
    }

    async file(name: string, place: string): Promise<void> {
        const { size, mode } = await lstat(place);
        this.count(name, size);
        this.entries.push({ kind: 'file', name, place, mode });
    }

    private async entry(name: string, place: string, entry: Dirent, root: string): Promise<void> {
        if (entry.isDirectory()) return this.folder(name, place, root);
        if (entry.isFile()) return this.file(name, place);
        if (entry.isSymbolicLink()) return this.link(name, place, root);
        throw refused(name, 'it is neither a file nor a folder', 'Remove it from the library folder.');
    }

    /** What a link points to is taken in where it lies, so of the link only its target counts. */
    private async link(name: string, place: string, root: string): Promise<void> {
        const target = await realpath(place).catch(() => undefined);
        if (target === undefined || !(target === root || target.startsWith(`${root}${path.sep}`))) {
            throw refused(name, 'it is a symbolic link that leaves its folder', 'Put a copy of the file in its place.');
        }
        if (path.relative(root, target).split(path.sep).includes(IGNORED)) {
            throw refused(
                name,
                `it is a symbolic link into ${IGNORED}, which is not sealed`,
                'Put a copy of the file in its place.',
            );
        }
        this.count(name, 0);
        this.entries.push({ kind: 'link', name, place, target: path.relative(path.dirname(place), target) || '.' });
    }

    private count(name: string, size: number): void {
        this.files += 1;
        this.bytes += size;
        if (this.files <= MAX_FILES && this.bytes <= MAX_BYTES) return;
        throw refused(
            name,
            `there are more than ${MAX_FILES} files or ${MAX_BYTES / 1024 / 1024} MiB`,
            'Keep only playbooks and what they need in the library folder.',
        );
    }
}

async function existing(place: string): Promise<string> {
    return realpath(place).catch((cause: unknown) => {
        throw new FixError('CONFIG_INVALID', `${path.basename(place)} of the runbook library cannot be found.`, {
            field: 'folder',
            cure: 'Correct the folder and the inventory in the runbook library.',
            cause,
        });
    });
}

/** Turns what the file system says about reading something into the library's fault. */
export async function readable<T>(name: string, reading: Promise<T>): Promise<T> {
    return reading.catch((cause: unknown) => {
        if (!(cause instanceof Error && 'code' in cause && UNREADABLE.includes(cause.code) && 'path' in cause))
            throw cause;
        throw new FixError(
            'CONFIG_INVALID',
            `The library cannot be sealed: ${path.basename(String(cause.path))} cannot be read (${String(cause.code)}).`,
            {
                field: name,
                cure: 'Make the whole library folder readable for the user that runs Node-RED.',
                cause,
            },
        );
    });
}

function refused(name: string, reason: string, cure: string): FixError {
    return new FixError('CONFIG_INVALID', `The library cannot be sealed because of ${name}: ${reason}.`, {
        field: name,
        cure,
    });
}
