import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { ROOT } from './package';

const HOOK = path.join(ROOT, 'test/support/typescript-hook.cjs');

/** Arguments with which Node.js runs a script of the packaging from its source. */
export function packagingScript(name: 'build' | 'serve', ...args: string[]): string[] {
    return ['--require', HOOK, path.join(ROOT, `botkube-plugin/package/${name}.ts`), ...args];
}

/** Builds the release as `npm run plugin:build` does. */
export function buildRelease(out: string, ...args: string[]): void {
    execFileSync(process.execPath, packagingScript('build', `--out=${out}`, ...args), {
        cwd: ROOT,
        stdio: ['ignore', 'pipe', 'pipe'],
    });
}

/** `plugins-index.yaml`, as Botkube reads it. */
export interface Index {
    entries: {
        name: string;
        type: string;
        description: string;
        documentationUrl: string;
        version: string;
        recommended: boolean;
        jsonSchema: { value: string };
        urls: IndexUrl[];
    }[];
}

export interface IndexUrl {
    url: string;
    checksum: string;
    platform: { os: string; architecture: string };
    dependencies: Record<string, { url: string }>;
}

export function readIndex(file: string): Index {
    return parse(readFileSync(file, 'utf8')) as Index;
}

/** The platform's files in the folder of a release. */
export function urlFor(index: Index, architecture: string): IndexUrl {
    const found = index.entries[0]?.urls.find(({ platform }) => platform.architecture === architecture);
    if (!found) throw new Error(`The index has nothing for ${architecture}`);
    return found;
}

/** Name of the file that an address of the index leads to. */
export function fileOf(url: string): string {
    return path.posix.basename(new URL(url).pathname);
}

/** Puts the dependencies where Botkube puts them: each archive's only file, under the dependency's name. */
export function unpackDependencies(release: string, { dependencies }: IndexUrl, target: string): void {
    mkdirSync(target, { recursive: true });
    for (const [name, { url }] of Object.entries(dependencies))
        execFileSync('tar', ['-xzf', path.join(release, fileOf(url)), '-C', target, '--no-same-owner', name]);
}
