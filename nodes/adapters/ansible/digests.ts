import { createHash } from 'node:crypto';
import { createReadStream, type Dirent } from 'node:fs';
import { lstat, readdir, readlink, realpath } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { FixError } from '../../core/errors';
import { sha256 } from '../../core/json';

const MAX_FILES = 5_000;
const MAX_BYTES = 256 * 1024 * 1024;
/** What Ansible does not read. (Python's compiled files count: one that claims to fit its source runs in its place.) */
const IGNORED = '.git';
/** What Ansible reads beside an inventory file. */
const BESIDE_INVENTORY = ['group_vars', 'host_vars'];

/**
 * SHA-256 of every file that Ansible may read for this library: all of the library folder, and the inventory where it is
 * outside. Keys are paths relative to the library folder. Throws `CONFIG_INVALID` for symbolic links that leave their
 * folder, special files, and folders that are too large.
 */
export async function fileDigests(folder: string, inventory: string): Promise<Record<string, string>> {
    const walk = new Walk(folder);
    await walk.folder(folder, await existing(folder));
    if (isOutside(folder, inventory)) await digestInventory(walk, inventory);
    return Object.fromEntries([...walk.digests].sort(([a], [b]) => (a < b ? -1 : 1)));
}

async function digestInventory(walk: Walk, inventory: string): Promise<void> {
    const root = await existing(inventory);
    const found = await lstat(root);
    if (found.isDirectory()) {
        await walk.folder(inventory, root);
        return;
    }
    await walk.file(inventory, root);
    for (const name of BESIDE_INVENTORY) {
        const beside = path.join(path.dirname(inventory), name);
        const real = await realpath(beside).catch(() => undefined);
        if (real !== undefined) await walk.folder(beside, real);
    }
}

class Walk {
    readonly digests = new Map<string, string>();
    private bytes = 0;

    constructor(private readonly library: string) {}

    /** Takes in all below `folder`; links may point to anything below `root`, the folder's real path. */
    async folder(folder: string, root: string): Promise<void> {
        const entries = await readdir(folder, { withFileTypes: true });
        for (const entry of entries) {
            if (entry.name !== IGNORED) await this.entry(path.join(folder, entry.name), entry, root);
        }
    }

    async file(file: string, real = file): Promise<void> {
        const { size } = await lstat(real);
        this.bytes += size;
        if (this.digests.size >= MAX_FILES || this.bytes > MAX_BYTES) {
            throw refused(this.name(file), `there are more than ${MAX_FILES} files or ${MAX_BYTES / 1024 / 1024} MiB`, 'Keep only playbooks and what they need in the library folder.');
        }
        const hash = createHash('sha256');
        await pipeline(createReadStream(real), hash);
        this.digests.set(this.name(file), hash.digest('hex'));
    }

    private async entry(place: string, entry: Dirent, root: string): Promise<void> {
        if (entry.isDirectory()) return this.folder(place, root);
        if (entry.isSymbolicLink()) return this.link(place, root);
        if (entry.isFile()) return this.file(place);
        throw refused(this.name(place), 'it is neither a file nor a folder', 'Remove it from the library folder.');
    }

    /** What a link points to is taken in where it lies, so of the link only its target counts. */
    private async link(place: string, root: string): Promise<void> {
        const target = await realpath(place).catch(() => undefined);
        if (target === undefined || !(target === root || target.startsWith(`${root}${path.sep}`))) {
            throw refused(this.name(place), 'it is a symbolic link that leaves its folder', 'Put a copy of the file in its place.');
        }
        if (path.relative(root, target).split(path.sep).includes(IGNORED)) {
            throw refused(this.name(place), `it is a symbolic link into ${IGNORED}, which is not sealed`, 'Put a copy of the file in its place.');
        }
        this.digests.set(this.name(place), sha256(`symbolic link to ${await readlink(place)}`));
    }

    private name(place: string): string {
        return path.relative(this.library, place);
    }
}

function isOutside(folder: string, place: string): boolean {
    return path.relative(folder, place).split(path.sep)[0] === '..';
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

function refused(place: string, reason: string, cure: string): FixError {
    return new FixError('CONFIG_INVALID', `The library cannot be sealed because of ${place}: ${reason}.`, { field: place, cure });
}
