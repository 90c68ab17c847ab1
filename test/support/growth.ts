/** The second text is so many times as long as the first. */
const FACTOR = 8;
/** Work that takes less says nothing about its growth, milliseconds. */
const TOO_SHORT_MS = 5;

/** Time of the processor that this process has used, milliseconds: what else a busy machine does is not in it. */
export function cpuMs(): number {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
}

/**
 * How many times longer `work` takes for a text that is eight times as long: about 8 where it grows with the length,
 * about 64 where it grows with its square. Each time is the least of three.
 */
export function growth(work: (characters: number) => unknown, characters: number): number {
    return dearness(
        () => work(characters * FACTOR),
        () => work(characters),
    );
}

/** How many times longer `work` takes than `other`. */
export function dearness(work: () => unknown, other: () => unknown): number {
    const long = least(work);
    return long < TOO_SHORT_MS ? 0 : long / Math.max(least(other), TOO_SHORT_MS / FACTOR / FACTOR);
}

function least(work: () => unknown): number {
    return Math.min(
        ...[1, 2, 3].map(() => {
            const start = cpuMs();
            work();
            return cpuMs() - start;
        }),
    );
}

/** Above what {@link growth} gives for work that grows with the length; below what it gives for a square. */
export const LINEAR = 30;
