/** Characters that are worked on at a stretch, some milliseconds of work. */
const PORTION = 100_000;

/** Gives everybody else their turn: timers, sockets, leases. */
export function breathe(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
}

/** Counts the work of one job on texts, so that it can {@link breathe} after each portion. */
export class Breath {
    private left = PORTION;
    private all = 0;

    /** All work that was counted, characters. */
    get spent(): number {
        return this.all;
    }

    /** Counts so much work more; true when it is time to breathe before it is done. */
    spend(characters: number): boolean {
        this.all += characters;
        this.left -= characters;
        if (this.left >= 0) return false;
        this.left = PORTION - characters;
        return true;
    }
}
