import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { FixError } from '../../core/errors';
import { fullStop } from '../../core/text/text';
import type { RedisStoreOptions } from './options';

export type Client = Redis | Cluster;

const DEADLINE_MS = 3000;
/** Pause before a client that has given up is told to connect again. */
const AGAIN_MS = 100;

/**
 * One connection that reconnects by itself. What goes wrong becomes `STORE_DOWN` with the reason that Redis or the network
 * gave.
 */
export class Connection {
    readonly client: Client;
    readonly deadlineMs: number;
    private readonly place: string;
    private trouble?: Error;
    private isClosed = false;
    private again?: NodeJS.Timeout;

    constructor(options: RedisStoreOptions) {
        this.deadlineMs = options.deadlineMs ?? DEADLINE_MS;
        this.place = options.nodes.map(({ host, port }) => `${host}:${port}`).join(', ');
        this.client = makeClient(options, this.deadlineMs);
        this.client.on('error', (error: Error) => {
            this.trouble = error;
        });
        this.client.on('ready', () => {
            this.trouble = undefined;
        });
        this.client.on('end', () => this.connectAgain());
    }

    /** Runs commands; rejects with `STORE_DOWN` when they fail or take longer than `withinMs`. */
    async ask<Answer>(work: (client: Client) => Promise<Answer>, withinMs = this.deadlineMs): Promise<Answer> {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_resolve, reject) => {
            timer = setTimeout(() => reject(new Error(`no answer within ${withinMs} ms`)), withinMs);
        });
        try {
            return await Promise.race([work(this.client), late]);
        } catch (thrown) {
            throw this.storeDown(thrown);
        } finally {
            clearTimeout(timer);
        }
    }

    close(): void {
        this.isClosed = true;
        clearTimeout(this.again);
        this.client.disconnect();
    }

    /**
     * ioredis gives up for good when a Sentinel tells of a failover in the moment in which it asks that Sentinel for
     * the master.
     */
    private connectAgain(): void {
        if (this.isClosed) return;
        clearTimeout(this.again);
        this.again = setTimeout(() => void this.client.connect().catch(() => undefined), AGAIN_MS);
    }

    private storeDown(thrown: unknown): FixError {
        if (thrown instanceof FixError) return thrown;
        const error = thrown instanceof Error ? thrown : new Error(String(thrown));
        const reason = (
            error.name === 'ReplyError' && !error.message.startsWith('NOAUTH') ? error : (this.trouble ?? error)
        ).message;
        return new FixError('STORE_DOWN', fullStop(`Redis at ${this.place} cannot be used: ${reason}`), {
            cure: 'Check address, password and TLS in the incident store, and that Redis runs and accepts writes.',
            cause: error,
        });
    }
}

function makeClient(options: RedisStoreOptions, deadlineMs: number): Client {
    const common: RedisOptions = {
        ...(options.username === undefined ? {} : { username: options.username }),
        ...(options.password === undefined ? {} : { password: options.password }),
        ...(options.tls === undefined ? {} : { tls: options.tls }),
        connectTimeout: deadlineMs,
        commandTimeout: deadlineMs,
        maxRetriesPerRequest: 1,
        enableAutoPipelining: true,
        reconnectOnError: (error) => (error.message.startsWith('READONLY') ? 2 : false),
        lazyConnect: false,
    };
    const retry = (times: number): number => Math.min(times * 100, 2000);
    const [first] = options.nodes;
    if (!first) throw new FixError('CONFIG_INVALID', 'No address of a Redis server is given.', { field: 'nodes' });
    if (options.mode === 'cluster') {
        return new Cluster(options.nodes, {
            redisOptions: common,
            clusterRetryStrategy: retry,
            slotsRefreshTimeout: deadlineMs,
        });
    }
    const server: RedisOptions = { ...common, db: options.db ?? 0, retryStrategy: retry };
    if (options.mode === 'standalone') return new Redis({ ...server, ...first });
    return new Redis({
        ...server,
        sentinels: options.nodes,
        name: options.sentinelName ?? 'mymaster',
        sentinelRetryStrategy: retry,
        failoverDetector: true,
        ...(options.sentinelPassword === undefined ? {} : { sentinelPassword: options.sentinelPassword }),
        ...(options.tls === undefined ? {} : { sentinelTLS: options.tls, enableTLSForSentinelMode: true }),
    });
}
