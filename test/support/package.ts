import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** The repository, also for what is compiled to `dist/test`. */
export const ROOT =
    [path.resolve(__dirname, '../..'), path.resolve(__dirname, '../../..')].find((folder) =>
        existsSync(path.join(folder, 'tsconfig.json')),
    ) ?? '';

/** package.json, as far as these tests look at it. */
export interface PackageJson {
    name: string;
    license: string;
    keywords: string[];
    repository: unknown;
    bugs: unknown;
    engines: { node: string };
    files: string[];
    dependencies: Record<string, string>;
    'node-red': { version: string; nodes: Record<string, string>; plugins: Record<string, string> };
}

export const packageJson = JSON.parse(readFileSync(path.join(ROOT, 'package.json'), 'utf8')) as PackageJson;

/** Types that this package registers. */
export const nodeTypes = Object.keys(packageJson['node-red'].nodes);

/** The source folder of a node type. */
export function nodeFolder(type: string): string {
    return path.join(ROOT, 'nodes', type);
}

/** A node's editor part. */
export function nodeHtml(type: string): string {
    return readFileSync(path.join(nodeFolder(type), `${type}.html`), 'utf8');
}
