import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from './connection';

const NAMES = [
    'commit',
    'index-incident',
    'claim-group',
    'release-group',
    'forget-group',
    'delete-incident',
    'take-lease',
    'release-lease',
    'remember',
    'append-anchor',
] as const;

export type ScriptName = (typeof NAMES)[number];

interface Script {
    lua: string;
    sha: string;
}

/** Begins the scripts that index. */
const INDEXING: readonly string[] = ['commit', 'index-incident'] satisfies ScriptName[];

function load(name: string): Script {
    const text = (file: string): string => readFileSync(path.join(__dirname, 'scripts', `${file}.lua`), 'utf8');
    const lua = (INDEXING.includes(name) ? text('put-in-index') : '') + text(name);
    return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

const scripts = Object.fromEntries(NAMES.map((name) => [name, load(name)])) as Record<ScriptName, Script>;

/** Runs a script of `scripts/` by its digest; a server that does not know it yet gets its text. */
export async function runScript(
    client: Client,
    name: ScriptName,
    keys: readonly string[],
    args: readonly (string | number)[],
): Promise<unknown> {
    const { lua, sha } = scripts[name];
    try {
        return await client.evalsha(sha, keys.length, ...keys, ...args);
    } catch (thrown) {
        if (!(thrown instanceof Error) || !thrown.message.startsWith('NOSCRIPT')) throw thrown;
        return client.eval(lua, keys.length, ...keys, ...args);
    }
}
