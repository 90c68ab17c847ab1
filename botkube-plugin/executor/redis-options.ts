import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { type RedisStoreOptions, redisOptions } from '../../nodes/adapters/redis/options';
import { FixError } from '../../nodes/core/errors';
import type { RedisConfig } from './config';

/** The value of an environment variable that `field` of the configuration names; throws when it is not set. */
type SecretOf = (variable: string, field: string) => string;

/** How to reach the Redis of the configuration. Throws `CONFIG_MISSING` or `CONFIG_INVALID` with the field. */
export function redisOptionsOf(redis: RedisConfig, secretOf: SecretOf): RedisStoreOptions {
    const { passwordEnv, sentinelPasswordEnv, tls, caFile: _caFile, ...settings } = redis;
    const secret = (variable: string | undefined, field: string): string | undefined =>
        variable === undefined ? undefined : secretOf(variable, `redis.${field}`);
    return redisOptions(
        {
            ...settings,
            password: secret(passwordEnv, 'passwordEnv'),
            sentinelPassword: secret(sentinelPasswordEnv, 'sentinelPasswordEnv'),
            ...(tls ? { tls: tlsOf(redis) } : {}),
        },
        (setting) => `redis.${setting}`,
    );
}

/** Where it is, for people: `redis-1:6379`. */
export function redisPlace(redis: RedisConfig): string {
    return redis.mode === 'standalone'
        ? `${redis.host}:${redis.port}`
        : `(${redis.mode}) ${(redis.nodes ?? []).join(', ')}`;
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
