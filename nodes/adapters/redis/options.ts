import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { z } from 'zod';
import { FixError } from '../../core/errors';

/** Where one server listens. */
export interface RedisAddress {
    host: string;
    port: number;
}

/** How to reach Redis. `nodes`: the server, or the Sentinels, or some nodes of the Cluster. */
export interface RedisStoreOptions {
    mode: RedisMode;
    nodes: RedisAddress[];
    /** Name of the group of servers that the Sentinels watch. */
    sentinelName?: string;
    sentinelPassword?: string;
    /** Number of the database; a Cluster has only 0. */
    db?: number;
    username?: string;
    password?: string;
    /** Present: TLS, to the Sentinels too. */
    tls?: ConnectionOptions;
    /** Begins every key; default `a2f`. */
    namespace?: string;
    /** Longest wait for an answer, milliseconds; default 3000. */
    deadlineMs?: number;
}

const MODES = ['standalone', 'sentinel', 'cluster'] as const;

/** One server, Sentinels that name it, or a Cluster. */
export type RedisMode = (typeof MODES)[number];

/** `redis-1:6379`, `[::1]:6379`. */
const ADDRESS = /^(?:\[(?<bracketed>[^\]\s]+)\]|(?<name>[^\s:[\]]+)):(?<port>[1-9]\d{0,4})$/;
const GREATEST_PORT = 65_535;

/** What an operator may write about Redis, field by field. */
export const redisFields = {
    mode: z.enum(MODES),
    /** Host name or IP address of one server, without a port; an IPv6 address with or without brackets. */
    host: z
        .string()
        .min(1)
        .refine((host) => isIP(host) === 6 || ADDRESS.test(`${host}:1`), 'must be a host name or an IP address'),
    port: z.number().int().min(1).max(GREATEST_PORT),
    address: z
        .string()
        .regex(ADDRESS, 'must be host:port')
        .refine((text) => addressOf(text).port <= GREATEST_PORT, 'has a port above 65535'),
    sentinelName: z.string().min(1),
    db: z.number().int().min(0).max(65_535),
    username: z.string().min(1),
    namespace: z.string().regex(/^[^\s{}]+$/, 'must have no space and no brace'),
};

const settings = z
    .object({
        mode: redisFields.mode,
        host: redisFields.host.optional(),
        port: redisFields.port.optional(),
        nodes: z.array(redisFields.address).optional(),
        sentinelName: redisFields.sentinelName.optional(),
        sentinelPassword: z.string().optional(),
        db: redisFields.db.optional(),
        username: redisFields.username.optional(),
        password: z.string().optional(),
        namespace: redisFields.namespace.optional(),
        tls: z.custom<ConnectionOptions>().optional(),
    })
    .check(({ value, issues }) => {
        const missing = missingAddress(value);
        if (missing) issues.push({ code: 'custom', path: [missing.field], message: missing.message, input: value });
    });

/** What an operator has written about Redis: `host` and `port` of one server, else `nodes`, each as host:port. */
export type RedisSettings = z.input<typeof settings>;

/** Where Redis is when the settings do not say it; undefined when they do. */
export function missingAddress({
    mode,
    host,
    nodes = [],
}: Pick<RedisSettings, 'mode' | 'host' | 'nodes'>): { field: 'host' | 'nodes'; message: string } | undefined {
    if (mode === 'standalone' ? host !== undefined : nodes.length > 0) return undefined;
    return { field: mode === 'standalone' ? 'host' : 'nodes', message: `is needed with mode: ${mode}` };
}

/**
 * How to reach the Redis of these settings. Throws `CONFIG_INVALID`; `nameOf` names the field in which the operator
 * finds a setting.
 */
export function redisOptions(
    written: RedisSettings,
    nameOf: (setting: string) => string = (setting) => setting,
): RedisStoreOptions {
    const checked = settings.safeParse(written);
    if (!checked.success) throw wrong(checked.error.issues[0], nameOf);
    const { mode, host = '', port = 6379, nodes = [], sentinelName, db, ...rest } = checked.data;
    return {
        ...rest,
        mode,
        nodes: mode === 'standalone' ? [{ host: host.replace(/^\[|\]$/g, ''), port }] : nodes.map(addressOf),
        ...(mode === 'sentinel' && sentinelName !== undefined ? { sentinelName } : {}),
        ...(mode !== 'cluster' && db !== undefined ? { db } : {}),
    };
}

function addressOf(text: string): RedisAddress {
    const { name, bracketed, port } = ADDRESS.exec(text)?.groups ?? {};
    return { host: name ?? bracketed ?? '', port: Number(port) };
}

function wrong(issue: z.core.$ZodIssue | undefined, nameOf: (setting: string) => string): FixError {
    const [setting = '', index] = issue?.path ?? [];
    const which = index === undefined ? '' : ` (number ${Number(index) + 1})`;
    const field = nameOf(String(setting));
    return new FixError('CONFIG_INVALID', `${field}${which} is wrong: ${issue?.message ?? 'unreadable'}.`, {
        field,
        ...(setting === 'nodes' ? { cure: 'Write host:port, such as redis.example.org:6379.' } : {}),
    });
}
