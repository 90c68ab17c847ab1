import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Client } from './connection';

const NAMES = [
    'commit', 'index-incident', 'claim-group', 'release-group', 'forget-group', 'delete-incident', 'take-lease',
    'release-lease', 'remember',
] as const;

export type ScriptName = (typeof NAMES)[number];

interface Script {
    lua: string;
    sha: string;
}

function load(name: string): Script {
    const lua = readFileSync(path.join(__dirname, 'scripts', `${name}.lua`), 'utf8');
    return { lua, sha: createHash('sha1').update(lua).digest('hex') };
}

const scripts = Object.fromEntries(NAMES.map((name) => [name, load(name)])) as Record<ScriptName, Script>;

/** Runs a script of `scripts/` by its digest; a server that does not know it yet gets its text. */
export async function runScript(client: Client, name: ScriptName, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown> {
    const { lua, sha } = scripts[name];
    try {
        return await client.evalsha(sha, keys.length, ...keys, ...args);
    } catch (thrown) {
        if (!(thrown instanceof Error) || !thrown.message.startsWith('NOSCRIPT')) throw thrown;
        return client.eval(lua, keys.length, ...keys, ...args);
    }
}
