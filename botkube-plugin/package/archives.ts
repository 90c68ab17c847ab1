import { chmodSync, copyFileSync, linkSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { selfExtractingHead } from './launcher';
import { CACHE, once, run, sha256, tar } from './workspace';

/**
 * Packs one file as a `.tar.gz` that holds just it, under the given name, with mode 0755: what Botkube takes for a
 * dependency. Gives the archive's path in the cache; the same contents are packed once.
 */
export function packDependency(file: string, name: string): string {
    mkdirSync(CACHE, { recursive: true });
    return once(path.join(CACHE, `${sha256(file).slice(0, 32)}-${name}.tar.gz`), (archive) => {
        const folder = mkdtempSync(path.join(tmpdir(), 'fix-pack-'));
        copyFileSync(file, path.join(folder, name));
        chmodSync(path.join(folder, name), 0o755);
        tar(folder, [name], path.join(folder, 'archive.tar'));
        run('gzip', ['-6', '-n', 'archive.tar'], folder);
        copyFileSync(path.join(folder, 'archive.tar.gz'), archive);
        rmSync(folder, { recursive: true });
    });
}

/** Writes the plugin that carries its dependencies; `archives` by the dependency's name. */
export function writeSelfExtracting(archives: ReadonlyMap<string, string>, target: string): void {
    const folder = mkdtempSync(path.join(path.dirname(target), '.fix-single-'));
    try {
        for (const [name, archive] of archives) linkOrCopy(archive, path.join(folder, `${name}.tar.gz`));
        const payload = path.join(folder, 'payload.tar');
        tar(
            folder,
            [...archives.keys()].map((name) => `${name}.tar.gz`),
            payload,
        );
        writeFileSync(target, selfExtractingHead(sha256(payload).slice(0, 12)), { mode: 0o755 });
        run('sh', ['-c', 'cat "$1" >> "$2"', 'sh', payload, target]);
    } finally {
        rmSync(folder, { recursive: true });
    }
}

function linkOrCopy(from: string, to: string): void {
    try {
        linkSync(from, to);
    } catch {
        copyFileSync(from, to);
    }
}
