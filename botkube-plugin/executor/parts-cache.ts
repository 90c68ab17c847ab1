import { canonicalJson } from '../../nodes/core/text/json';
import type { PluginConfig } from './config';
import { Parts, type Surroundings } from './parts';

/** Configurations whose parts stay open. A site has a few: one a kind of channel. */
const MOST = 8;

interface Kept {
    parts: Parts;
    users: number;
}

/** The parts of each configuration, kept open between calls; the least used ones close once nobody works with them. */
export class PartsCache {
    private readonly kept = new Map<string, Kept>();

    constructor(private readonly surroundings: Surroundings) {}

    /** Runs `work` with the parts of this configuration. */
    async use<Result>(config: PluginConfig, work: (parts: Parts) => Promise<Result>): Promise<Result> {
        const key = canonicalJson(config);
        const entry = this.kept.get(key) ?? { parts: new Parts(config, this.surroundings), users: 0 };
        this.kept.delete(key);
        this.kept.set(key, entry);
        entry.users += 1;
        try {
            return await work(entry.parts);
        } finally {
            entry.users -= 1;
            await this.closeUnused();
        }
    }

    async close(): Promise<void> {
        const all = [...this.kept.values()];
        this.kept.clear();
        await Promise.all(all.map(({ parts }) => parts.close()));
    }

    private async closeUnused(): Promise<void> {
        for (const [key, { parts, users }] of [...this.kept]) {
            if (this.kept.size <= MOST) return;
            if (users > 0) continue;
            this.kept.delete(key);
            await parts.close();
        }
    }
}
