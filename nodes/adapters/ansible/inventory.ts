import { execFile } from 'node:child_process';
import { z } from 'zod';
import { FixError } from '../../core/errors';
import { redact } from '../../core/redact';
import { isPlainHost } from './command';
import { ansibleMissing } from './process';

const LIMIT_MS = 60_000;
const MAX_BYTES = 64 * 1024 * 1024;

const groupSchema = z.object({ hosts: z.array(z.string()).optional(), children: z.array(z.string()).optional() });
const listSchema = z.object({ _meta: z.object({ hostvars: z.record(z.string(), z.unknown()) }) }).catchall(z.unknown());

/**
 * Host names that `ansible-inventory --list` knows and that mean exactly one host in `--limit`: no name of a group, no
 * character of Ansible's patterns. Rejects with `ANSIBLE_MISSING` or `ANSIBLE_FAILED`.
 */
export async function inventoryHosts(
    program: string,
    inventory: string,
    place: { cwd: string; env: Record<string, string> },
): Promise<string[]> {
    const list = parse(await askAnsible(program, ['--inventory', inventory, '--list'], place));
    const { _meta, ...groups } = list;
    const groupNames = new Set<string>(Object.keys(groups));
    const hosts = new Set(Object.keys(_meta.hostvars));
    for (const value of Object.values(groups)) {
        const group = groupSchema.safeParse(value).data;
        group?.children?.forEach((child) => groupNames.add(child));
        group?.hosts?.forEach((host) => hosts.add(host));
    }
    return [...hosts].filter((host) => isPlainHost(host) && !groupNames.has(host)).sort();
}

function askAnsible(program: string, args: string[], place: { cwd: string; env: Record<string, string> }): Promise<string> {
    return new Promise((resolve, reject) => {
        const options = { ...place, timeout: LIMIT_MS, maxBuffer: MAX_BYTES, killSignal: 'SIGKILL' as const };
        execFile(program, args, options, (error, stdout, stderr) => {
            if (!error) return resolve(stdout);
            if (error.code === 'ENOENT' || error.code === 'EACCES') return reject(ansibleMissing(program, error));
            reject(unreadable(stderr, error));
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
    return new FixError('ANSIBLE_FAILED', `Ansible cannot read the inventory: ${redact(said).trim().slice(0, 500) || 'no reason given'}`, {
        field: 'inventory',
        cure: 'Try: ansible-inventory --list',
        cause,
    });
}
