import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { isEnded, STAGES } from '../../nodes/core/model/stage';
import type { IncidentStore } from '../../nodes/core/store/port';
import { share } from '../../nodes/incident-store/shared-stores';

/** What the memory measurement asks inside the Node-RED process, through its `functionGlobalContext`. */

/** Bytes in use once garbage has been collected and memory been given back to the system. */
export async function memory(): Promise<{ resident: number; heap: number }> {
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    for (let pass = 0; pass < 5; pass += 1) {
        collect();
        await wait(1_000);
    }
    const { rss, heapUsed } = process.memoryUsage();
    return { resident: rss, heap: heapUsed };
}

/** How many incidents there are, and how many of them have ended. */
export function counts(userDir: string): Promise<{ all: number; ended: number }> {
    return withStore(userDir, async (store) => {
        const found = await store.countByStage();
        const sum = (stages: readonly (typeof STAGES)[number][]): number =>
            stages.reduce((total, stage) => total + (found[stage] ?? 0), 0);
        return { all: sum(STAGES), ended: sum(STAGES.filter(isEnded)) };
    });
}

/** Deletes what has ended, as retention does when its time is over. */
export function sweep(userDir: string): Promise<number> {
    return withStore(userDir, (store) => store.sweep(new Date()));
}

/** The very store that the config node has open. */
async function withStore<Result>(userDir: string, work: (store: IncidentStore) => Promise<Result>): Promise<Result> {
    const { store, release } = share(`embedded ${path.join(userDir, 'alert-to-fix', 'incidents.db')}`, () => {
        throw new Error('the store is not open');
    });
    try {
        return await work(store);
    } finally {
        release();
    }
}
