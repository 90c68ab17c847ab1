import { type ReportThrown, undisturbed } from '../undisturbed';
import type { ChangeNotice } from './port';

/** Who listens. A listener that throws harms neither who calls nor the other listeners, and is reported. */
export class Listeners<Notice = ChangeNotice> {
    private readonly listeners = new Set<(notice: Notice) => void>();

    /** `report` as for {@link undisturbed}. */
    constructor(private readonly report?: ReportThrown) {}

    get size(): number {
        return this.listeners.size;
    }

    /** Adds a listener; returns the way to take it off. */
    add(listener: (notice: Notice) => unknown): () => void {
        const own = undisturbed(listener, this.report);
        this.listeners.add(own);
        return () => {
            this.listeners.delete(own);
        };
    }

    tell(notice: Notice): void {
        for (const listener of this.listeners) listener(notice);
    }
}
