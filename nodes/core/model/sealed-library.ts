import path from 'node:path';
import { canonicalJson, sha256 } from '../text/json';

/** One version of a runbook library: what of it a plan seals. */
export interface LibraryVersion {
    /** The inventory's path relative to the library folder. */
    inventory: string;
    /** Digest of every file Ansible may read, by its path relative to the library folder. See {@link shownDigest}. */
    files: Record<string, string>;
}

/** A version of a library and its private copy, from which alone Ansible runs. Paths are absolute. */
export interface SealedLibrary {
    version: LibraryVersion;
    /** The library folder that it is a copy of. */
    origin: string;
    /** The folder that has the copy, and nothing else. */
    copy: string;
    /** The copied library folder. */
    folder: string;
    /** The copied inventory. */
    inventory: string;
}

/** What differs between two versions: the first file that does, and how many more. */
export interface LibraryDifference {
    name: string;
    was: string;
    now: string;
    more: number;
}

/** Where the copy of a version lies below `copies`; says nothing about whether it is there. */
export function sealedLibrary({ inventory, files }: LibraryVersion, origin: string, copies: string): SealedLibrary {
    const copy = path.join(copies, sha256(canonicalJson({ inventory, files })).slice(0, 32));
    return {
        version: { inventory, files },
        origin,
        copy,
        folder: path.join(copy, 'library'),
        inventory: path.join(copy, placeInCopy(inventory, inventory)),
    };
}

/**
 * Where a file of the library lies in its copy, both relative. An inventory outside the library, with what belongs to
 * it,
 * gets a folder of its own beside the library.
 */
export function placeInCopy(name: string, inventory: string): string {
    return isOutside(name)
        ? path.join('inventory', name.slice(path.dirname(inventory).length + 1))
        : path.join('library', name);
}

/** Does this relative path leave the library folder? */
export function isOutside(name: string): boolean {
    return path.isAbsolute(name) || name.split(path.sep)[0] === '..';
}

export function libraryDifference(was: LibraryVersion, now: LibraryVersion): LibraryDifference | undefined {
    if (was.inventory !== now.inventory)
        return { name: 'The inventory', was: was.inventory, now: now.inventory, more: 0 };
    const names = [...new Set([...Object.keys(was.files), ...Object.keys(now.files)])].sort();
    const [name, ...others] = names.filter(
        (candidate) => digestOf(was.files, candidate) !== digestOf(now.files, candidate),
    );
    if (name === undefined) return undefined;
    return {
        name,
        was: shownDigest(digestOf(was.files, name)),
        now: shownDigest(digestOf(now.files, name)),
        more: others.length,
    };
}

/** A file may have any name, such as `constructor`. */
export function digestOf(files: Record<string, string>, name: string): string | undefined {
    return Object.hasOwn(files, name) ? files[name] : undefined;
}

/** A digest for people: `1f2e3d4c`, `executable 1f2e3d4c`, `link to roles/x`, `missing`. */
export function shownDigest(digest: string | undefined): string {
    return digest?.replace(/[0-9a-f]{64}$/, (hex) => hex.slice(0, 8)) ?? 'missing';
}

/** A text of Ansible for people: files of the copy go by their names in the library. */
export function withoutCopy(text: string, { copy, folder }: SealedLibrary): string {
    return text.replaceAll(`${folder}/`, '').replaceAll(`${copy}/`, '').replaceAll(folder, '.').replaceAll(copy, '.');
}
