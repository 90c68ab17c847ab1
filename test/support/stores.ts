import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SqliteStore } from '../../nodes/adapters/sqlite/sqlite-store';
import { type Clock, systemClock } from '../../nodes/core/clock';
import { Incidents } from '../../nodes/core/store/incidents';
import type { IncidentStore } from '../../nodes/core/store/port';
import { removeFolder } from './processes';

export interface TemporaryStore<Store extends IncidentStore = SqliteStore> {
    store: Store;
    incidents: Incidents;
    /** The folder that holds nothing but the store. */
    folder: string;
    /** Closes the store and deletes its folder. */
    close(): Promise<void>;
}

/** An open embedded store in a folder of its own. */
export async function temporarySqlite(clock: Clock = systemClock): Promise<TemporaryStore> {
    const folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-store-'));
    const store = new SqliteStore(path.join(folder, 'incidents.db'));
    await store.open();
    return {
        store,
        incidents: new Incidents(store, clock),
        folder,
        close: async () => {
            await store.close();
            await removeFolder(folder);
        },
    };
}
