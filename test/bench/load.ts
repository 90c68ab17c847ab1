import { fork } from 'node:child_process';
import path from 'node:path';

/** Load on one address, from a process of its own. */
export interface Load {
    url: string;
    /** When to end; `requests` ends it sooner. */
    seconds: number;
    requests?: number;
    /**
     * Requests under way at a time, each on its own kept-alive connection; or how many are begun each second, come what
     * may.
     */
    pace: { connections: number } | { perSecond: number };
    /** The JSON bodies in turn; `%ID%` in one becomes 12 hex digits that no other request has. */
    bodies: string[];
    /** First id; runs that follow one another on one store must not overlap. */
    firstId: number;
}

export interface LoadResult {
    requests: number;
    /** Requests that were not answered with 2xx, and the first such answer. */
    refused: number;
    firstRefusal?: string;
    seconds: number;
    /** When the first request was begun, milliseconds of the Unix time with fractions. */
    begunAt: number;
    /** Milliseconds from the request to the end of its answer; at a fixed pace from when it was due. */
    latencies: number[];
}

/** Runs the load and answers when its last request is answered. Rejects when a request was refused. */
export function load(job: Load): Promise<LoadResult> {
    const child = fork(path.join(__dirname, 'load-process.js'), { serialization: 'advanced' });
    return new Promise((resolve, reject) => {
        child.once('error', reject);
        child.once('exit', (code) => reject(new Error(`the load process ended with ${code}`)));
        child.once('message', (message) => {
            const result = message as LoadResult;
            if (result.refused > 0)
                reject(new Error(`${result.refused} of ${result.requests} requests refused: ${result.firstRefusal}`));
            else resolve(result);
            child.disconnect();
        });
        child.send(job);
    });
}

let nextId = 1;

/** The first of `count` ids that nobody else uses in this run. */
export function reserveIds(count = 10_000_000): number {
    const first = nextId;
    nextId += count;
    return first;
}
