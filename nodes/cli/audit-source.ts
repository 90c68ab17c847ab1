import { createReadStream, existsSync } from 'node:fs';
import { isIP } from 'node:net';
import path from 'node:path';
import { RedisStore } from '../adapters/redis/redis-store';
import { SqliteStore } from '../adapters/sqlite/sqlite-store';
import { exportSource } from '../core/audit/export';
import type { AuditSource } from '../core/audit/source';
import { storeSource } from '../core/audit/store-source';
import { FixError } from '../core/errors';
import type { Place } from './audit-arguments';

/** The password of Redis, so that it need not stand in the command. */
export const PASSWORD_VARIABLE = 'ALERT_TO_FIX_REDIS_PASSWORD';

export interface OpenSource {
    source: AuditSource;
    close(): Promise<void>;
}

/**
 * Opens a store for reading, beside the Node-RED that has it, or an export. Rejects with `INPUT_INVALID` or
 * `STORE_DOWN`.
 */
export async function openSource(place: Place): Promise<OpenSource> {
    if (place.kind === 'file') return openExport(place.file);
    const store = place.kind === 'folder' ? embedded(place.folder) : redis(place);
    try {
        await store.open();
    } catch (thrown) {
        await store.close();
        throw thrown;
    }
    return { source: storeSource(store), close: () => store.close() };
}

function openExport(file: string): OpenSource {
    if (!existsSync(file))
        throw new FixError('INPUT_INVALID', `There is no file ${file}.`, {
            field: '--file',
            cure: 'Name a file that "alert-to-fix audit export" wrote.',
        });
    return { source: exportSource(() => linesOf(file)), close: () => Promise.resolve() };
}

/** Only a line feed ends a line: `readline` also takes U+2028 and U+2029 for line ends, which texts may hold. */
async function* linesOf(file: string): AsyncIterable<string> {
    let rest = '';
    for await (const chunk of createReadStream(file, 'utf8')) {
        const lines = `${rest}${String(chunk)}`.split('\n');
        rest = lines.pop() ?? '';
        yield* lines;
    }
    if (rest !== '') yield rest;
}

function embedded(folder: string): SqliteStore {
    const file = path.join(folder, 'incidents.db');
    if (existsSync(file)) return new SqliteStore(file, { readOnly: true });
    throw new FixError('INPUT_INVALID', `There is no incident store in ${path.resolve(folder)}.`, {
        field: '--store',
        cure: "Name the folder of the incident store, by default alert-to-fix in Node-RED's user directory.",
    });
}

function redis({ url: text, namespace, cluster }: Extract<Place, { kind: 'redis' }>): RedisStore {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    const db = /^\/?(\d*)$/.exec(url?.pathname ?? '')?.[1];
    if (!url || !/^rediss?:$/.test(url.protocol) || url.hostname === '' || db === undefined) {
        throw new FixError('INPUT_INVALID', 'The address of Redis is not understood.', {
            field: '--redis',
            cure: 'Write redis://host:6379/0, or rediss:// for TLS.',
        });
    }
    const host = url.hostname.replace(/^\[|\]$/g, '');
    const password = decodeURIComponent(url.password) || process.env[PASSWORD_VARIABLE];
    return new RedisStore({
        mode: cluster ? 'cluster' : 'standalone',
        namespace,
        nodes: [{ host, port: Number(url.port || 6379) }],
        ...(cluster ? {} : { db: Number(db) }),
        ...(url.username ? { username: decodeURIComponent(url.username) } : {}),
        ...(password ? { password } : {}),
        ...(url.protocol === 'rediss:' ? { tls: cluster || isIP(host) !== 0 ? {} : { servername: host } } : {}),
    });
}
