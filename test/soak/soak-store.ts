import { availableParallelism } from 'node:os';
import path from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { startAlertmanager } from '../support/alertmanager';
import { Line } from '../support/line';
import { startPrometheus } from '../support/prometheus';
import { type RedisServer, startRedis } from '../support/redis';
import type { StoreKind } from './arguments';
import { Desk } from './desk';
import { readEvidence } from './evidence';
import { judge } from './judge';
import { Killer } from './killer';
import { SoakLibrary } from './library';
import { Random } from './random';
import type { Soaked } from './report';
import { lookFlow, lookSettings, type Sample, takeSample } from './samples';
import { type Storm, startStorm } from './storm';
import { Witness } from './witness';

/** The last part of the time has no kills, so that growth of one process can be seen. */
const KILLING = 0.6;
const ROUND_MS = 1_000;
const SAMPLE_MS = 10_000;
const MOST_DRAIN_MS = 600_000;
/** A playbook takes seconds of a core: so many dry runs at a time, and so many runs. */
const ANSIBLE_AT_ONCE = String(Math.max(1, Math.floor(availableParallelism() / 2)));
const TIMERS = 'group_wait: 0s, group_interval: 2s, repeat_interval: 20s';

export interface SoakOrder {
    store: StoreKind;
    minutes: number;
    seed: number;
    /** Ends the storms before their time; then everything is drained and judged as always. */
    signal: AbortSignal;
    /** For the person who waits. */
    tell(text: string): void;
}

/** Everything that takes part. */
interface Scene {
    library: SoakLibrary;
    witness: Witness;
    line: Line;
    redis?: RedisServer;
    storm: Storm;
    desk: Desk;
    killer: Killer;
    samples: Sample[];
}

/** Storms over the standard flow on one store, with kills, then a drain, then the judgement. */
export async function soakStore(order: SoakOrder): Promise<Soaked> {
    const closers: (() => unknown)[] = [];
    try {
        const scene = await open(order, closers);
        const seconds = await weather(scene, order);
        order.tell('draining: no new alerts, everything under way comes to its end');
        const fired = await drain(scene, order);
        await attempt(scene, () => sample(scene));
        await scene.line.nodeRed.stop();
        order.tell('judging');
        return await result(scene, order, { seconds, fired });
    } finally {
        for (const close of closers.reverse()) await close();
    }
}

async function open({ store, seed, tell }: SoakOrder, closers: (() => unknown)[]): Promise<Scene> {
    const library = new SoakLibrary();
    closers.push(() => library.remove());
    const prometheus = await startPrometheus();
    closers.push(() => prometheus.stop());
    const redis = store === 'redis' ? await startRedis() : undefined;
    if (redis) closers.push(() => redis.close());
    const witness = new Witness();
    const address = await witness.listen();
    closers.push(() => witness.close());
    const alertmanager = await startAlertmanager(
        `${address}/alert-to-fix/webhook`,
        "{ authorization: { credentials: 's3cret' } }",
        TIMERS,
    );
    closers.push(() => alertmanager.remove());
    const line = await Line.start({
        library,
        alertmanager,
        prometheus: prometheus.url,
        settings: lookSettings(),
        more: lookFlow,
        change: CHANGES,
        ...(redis ? { redis: redis.port } : {}),
    });
    closers.push(() => line.close());
    witness.target = line.nodeRed.url;
    const storm = startStorm(alertmanager.url, seed + 1);
    closers.push(() => storm.end());
    const desk = new Desk({ line, storm, library, random: new Random(seed + 2) });
    const killer = new Killer({ line, random: new Random(seed + 3), tell, ...(redis ? { redis } : {}) });
    return { library, witness, line, storm, desk, killer, samples: [], ...(redis ? { redis } : {}) };
}

/** Where the soak differs from the shipped quickstart. */
const CHANGES = {
    'a2f-alert-in': { stormLimit: '200' },
    'a2f-dry-run': { concurrency: ANSIBLE_AT_ONCE },
    'a2f-run': { concurrency: ANSIBLE_AT_ONCE },
    'a2f-gate': { expiryMinutes: '2', escalateMinutes: '1' },
};

/** Storms, decisions, kills and samples for the ordered time; answers how many seconds it was. */
async function weather(scene: Scene, { minutes, signal, tell }: SoakOrder): Promise<number> {
    const begun = Date.now();
    const over = AbortSignal.any([signal, AbortSignal.timeout(minutes * 60_000)]);
    await Promise.all([
        scene.killer.live(begun + minutes * 60_000 * KILLING, over),
        every(ROUND_MS, over, () => attempt(scene, async () => void (await scene.desk.round()))),
        every(SAMPLE_MS, over, () => attempt(scene, () => sample(scene))),
        every(30_000, over, async () => tell(progress(scene, begun))),
    ]);
    return (Date.now() - begun) / 1000;
}

/**
 * Ends the storm and lets everything come to its end; answers how many alerts there were, if the storm has said so.
 * What is not over in time is judged as it is.
 */
async function drain({ storm, desk, killer, samples, line }: Scene, { tell }: SoakOrder): Promise<number | undefined> {
    const over = new AbortController();
    const care = killer.live(0, over.signal);
    const calm = storm.calm();
    const deadline = Date.now() + MOST_DRAIN_MS;
    let nextSample = Date.now();
    let isDone = false;
    let trouble: unknown;
    while (!isDone && Date.now() < deadline) {
        await wait(ROUND_MS);
        trouble = undefined;
        isDone = await desk.round({ isDraining: true }).catch((thrown: unknown) => {
            trouble = thrown;
            return false;
        });
        if (Date.now() < nextSample) continue;
        nextSample = Date.now() + SAMPLE_MS;
        await takeSample(line.nodeRed.url).then(
            (taken) => samples.push(taken),
            () => undefined,
        );
    }
    if (!isDone)
        tell(
            `not everything came to its end in ${MOST_DRAIN_MS / 60_000} minutes${trouble === undefined ? '' : `: ${String(trouble)}`}`,
        );
    await desk.settled();
    over.abort();
    await care;
    return Promise.race([calm, wait(ROUND_MS * 10).then(() => undefined)]);
}

async function result(
    { library, witness, line, redis, desk, killer, samples }: Scene,
    { store, minutes, seed }: SoakOrder,
    { seconds, fired }: Pick<Soaked, 'seconds' | 'fired'>,
): Promise<Soaked> {
    const evidence = await readEvidence(path.join(line.nodeRed.userDir, 'incidents'), redis?.port);
    const marks = await library.marks();
    const taken = [...witness.taken.values()];
    return {
        title: `${store === 'redis' ? 'Redis' : 'Embedded store'}, ${Number(minutes.toFixed(1))} minutes, seed ${seed}`,
        seconds,
        fired,
        marks,
        evidence,
        samples,
        desk,
        kills: killer.counts,
        ownDeaths: killer.ownDeaths,
        intake: {
            alerts: witness.alerts,
            different: taken.length,
            latencies: witness.latencies,
            notTaken: witness.notTaken,
        },
        verdict: judge({
            taken,
            marks,
            approved: desk.approved,
            incidents: evidence.incidents,
            brokenLinks: evidence.brokenLinks,
        }),
    };
}

async function sample({ line, samples }: Scene): Promise<void> {
    samples.push(await takeSample(line.nodeRed.url));
}

/** Nobody wonders about a failure while something is away on purpose, or has just come back. */
async function attempt({ killer }: Scene, work: () => Promise<void>): Promise<void> {
    await work().catch((thrown: unknown) => {
        if (!killer.isAway()) process.stderr.write(`… not answered: ${String(thrown).slice(0, 200)}\n`);
    });
}

async function every(milliseconds: number, signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    while (!signal.aborted) {
        await work();
        await wait(milliseconds, undefined, { signal }).catch(() => undefined);
    }
}

function progress({ witness, desk, killer }: Scene, begun: number): string {
    const { approvals, rejections } = desk.counts;
    return (
        `${Math.round((Date.now() - begun) / 1000)} s: ${witness.alerts} alerts taken, ${desk.waiting.at(-1) ?? 0} approvals wait, ` +
        `${approvals} approved, ${rejections} rejected, ${killer.counts.nodeRed + killer.counts.redis} kills`
    );
}
