import path from 'node:path';
import type { NodeAPI, NodeDef } from 'node-red';
import { type RedisMode, type RedisStoreOptions, redisOptions } from '../adapters/redis/options';
import { FixError } from '../core/errors';
import { requireResolved } from '../runtime/env';
import { requireNumber } from '../runtime/fields';

export interface StoreConfig extends NodeDef {
    kind: 'embedded' | 'redis';
    /** Folder of the embedded store, of the signing key and of run logs. */
    path: string;
    mode: RedisMode;
    host: string;
    port: string | number;
    /** Sentinels or Cluster nodes, each as `host:port` on its own line. */
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
    /** Each secret on its own line. */
    signingKeys?: string;
}

/** Node-RED's own `tls-config` node. */
interface TlsNode {
    addTLSOptions(options: object): object;
}

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
    const { mode, username, sentinelName } = config;
    const { password, sentinelPassword } = credentials;
    const host = config.host?.trim();
    const namespace = config.namespace?.trim() || 'a2f';
    requireResolved({ host, username, nodes: config.nodes, sentinelName, namespace, password, sentinelPassword });
    const tls = tlsOf(RED, config);
    return redisOptions({
        mode,
        namespace,
        ...(mode === 'standalone'
            ? { port: requireNumber('port', config.port, 1, 65_535), ...(host ? { host } : {}) }
            : { nodes: linesOf(config.nodes) }),
        ...(mode === 'cluster' ? {} : { db: requireNumber('db', config.db, 0, 65_535) }),
        ...(sentinelName ? { sentinelName } : {}),
        ...(username ? { username } : {}),
        ...(password ? { password } : {}),
        ...(sentinelPassword ? { sentinelPassword } : {}),
        ...(tls ? { tls } : {}),
    });
}

function linesOf(text: string | undefined): string[] {
    return (text ?? '')
        .split(/[\n,]/)
        .map((line) => line.trim())
        .filter((line) => line !== '');
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
