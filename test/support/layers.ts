import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A layer and what it may import, each as `layer` or `layer/part`. */
type Layer = { name: string; part: string };

/**
 * The floors of `nodes/core`, from the ground up. A file may import its own room and every room on a lower floor.
 * The loose files of `nodes/core` (clock, errors, http) are the ground: they import nothing of core but each other.
 */
const FLOORS: readonly (readonly string[])[] = [
    [''],
    ['text'],
    ['model'],
    ['runbook', 'signing'],
    ['store'],
    ['memory', 'incident'],
    ['diagnosis', 'approval'],
    ['intake', 'remediation'],
    ['chat', 'audit'],
];

const NODE_BUILTINS_OF_CORE = new Set(['crypto', 'path', 'util', 'buffer', 'url', 'timers/promises']);
const PACKAGES_OF_CORE = new Set(['zod', 'yaml', 're2js']);
const IMPORT = /(?:from|import|require)\s*\(?\s*['"]([^'"]+)['"]/g;

function layerOf(file: string): Layer {
    const [top = '', second = '', third = '', fourth] = file.split('/');
    if (top !== 'nodes') return { name: top, part: '' };
    if (second === 'adapters') return { name: 'adapters', part: fourth === undefined ? '' : third };
    if (second === 'core') return { name: 'core', part: fourth === undefined ? '' : third };
    if (second === 'runtime') return { name: second, part: '' };
    return { name: 'node', part: second };
}

function floorOf(room: string): number {
    return FLOORS.findIndex((rooms) => rooms.includes(room));
}

/** Why a file of core may not import this room; undefined when it may. */
function whyNotFloor(from: string, to: string): string | undefined {
    if (from === to) return undefined;
    const [own, other] = [floorOf(from), floorOf(to)];
    if (own === -1 || other === -1) return `"${own === -1 ? from : to}" is on no floor: add it to FLOORS`;
    if (other < own) return undefined;
    return `${nameOf(from)} is on floor ${own} and may not climb to ${nameOf(to)} on floor ${other}`;
}

function nameOf(room: string): string {
    return room === '' ? 'the ground' : room;
}

/** Why the import is not allowed; undefined when it is. */
function whyNot(from: Layer, to: Layer): string | undefined {
    if (from.name === 'core' && to.name === 'core') return whyNotFloor(from.part, to.part);
    return allowed(from, to) ? undefined : `${layerText(from)} may not import ${layerText(to)}`;
}

function allowed(from: Layer, to: Layer): boolean {
    if (to.name === 'core') return true;
    if (from.name === 'adapters' && to.name === 'adapters') return from.part === to.part || from.part === '';
    if (from.name === to.name) return from.part === to.part;
    if (from.name === 'node') {
        return to.name === 'runtime' || to.name === 'adapters' || (from.part === 'cli' && to.name === 'package.json');
    }
    if (from.name === 'botkube-plugin') return to.name === 'adapters' || to.name === 'package.json';
    return from.name === 'flows';
}

function layerText({ name, part }: Layer): string {
    return part === '' ? name : `${name}/${part}`;
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

/** Imports that point upwards or sideways, as `file imports target: why not`; `files` replaces what is on disk. */
export function upwardImports(root: string, files = sources(root)): string[] {
    const wrong: string[] = [];
    for (const [file, source] of files) {
        const from = layerOf(file);
        for (const [, target = ''] of source.matchAll(IMPORT)) {
            const why = target.startsWith('.')
                ? whyNot(from, layerOf(path.posix.join(path.posix.dirname(file), withExtension(target))))
                : allowedPackage(from, target)
                  ? undefined
                  : `${layerText(from)} may not use this package`;
            if (why !== undefined) wrong.push(`${file} imports ${target}: ${why}`);
        }
    }
    return wrong;
}

/** A target such as `../errors` names a file, not a folder. */
function withExtension(target: string): string {
    return path.posix.extname(target) === '' ? `${target}.ts` : target;
}
