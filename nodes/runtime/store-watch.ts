import { asFixError, type FixError } from '../core/errors';
import type { Incidents } from '../core/store/incidents';
import type { IncidentStoreService } from './services';

const LOOK_MS = 5_000;

/** Who is told, at each look, how the store is. */
export interface StoreListener {
    up(incidents: Incidents): void;
    down(error: FixError): void;
}

/**
 * Asks the store for a write now and every few seconds, until `closing` is aborted; not at all when the node has closed
 * while it was starting.
 */
export function watchStore(service: IncidentStoreService, listener: StoreListener, closing: AbortSignal): void {
    if (closing.aborted) return;
    let looking = false;
    const look = async (): Promise<void> => {
        if (looking) return;
        looking = true;
        try {
            const incidents = await service.incidents();
            await incidents.store.ping();
            if (!closing.aborted) listener.up(incidents);
        } catch (thrown) {
            if (!closing.aborted) listener.down(asFixError(thrown, 'STORE_DOWN'));
        } finally {
            looking = false;
        }
    };
    const timer = setInterval(() => void look(), LOOK_MS);
    closing.addEventListener('abort', () => clearInterval(timer));
    void look();
}
