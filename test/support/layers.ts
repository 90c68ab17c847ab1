import { existsSync, readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';

/** A layer and what it may import, each as `layer` or `layer/part`. */
type Layer = { name: string; part: string };

const NODE_BUILTINS_OF_CORE = new Set(['crypto', 'path', 'util', 'buffer', 'url', 'fs', 'fs/promises']);
const PACKAGES_OF_CORE = new Set(['zod', 'yaml', 're2js']);
const IMPORT = /(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g;

function layerOf(file: string): Layer {
    const [top = '', second = '', third = ''] = file.split('/');
    if (top !== 'nodes') return { name: top, part: '' };
    if (second === 'adapters') return { name: 'adapters', part: third };
    if (second === 'core' || second === 'runtime') return { name: second, part: '' };
    return { name: 'node', part: second };
}

function allowed(from: Layer, to: Layer): boolean {
    if (to.name === 'core') return true;
    if (from.name === to.name) return from.part === to.part;
    if (from.name === 'node') return to.name === 'runtime' || to.name === 'adapters' || (from.part === 'cli' && to.name === 'package.json');
    if (from.name === 'botkube-plugin') return to.name === 'adapters' || to.name === 'package.json';
    return from.name === 'flows';
}

function allowedPackage(from: Layer, name: string): boolean {
    if (from.name !== 'core') return from.name !== 'adapters' || !/^node-red/.test(name);
    return name.startsWith('node:') ? NODE_BUILTINS_OF_CORE.has(name.slice(5)) : PACKAGES_OF_CORE.has(name);
}

function sources(root: string): Map<string, string> {
    const found = new Map<string, string>();
    for (const top of ['nodes', 'botkube-plugin', 'flows'].filter((folder) => existsSync(path.join(root, folder)))) {
        const files = readdirSync(path.join(root, top), { recursive: true, withFileTypes: true });
        for (const file of files) {
            if (!file.isFile() || !file.name.endsWith('.ts')) continue;
            const absolute = path.join(file.parentPath, file.name);
            found.set(path.relative(root, absolute), readFileSync(absolute, 'utf8'));
        }
    }
    return found;
}

/** Imports that point upwards or sideways, as `file imports target`; `files` replaces what is on disk. */
export function upwardImports(root: string, files = sources(root)): string[] {
    const wrong: string[] = [];
    for (const [file, source] of files) {
        const from = layerOf(file);
        for (const [, target = ''] of source.matchAll(IMPORT)) {
            const fine = target.startsWith('.')
                ? allowed(from, layerOf(path.posix.join(path.posix.dirname(file), target)))
                : allowedPackage(from, target);
            if (!fine) wrong.push(`${file} imports ${target}`);
        }
    }
    return wrong;
}
