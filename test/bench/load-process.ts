import { setTimeout as wait } from 'node:timers/promises';
import { Pool } from 'undici';
import type { Load, LoadResult } from './load';

/** The process that makes load: waits for one job, answers with one result. */
process.once('message', (message) => {
    void run(message as Load).then((result) => process.send?.(result));
});

async function run(job: Load): Promise<LoadResult> {
    const { origin, pathname } = new URL(job.url);
    const pool = new Pool(origin, {
        connections: 'connections' in job.pace ? job.pace.connections : 64,
        pipelining: 1,
    });
    const nextBody = bodiesOf(job);
    const begun = performance.now();
    const result: LoadResult = {
        requests: 0,
        refused: 0,
        seconds: 0,
        begunAt: performance.timeOrigin + begun,
        latencies: [],
    };
    const one = async (due: number): Promise<void> => {
        const { statusCode, body } = await pool.request({
            path: pathname,
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: nextBody(),
        });
        const text = await body.text();
        result.requests += 1;
        result.latencies.push(performance.now() - due);
        if (statusCode >= 200 && statusCode < 300) return;
        result.refused += 1;
        result.firstRefusal ??= `${statusCode} ${text.slice(0, 300)}`;
    };
    if ('connections' in job.pace)
        await keepBusy(job.pace.connections, begun + job.seconds * 1000, job.requests ?? Infinity, one);
    else await keepPace(job.pace.perSecond, job.seconds, begun, one);
    result.seconds = (performance.now() - begun) / 1000;
    await pool.close();
    return result;
}

async function keepBusy(
    connections: number,
    end: number,
    most: number,
    one: (due: number) => Promise<void>,
): Promise<void> {
    let begun = 0;
    await Promise.all(
        Array.from({ length: connections }, async () => {
            while (begun < most && performance.now() < end) {
                begun += 1;
                await one(performance.now());
            }
        }),
    );
}

async function keepPace(
    perSecond: number,
    seconds: number,
    begun: number,
    one: (due: number) => Promise<void>,
): Promise<void> {
    const under: Promise<void>[] = [];
    for (let index = 0; index < perSecond * seconds; index += 1) {
        const due = begun + (index * 1000) / perSecond;
        await wait(Math.max(0, due - performance.now()));
        under.push(one(due));
    }
    await Promise.all(under);
}

/** Cuts the bodies once, so that a request costs the sender one join. */
function bodiesOf({ bodies, firstId }: Load): () => string {
    const cut = bodies.map((body) => body.split('%ID%'));
    let index = 0;
    return () => {
        const parts = cut[index % cut.length] ?? [];
        const id = (firstId + index).toString(16).padStart(12, '0');
        index += 1;
        return parts.join(id);
    };
}
