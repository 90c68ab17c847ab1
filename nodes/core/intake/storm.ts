const WINDOW_MS = 60_000;

/** Counts new incidents of the last minute against a limit; above it alerts are folded into one digest. */
export class StormGauge {
    private readonly openings: number[] = [];

    /** `perMinute`: 0 for no limit. */
    constructor(private readonly perMinute: number) {}

    opened(now: Date): void {
        if (this.perMinute > 0) this.openings.push(now.getTime());
    }

    /** How many more incidents may be opened now. */
    room(now: Date): number {
        if (this.perMinute <= 0) return Infinity;
        while ((this.openings[0] ?? Infinity) <= now.getTime() - WINDOW_MS) this.openings.shift();
        return Math.max(0, this.perMinute - this.openings.length);
    }
}
