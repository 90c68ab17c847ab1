import { execFile } from 'node:child_process';
import { z } from 'zod';
import { FixError } from '../../core/errors';
import { canonicalJson, sha256 } from '../../core/text/json';
import { redact } from '../../core/text/redact';
import { isPlainHost } from './command';
import { ansibleMissing } from './process';
import { type SealedLibrary, withoutCopy } from './sealed-library';

const LIMIT_MS = 60_000;
const MAX_BYTES = 64 * 1024 * 1024;

const groupSchema = z.object({ hosts: z.array(z.string()).optional(), children: z.array(z.string()).optional() });
const listSchema = z.object({ _meta: z.object({ hostvars: z.record(z.string(), z.unknown()) }) }).catchall(z.unknown());

/**
 * The hosts that `ansible-inventory --list` knows and that mean exactly one host in `--limit` (no name of a group, no
 * character of Ansible's patterns), each with the SHA-256 of its variables. Rejects with `ANSIBLE_MISSING` or
 * `ANSIBLE_FAILED`.
 */
export async function readInventory(
    program: string,
    library: SealedLibrary,
    env: Record<string, string>,
): Promise<ReadonlyMap<string, string>> {
    const list = parse(await askAnsible(program, library, env));
    const { _meta, ...groups } = list;
    const groupNames = new Set<string>(Object.keys(groups));
    const hosts = new Set(Object.keys(_meta.hostvars));
    for (const value of Object.values(groups)) {
        const group = groupSchema.safeParse(value).data;
        group?.children?.forEach((child) => groupNames.add(child));
        group?.hosts?.forEach((host) => hosts.add(host));
    }
    const single = [...hosts].filter((host) => isPlainHost(host) && !groupNames.has(host)).sort();
    return new Map(single.map((host) => [host, sha256(canonicalJson(_meta.hostvars[host] ?? {}))]));
}

function askAnsible(program: string, library: SealedLibrary, env: Record<string, string>): Promise<string> {
    return new Promise((resolve, reject) => {
        const options = {
            cwd: library.folder,
            env,
            timeout: LIMIT_MS,
            maxBuffer: MAX_BYTES,
            killSignal: 'SIGKILL' as const,
        };
        execFile(program, ['--inventory', library.inventory, '--list'], options, (error, stdout, stderr) => {
            if (!error) return resolve(stdout);
            if (error.code === 'ENOENT' || error.code === 'EACCES') return reject(ansibleMissing(program, error));
            reject(unreadable(withoutCopy(stderr, library), error));
        });
    });
}

function parse(stdout: string): z.infer<typeof listSchema> {
    try {
        return listSchema.parse(JSON.parse(stdout));
    } catch (cause) {
        throw unreadable('its list is not understood', cause);
    }
}

function unreadable(said: string, cause: unknown): FixError {
    return new FixError(
        'ANSIBLE_FAILED',
        `Ansible cannot read the inventory: ${redact(said).trim().slice(0, 500) || 'no reason given'}`,
        {
            field: 'inventory',
            cure: 'Try: ansible-inventory --list',
            cause,
        },
    );
}
