import type { ChangeNotice } from './port';

/** Who watches a store. A listener that throws harms neither the store nor the other listeners. */
export class Listeners {
    private readonly listeners = new Set<(notice: ChangeNotice) => void>();

    get size(): number {
        return this.listeners.size;
    }

    /** Adds a listener; returns the way to take it off. */
    add(listener: (notice: ChangeNotice) => void): () => void {
        const own = (notice: ChangeNotice): void => listener(notice);
        this.listeners.add(own);
        return () => {
            this.listeners.delete(own);
        };
    }

    tell(notice: ChangeNotice): void {
        for (const listener of this.listeners) {
            try {
                listener(notice);
            } catch {}
        }
    }
}
