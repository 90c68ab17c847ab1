/** Chance that repeats itself for the same seed (mulberry32). */
export class Random {
    constructor(private state: number) {}

    /** From 0 up to, not including, 1. */
    next(): number {
        this.state = (this.state + 0x6d2b79f5) | 0;
        let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
        mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
        return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
    }

    between(low: number, high: number): number {
        return low + this.next() * (high - low);
    }

    /** A whole number, both ends included. */
    whole(low: number, high: number): number {
        return low + Math.floor(this.next() * (high - low + 1));
    }

    chance(share: number): boolean {
        return this.next() < share;
    }
}
