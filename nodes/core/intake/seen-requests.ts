/** Signed requests that are remembered at most; only who has the secret can add one. */
const MOST = 10_000;

/**
 * Signed requests that were taken, as long as their time is still good: one that somebody recorded and sends again is
 * known. It lives in this process; after a restart, and on another instance, a recording works until its time is over.
 */
export class SeenRequests {
    /** When each is forgotten, milliseconds since 1970, by signature; the oldest first. */
    private readonly until = new Map<string, number>();

    /** `windowSeconds`: how far from this clock a time may be, before or after. */
    constructor(private readonly windowSeconds: number) {}

    has(signature: string, now: Date): boolean {
        return (this.until.get(signature) ?? 0) > now.getTime();
    }

    add(signature: string, now: Date): void {
        for (const [old, until] of this.until) {
            if (until > now.getTime() && this.until.size < MOST) break;
            this.until.delete(old);
        }
        this.until.set(signature, now.getTime() + 2 * this.windowSeconds * 1_000);
    }
}
