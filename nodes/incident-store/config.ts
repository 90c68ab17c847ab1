import path from 'node:path';
import type { NodeAPI, NodeDef } from 'node-red';
import type { RedisAddress, RedisStoreOptions } from '../adapters/redis/connection';
import { FixError } from '../core/errors';
import { requireResolved } from '../runtime/env';
import { requireNumber } from '../runtime/fields';

export interface StoreConfig extends NodeDef {
    kind: 'embedded' | 'redis';
    /** Folder of the embedded store, of the signing key and of run logs. */
    path: string;
    mode: RedisStoreOptions['mode'];
    host: string;
    port: string | number;
    /** Sentinels or Cluster nodes, one `host:port` a line. */
    nodes: string;
    sentinelName: string;
    db: string | number;
    username: string;
    namespace: string;
    useTls: boolean;
    tls: string;
    retentionDays: string | number;
    demoOperator: boolean;
}

export interface StoreCredentials {
    password?: string;
    sentinelPassword?: string;
    /** One secret a line. */
    signingKeys?: string;
}

/** Node-RED's own `tls-config` node. */
interface TlsNode {
    addTLSOptions(options: object): object;
}

/** `host:port` or `[IPv6]:port`. */
const ADDRESS = /^(?:\[(?<host>[^\]]+)\]|(?<bare>[^\s:[\]]+)):(?<port>\d{1,5})$/;

const DEFAULT_FOLDER = 'alert-to-fix';

/** The folder, absolute; relative ones lie below Node-RED's user directory. */
export function folderOf(RED: NodeAPI, config: StoreConfig): string {
    requireResolved({ path: config.path });
    return path.resolve(RED.settings.userDir ?? '.', config.path?.trim() || DEFAULT_FOLDER);
}

/** Days after which ended incidents are deleted; 0 keeps them. */
export function retentionOf(config: StoreConfig): number {
    return requireNumber('retentionDays', config.retentionDays, 0, 36_500);
}

/** What the editor's fields say about Redis. Throws `CONFIG_INVALID` or `CONFIG_MISSING` naming the field. */
export function redisOptionsOf(RED: NodeAPI, config: StoreConfig, credentials: StoreCredentials): RedisStoreOptions {
    const { mode, host, username, sentinelName } = config;
    const { password, sentinelPassword } = credentials;
    const namespace = config.namespace?.trim() || 'a2f';
    requireResolved({ host, username, nodes: config.nodes, sentinelName, namespace, password, sentinelPassword });
    if (/[\s{}]/.test(namespace)) {
        throw new FixError('CONFIG_INVALID', 'The key prefix contains a space or a brace.', {
            field: 'namespace',
            cure: 'Use letters, digits and colons.',
        });
    }
    const tls = tlsOf(RED, config);
    return {
        mode,
        namespace,
        nodes: mode === 'standalone' ? [addressOf(`${host}:${config.port}`, 'host')] : addressesOf(config.nodes),
        ...(mode === 'cluster' ? {} : { db: requireNumber('db', config.db, 0, 1000) }),
        ...(mode === 'sentinel' && sentinelName ? { sentinelName } : {}),
        ...(username ? { username } : {}),
        ...(password ? { password } : {}),
        ...(sentinelPassword ? { sentinelPassword } : {}),
        ...(tls ? { tls } : {}),
    };
}

function tlsOf(RED: NodeAPI, { useTls, tls }: StoreConfig): object | undefined {
    if (!useTls) return undefined;
    if (!tls || tls === '_ADD_') return {};
    const node = RED.nodes.getNode(tls) as unknown as TlsNode | null;
    if (node) return node.addTLSOptions({});
    throw new FixError('CONFIG_MISSING', 'The TLS configuration is missing or broken.', {
        field: 'tls',
        cure: 'Choose one, or correct it.',
    });
}

function addressesOf(lines: string): RedisAddress[] {
    const written = (lines ?? '')
        .split(/[\n,]/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
    if (written.length > 0) return written.map((line) => addressOf(line, 'nodes'));
    throw new FixError('CONFIG_INVALID', 'No address is given.', {
        field: 'nodes',
        cure: 'Enter one host:port per line.',
    });
}

function addressOf(text: string, field: string): RedisAddress {
    const { host, bare, port } = ADDRESS.exec(text.trim())?.groups ?? {};
    const number = Number(port);
    const name = host ?? bare;
    if (name !== undefined && number >= 1 && number <= 65_535) return { host: name, port: number };
    throw new FixError('CONFIG_INVALID', `“${text}” is not a server address.`, {
        field,
        cure: 'Write host:port, such as redis.example.org:6379.',
    });
}
