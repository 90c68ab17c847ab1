import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import type { SealedContent } from '../../core/model/sealed-content';
import { type LibraryEntry, type LibraryPlace, libraryEntries, readable } from './library-tree';
import { KIND } from './sealed-library';

/** Any of the bits that make a file executable: an inventory that has one is a program. */
const EXECUTABLE = 0o111;

/**
 * The version that lies there now. The digest of a file is the SHA-256 of its content, with `executable ` before it
 * where it can be executed; of a symbolic link it is `link to ` and its target.
 */
export async function libraryVersion(library: LibraryPlace): Promise<SealedContent> {
    const digests: [string, string][] = [];
    for (const entry of await libraryEntries(library)) {
        if (entry.kind === 'link') digests.push([entry.name, `link to ${entry.target}`]);
        if (entry.kind === 'file') digests.push([entry.name, await readable(entry.name, fileDigest(entry))]);
    }
    return {
        kind: KIND,
        inventory: library.inventoryName,
        digests: Object.fromEntries(digests.sort(([a], [b]) => (a < b ? -1 : 1))),
    };
}

async function fileDigest({ place, mode }: Extract<LibraryEntry, { kind: 'file' }>): Promise<string> {
    const hash = createHash('sha256');
    await pipeline(createReadStream(place), hash);
    return `${(mode & EXECUTABLE) === 0 ? '' : 'executable '}${hash.digest('hex')}`;
}
