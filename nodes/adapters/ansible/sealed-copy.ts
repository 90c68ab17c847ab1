import { constants } from 'node:fs';
import { chmod, copyFile, lstat, mkdir, mkdtemp, readdir, rename, rm, symlink, utimes } from 'node:fs/promises';
import path from 'node:path';
import { asFixError, FixError } from '../../core/errors';
import { FOR_A_NEW_PLAN } from '../../core/incident/diagnose-again';
import { contentDifference, type SealedContent } from '../../core/model/sealed-content';
import { libraryVersion } from './digests';
import { type LibraryEntry, type LibraryPlace, libraryEntries, readable } from './library-tree';
import { isOutside, type LibraryPlaces, placeInCopy, type SealedLibrary, sealedLibrary } from './sealed-library';

/** Copies that nobody has used for so long are removed. */
const STALE_MS = 2 * 24 * 60 * 60 * 1000;

/**
 * The private copy of the library as it is now. One copy serves a version: it is made whole or not at all, and what
 * lies in it is what the version says, always. Throws `CONFIG_INVALID` for a library that cannot be sealed, and
 * `PLAN_CHANGED` for a copy that somebody changed.
 */
export async function sealedCopy({ folder, inventory, copies }: LibraryPlaces): Promise<SealedLibrary> {
    const library: LibraryPlace = { folder, inventory, inventoryName: path.relative(folder, inventory), isCopy: false };
    if (!isOutside(path.relative(folder, copies))) throw insideLibrary();
    const found = sealedLibrary(await libraryVersion(library), { folder, copies });
    return (await isThere(found)) ? found : makeCopy(library, copies);
}

/**
 * Ansible is started only behind this: the copy has exactly the files of its version. One that is missing is made again
 * from the library, if that still is the same. Throws `PLAN_CHANGED`.
 */
export async function requireSealedCopy(library: SealedLibrary): Promise<void> {
    if (await isThere(library)) return;
    const { origin, content } = library;
    const made = await sealedCopy({
        folder: origin,
        inventory: path.resolve(origin, content.inventory),
        copies: path.dirname(library.copy),
    });
    if (made.copy === library.copy) return;
    throw new FixError(
        'PLAN_CHANGED',
        `The private copy of the library is gone, and ${contentDifference(content, made.content)?.name ?? 'the library'} has changed since.`,
        {
            field: 'files',
            cure: FOR_A_NEW_PLAN,
        },
    );
}

/** Removes the copies that were not used for two days, and what was left of copies half made or half removed. */
export async function removeStaleCopies(copies: string): Promise<void> {
    for (const name of await readdir(copies).catch(() => [])) {
        const place = path.join(copies, name);
        const found = await lstat(place).catch(() => undefined);
        if (!found || Date.now() - found.mtimeMs < STALE_MS) continue;
        const going = path.join(copies, `.old-${name}-${process.pid}`);
        await rename(place, going)
            .then(() => rm(going, { recursive: true, force: true }))
            .catch(() => undefined);
    }
}

/** Is the copy there, and as it must be? Notes that it is used. */
async function isThere(library: SealedLibrary): Promise<boolean> {
    const now = new Date();
    const noted = await utimes(library.copy, now, now).then(
        () => true,
        (thrown: unknown) => {
            if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return false;
            throw thrown;
        },
    );
    if (!noted) return false;
    const found = await versionOfCopy(library).catch((thrown: unknown) => {
        throw tampered(library, asFixError(thrown).message);
    });
    const difference = contentDifference(library.content, found);
    if (difference) throw tampered(library, `${difference.name}: ${difference.was} → ${difference.now}.`);
    return true;
}

function versionOfCopy({ folder, inventory, content }: SealedLibrary): Promise<SealedContent> {
    return libraryVersion({ folder, inventory, inventoryName: content.inventory, isCopy: true });
}

/** Copies into a folder that nobody knows, and gives it its name when it is whole; of several at once one wins. */
async function makeCopy(library: LibraryPlace, copies: string): Promise<SealedLibrary> {
    await mkdir(copies, { recursive: true, mode: 0o700 });
    await removeStaleCopies(copies);
    const draft = await mkdtemp(path.join(copies, '.new-'));
    try {
        for (const entry of await libraryEntries(library)) {
            await copyEntry(entry, path.join(draft, placeInCopy(entry.name, library.inventoryName)));
        }
        const { inventoryName } = library;
        const place = {
            folder: path.join(draft, 'library'),
            inventory: path.join(draft, placeInCopy(inventoryName, inventoryName)),
            inventoryName,
            isCopy: true,
        };
        const made = sealedLibrary(await libraryVersion(place), { folder: library.folder, copies });
        await rename(draft, made.copy).catch((thrown: unknown) => {
            if (
                !(
                    thrown instanceof Error &&
                    'code' in thrown &&
                    (thrown.code === 'ENOTEMPTY' || thrown.code === 'EEXIST')
                )
            )
                throw thrown;
        });
        await requireSealedCopy(made);
        return made;
    } finally {
        await rm(draft, { recursive: true, force: true });
    }
}

/** Modes are kept, as far as the owner can still read, and clear the folder away. */
async function copyEntry(entry: LibraryEntry, target: string): Promise<void> {
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    if (entry.kind === 'link') return symlink(entry.target, target);
    if (entry.kind === 'folder') {
        await mkdir(target, { recursive: true });
        return chmod(target, (entry.mode & 0o777) | 0o700);
    }
    await readable(entry.name, copyFile(entry.place, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE));
    return chmod(target, (entry.mode & 0o777) | 0o400);
}

function tampered({ copy }: SealedLibrary, what: string): FixError {
    return new FixError(
        'PLAN_CHANGED',
        `The private copy of the library, from which Ansible runs, was changed: ${what}`,
        {
            field: 'files',
            cure: `Find out what writes there (a playbook that writes beside itself?), then remove the folder ${path.basename(path.dirname(copy))}/${path.basename(copy)} of the store; a new copy is made.`,
        },
    );
}

function insideLibrary(): FixError {
    return new FixError('CONFIG_INVALID', 'The library cannot be sealed: the folder of the store lies in it.', {
        field: 'folder',
        cure: 'Choose another folder for the runbook library, or for the store.',
    });
}
