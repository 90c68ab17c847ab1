import { Metrics } from '../adapters/prom-client/metrics';
import type { IncidentStore } from '../core/store/port';

interface Shared {
    store: IncidentStore;
    /** One for all users of the store, so that each transition is counted once. */
    metrics: Metrics;
    users: number;
    closing?: NodeJS.Timeout;
}

export interface SharedStore {
    store: IncidentStore;
    metrics: Metrics;
    release: () => void;
}

/**
 * How long a store stays open without users. In a redeploy the old config node closes together with the nodes
 * that still write their last line; then the new config node takes over the very same store.
 */
const GRACE_MS = 1000;

/** Open stores of this process by what they are opened with. */
const shared = new Map<string, Shared>();

/** The one store of this process for `key` with its metrics, made on first use. `release` must be called once. */
export function share(key: string, make: () => IncidentStore): SharedStore {
    const entry = shared.get(key) ?? { store: make(), metrics: new Metrics(), users: 0 };
    shared.set(key, entry);
    clearTimeout(entry.closing);
    entry.users += 1;
    return {
        store: entry.store,
        metrics: entry.metrics,
        release: () => {
            entry.users -= 1;
            if (entry.users > 0) return;
            entry.closing = setTimeout(() => {
                shared.delete(key);
                entry.store.close().catch(() => undefined);
            }, GRACE_MS).unref();
        },
    };
}
