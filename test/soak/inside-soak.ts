import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** What the soak asks inside the Node-RED process, through its `functionGlobalContext`. */

/** Milliseconds between two looks at the event loop; each measures this and the delay. */
const RESOLUTION_MS = 10;

/** The Node-RED process at one moment. */
export interface Inside {
    pid: number;
    /** Bytes; after garbage collection. */
    resident: number;
    heap: number;
    /** Open handles and requests by kind, as `process.getActiveResourcesInfo()` names them. */
    handles: Record<string, number>;
    /**
     * Delay of the event loop since the first look, milliseconds; without the garbage collections that this asks for.
     */
    delay: { p50: number; p99: number; max: number };
}

let histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;

export function look(): Inside {
    // The first look comes once Node-RED has started: what starting takes is no delay.
    histogram ??= monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    histogram.disable();
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    const { rss, heapUsed } = process.memoryUsage();
    const handles: Record<string, number> = {};
    for (const kind of process.getActiveResourcesInfo()) handles[kind] = (handles[kind] ?? 0) + 1;
    const delay = {
        p50: delayOf(histogram.percentile(50)),
        p99: delayOf(histogram.percentile(99)),
        max: delayOf(histogram.max),
    };
    histogram.enable();
    return { pid: process.pid, resident: rss, heap: heapUsed, handles, delay };
}

function delayOf(nanoseconds: number): number {
    return Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
}
