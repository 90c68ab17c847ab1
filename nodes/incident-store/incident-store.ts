import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { NodeAPI } from 'node-red';
import { RunFolders } from '../adapters/ansible/run-folders';
import { RedisStore } from '../adapters/redis/redis-store';
import { SqliteStore } from '../adapters/sqlite/sqlite-store';
import { foreignKeys, keysInUse } from '../core/approval/keys-in-use';
import { Anchoring } from '../core/audit/anchoring';
import { sweepWithRuns } from '../core/audit/old-runs';
import { systemClock } from '../core/clock';
import { FixError, failureText } from '../core/errors';
import { StoreMemory } from '../core/memory/store-memory';
import type { KeyRing } from '../core/signing/keys';
import { Incidents } from '../core/store/incidents';
import type { IncidentStore } from '../core/store/port';
import { canonicalJson, sha256 } from '../core/text/json';
import { undisturbed } from '../core/undisturbed';
import type { ServiceNode } from '../runtime/config-node';
import { defineNode, type NodeContext } from '../runtime/define-node';
import { keepTrying } from '../runtime/keep-trying';
import type { IncidentStoreService } from '../runtime/services';
import { folderOf, redisOptionsOf, retentionOf, type StoreConfig, type StoreCredentials } from './config';
import { type SharedStore, share } from './shared-stores';
import { loadKeyRing } from './signing-keys';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

type Context = NodeContext<StoreConfig, StoreCredentials>;

/** Where incidents live: embedded in this Node-RED, or shared through Redis. */
export = function incidentStore(RED: NodeAPI): void {
    defineNode<StoreConfig, StoreCredentials>(
        RED,
        'incident-store',
        (context) => {
            const { node, config, closing, report } = context;
            const retentionDays = retentionOf(config);
            const folder = folderOf(RED, config);
            const shared = sharedStore(context, folder);
            const keys = keysOf(context, folder, () => service.incidents());
            const anchoring = new Anchoring({ store: shared.store, keys, clock: systemClock, report });
            const service: IncidentStoreService = serviceOf(context, folder, { shared, keys, anchoring });
            (node as ServiceNode<IncidentStoreService>).service = service;

            const keepUp = async (lookBackTo?: Date): Promise<void> => {
                const { store } = await service.incidents();
                const foreign = foreignKeys(await keysInUse(store), await keys());
                if (foreign) report(foreign);
                await anchoring.lookBack(lookBackTo);
                if (retentionDays > 0)
                    await sweepWithRuns(anchoring, store, service.runs, new Date(Date.now() - retentionDays * DAY_MS));
            };
            const timer = setInterval(() => void keepUp(new Date()).catch(report), HOUR_MS);
            return {
                start: async () => {
                    await keepTrying(async () => void (await service.incidents()), report, closing);
                    if (!closing.aborted) await keepUp();
                },
                close: async () => {
                    clearInterval(timer);
                    await anchoring.close();
                    shared.release();
                },
            };
        },
        {
            credentials: {
                password: { type: 'password' },
                sentinelPassword: { type: 'password' },
                signingKeys: { type: 'password' },
            },
        },
    );
};

function sharedStore({ RED, node, config }: Context, folder: string): SharedStore {
    if (config.kind === 'embedded') {
        const file = path.join(folder, 'incidents.db');
        return share(`embedded ${file}`, () => new SqliteStore(file));
    }
    if (config.kind !== 'redis') {
        throw new FixError('CONFIG_INVALID', 'The store must be embedded or redis.', {
            field: 'kind',
            cure: 'Open the node and choose one.',
        });
    }
    const options = redisOptionsOf(RED, config, node.credentials ?? {});
    return share(
        `redis ${sha256(canonicalJson({ ...options, tls: JSON.stringify(options.tls) }))}`,
        () => new RedisStore(options),
    );
}

/** Reads the keys on first use, and again after a failure. */
function keysOf({ node }: Context, folder: string, opened: () => Promise<Incidents>): () => Promise<KeyRing> {
    let keys: Promise<KeyRing> | undefined;
    const load = async (): Promise<KeyRing> => {
        const inUse = await keysInUse((await opened()).store);
        return loadKeyRing({ secrets: node.credentials?.signingKeys, folder, inUse, warn: (text) => node.warn(text) });
    };
    return () =>
        (keys ??= load().catch((thrown: unknown) => {
            keys = undefined;
            throw thrown;
        }));
}

interface ServiceParts {
    shared: SharedStore;
    keys(): Promise<KeyRing>;
    anchoring: Anchoring;
}

function serviceOf(
    { node, config }: Context,
    folder: string,
    { shared, keys, anchoring }: ServiceParts,
): IncidentStoreService {
    const { store, metrics } = shared;
    const failed = (thrown: unknown): void => node.error(`after a commit: ${failureText(thrown)}`);
    const observers = [metrics.observe, anchoring.observe].map((observe) => undisturbed(observe, failed));
    const incidents = new Incidents(store, systemClock, (...transition) => {
        for (const observe of observers) observe(...transition);
    });
    const memory = new StoreMemory(store.memories);
    let opened: Promise<void> | undefined;
    const requireOpen = async (): Promise<void> => {
        opened ??= open(store, folder);
        try {
            await opened;
        } catch (thrown) {
            opened = undefined;
            throw thrown;
        }
    };
    return {
        incidents: async () => {
            await requireOpen();
            return incidents;
        },
        memory: async () => {
            await requireOpen();
            return memory;
        },
        keys,
        folder,
        runs: new RunFolders(folder),
        demoOperator: config.demoOperator === true,
        metrics,
    };
}

async function open(store: IncidentStore, folder: string): Promise<void> {
    try {
        mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (thrown) {
        throw new FixError(
            'STORE_DOWN',
            `The folder ${folder} cannot be made: ${thrown instanceof Error ? thrown.message : String(thrown)}.`,
            {
                field: 'path',
                cure: 'Choose a folder that Node-RED may write to.',
                cause: thrown,
            },
        );
    }
    await store.open();
}
