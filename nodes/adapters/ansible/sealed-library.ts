import path from 'node:path';
import { FixError } from '../../core/errors';
import { FOR_A_NEW_PLAN } from '../../core/incident/diagnose-again';
import type { SealedContent } from '../../core/model/sealed-content';
import { canonicalJson, sha256 } from '../../core/text/json';

/** What sealed content of this adapter says of its kind. Plans keep it: it never changes. */
export const KIND = 'ansible';

/** Where the library is, and where the private copies of it are kept. Absolute paths. */
export interface LibraryPlaces {
    /** The library folder. */
    folder: string;
    /** The inventory file or folder. */
    inventory: string;
    /** The folder for private copies. */
    copies: string;
}

/** A version of the library and its private copy, from which alone Ansible runs. Paths are absolute. */
export interface SealedLibrary {
    content: SealedContent;
    /** The library folder that it is a copy of. */
    origin: string;
    /** The folder that has the copy, and nothing else. */
    copy: string;
    /** The copied library folder. */
    folder: string;
    /** The copied inventory. */
    inventory: string;
}

/**
 * Where the copy of a version lies; says nothing about whether it is there. Throws `PLAN_CHANGED` for content that
 * another kind of executor sealed.
 */
export function sealedLibrary(
    content: SealedContent,
    { folder, copies }: Pick<LibraryPlaces, 'folder' | 'copies'>,
): SealedLibrary {
    const { kind, inventory, digests } = content;
    if (kind !== KIND) {
        throw new FixError('PLAN_CHANGED', `The plan was made for another executor: ${kind}, not ${KIND}.`, {
            field: 'executor',
            cure: FOR_A_NEW_PLAN,
        });
    }
    const copy = path.join(copies, sha256(canonicalJson({ inventory, files: digests })).slice(0, 32));
    return {
        content,
        origin: folder,
        copy,
        folder: path.join(copy, 'library'),
        inventory: path.join(copy, placeInCopy(inventory, inventory)),
    };
}

/**
 * Where a file of the library lies in its copy, both relative. An inventory outside the library, with what belongs to
 * it, gets its own folder beside the library.
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

/** A text of Ansible for people: files of the copy go by their names in the library. */
export function withoutCopy(text: string, { copy, folder }: SealedLibrary): string {
    return text.replaceAll(`${folder}/`, '').replaceAll(`${copy}/`, '').replaceAll(folder, '.').replaceAll(copy, '.');
}
