import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';

/** The repository, also for what is compiled to `dist/`. */
export const ROOT =
    [path.resolve(__dirname, '../..'), path.resolve(__dirname, '../../..')].find((folder) =>
        existsSync(path.join(folder, 'package-lock.json')),
    ) ?? process.cwd();

/** What was downloaded and packed once; lives until npm packages are installed again. */
export const CACHE = path.join(ROOT, 'node_modules', '.cache', 'botkube-plugin');

/** Where a release is written and served from, unless told otherwise. */
export const RELEASE = path.join(ROOT, 'release');

/** package.json, as far as a release needs it. */
export const packageJson = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as {
    version: string;
    devDependencies: { node: string };
};

/** Runs a program and gives its standard output; throws with all that it wrote when it fails. */
export function run(program: string, args: readonly string[], cwd = ROOT): string {
    const { status, stdout, stderr, error } = spawnSync(program, args, {
        cwd,
        encoding: 'utf8',
        maxBuffer: 64 * 1024 * 1024,
    });
    if (status === 0) return stdout;
    throw new Error(
        `${program} ${args.join(' ')} failed: ${error?.message ?? `exit code ${status}`}\n${stdout ?? ''}${stderr ?? ''}`,
    );
}

/**
 * Fills a folder or file of the cache once: `make` writes to a temporary path, which is renamed when it is complete.
 */
export function once(target: string, make: (temporary: string) => void): string {
    if (existsSync(target)) return target;
    const temporary = `${target}.${process.pid}`;
    rmSync(temporary, { recursive: true, force: true });
    make(temporary);
    if (existsSync(target)) rmSync(temporary, { recursive: true });
    else renameSync(temporary, target);
    return target;
}

/** SHA-256 of a file, hexadecimal. */
export function sha256(file: string): string {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
}

/** Packs files of one folder, by name, as a tar archive that depends on nothing but their contents. */
export function tar(folder: string, names: readonly string[], archive: string): void {
    const stable = ['--sort=name', '--mtime=@0', '--owner=0', '--group=0', '--numeric-owner', '--format=ustar'];
    run('tar', [...stable, '-C', folder, '-cf', archive, '--', ...names]);
}
