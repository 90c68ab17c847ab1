import { monitorEventLoopDelay } from 'node:perf_hooks';
import { cpuMs } from './growth';

const RESOLUTION_MS = 5;

/**
 * Longest time, milliseconds, that `work` held up the event loop: as the loop's own monitor saw it or, where that is
 * less, in time of the processor between two turns, because on a busy machine the whole process stands still too.
 */
async function longestDelay(work: () => unknown): Promise<number> {
    const monitor = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    monitor.enable();
    await pause();
    monitor.reset();
    const turns = watchTurns();
    await work();
    await pause();
    monitor.disable();
    return Math.min(monitor.max / 1e6, turns.longest());
}

/** The same, of several tries the least: what the work itself holds up, it holds up each time. */
export async function leastDelay(work: () => unknown, below: number, tries = 3): Promise<number> {
    let least = Infinity;
    for (let attempt = 0; attempt < tries && least > below; attempt += 1)
        least = Math.min(least, await longestDelay(work));
    return least;
}

function watchTurns(): { longest(): number } {
    let longest = 0;
    let before = cpuMs();
    const timer = setInterval(() => {
        const now = cpuMs();
        longest = Math.max(longest, now - before);
        before = now;
    }, 1);
    return {
        longest: () => {
            clearInterval(timer);
            return longest;
        },
    };
}

function pause(): Promise<void> {
    return new Promise((resolve) => setTimeout(resolve, 4 * RESOLUTION_MS));
}
