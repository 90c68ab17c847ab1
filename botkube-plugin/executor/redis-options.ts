import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import type { RedisAddress, RedisStoreOptions } from '../../nodes/adapters/redis/connection';
import { FixError } from '../../nodes/core/errors';
import { REDIS_ADDRESS, type RedisConfig } from './config';

/** The value of an environment variable that `field` of the configuration names; throws when it is not set. */
type SecretOf = (variable: string, field: string) => string;

/** How to reach the Redis of the configuration. Throws `CONFIG_MISSING` or `CONFIG_INVALID` with the field. */
export function redisOptions(redis: RedisConfig, secretOf: SecretOf): RedisStoreOptions {
    const { mode, db, username, namespace, sentinelName, passwordEnv, sentinelPasswordEnv, tls } = redis;
    return {
        mode,
        nodes: addressesOf(redis),
        namespace,
        ...(mode === 'cluster' ? {} : { db }),
        ...(mode === 'sentinel' ? { sentinelName } : {}),
        ...(username === undefined ? {} : { username }),
        ...(passwordEnv === undefined ? {} : { password: secretOf(passwordEnv, 'redis.passwordEnv') }),
        ...(sentinelPasswordEnv === undefined
            ? {}
            : { sentinelPassword: secretOf(sentinelPasswordEnv, 'redis.sentinelPasswordEnv') }),
        ...(tls ? { tls: tlsOf(redis) } : {}),
    };
}

/** Where it is, for people: `redis-1:6379`. */
export function redisPlace(redis: RedisConfig): string {
    return redis.mode === 'standalone'
        ? `${redis.host}:${redis.port}`
        : `(${redis.mode}) ${(redis.nodes ?? []).join(', ')}`;
}

function addressesOf({ mode, host = '', port, nodes = [] }: RedisConfig): RedisAddress[] {
    if (mode === 'standalone') return [{ host, port }];
    return nodes.map((node) => {
        const { name, bracketed, port: nodePort } = REDIS_ADDRESS.exec(node)?.groups ?? {};
        return { host: name ?? bracketed ?? '', port: Number(nodePort) };
    });
}

/** One server is asked for by its name, which servers that share an address need; several have names of their own. */
function tlsOf({ mode, host = '', caFile }: RedisConfig): NonNullable<RedisStoreOptions['tls']> {
    return {
        ...(mode === 'standalone' && isIP(host) === 0 ? { servername: host } : {}),
        ...(caFile === undefined ? {} : { ca: authorityOf(caFile) }),
    };
}

function authorityOf(file: string): string {
    try {
        return readFileSync(file, 'utf8');
    } catch (thrown) {
        throw new FixError(
            'CONFIG_INVALID',
            `The certificate authority ${file} cannot be read: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
            {
                field: 'redis.caFile',
                cure: 'Mount it into Botkube (extraVolumes, extraVolumeMounts of its chart), or correct redis.caFile.',
                cause: thrown,
            },
        );
    }
}
