import { type NodeRedProcess, startNodeRed } from '../support/node-red-process';
import { startRedis } from '../support/redis';
import { aim, type Effort, type Figure, type Measurement, median, milliseconds, percentile } from './figures';
import { alertIn, bareFlow, storeNode, tab } from './flows';
import { type LoadResult, load, reserveIds } from './load';
import { repeatedBodies, webhookBody } from './webhook-bodies';

const CONNECTIONS = 16;
const REPEATED_GROUPS = 64;

interface Case {
    name: string;
    /** Path of the webhook, see `flows.ts`. */
    path: 'by-group' | 'by-fingerprint';
    alerts: number;
    bodies: string[];
    /** Has the aim of the store; the others are only told. */
    aimed: boolean;
}

const CASES: readonly Case[] = [
    { name: '1 alert, new incident', path: 'by-group', alerts: 1, bodies: [webhookBody(1, '%ID%')], aimed: true },
    { name: '1 alert, repeated', path: 'by-group', alerts: 1, bodies: repeatedBodies(1, REPEATED_GROUPS), aimed: true },
    {
        name: '100 alerts, new incident',
        path: 'by-group',
        alerts: 100,
        bodies: [webhookBody(100, '%ID%')],
        aimed: true,
    },
    {
        name: '100 alerts, repeated',
        path: 'by-group',
        alerts: 100,
        bodies: repeatedBodies(100, REPEATED_GROUPS),
        aimed: true,
    },
    {
        name: '100 alerts, 100 new incidents',
        path: 'by-fingerprint',
        alerts: 100,
        bodies: [webhookBody(100, '%ID%')],
        aimed: false,
    },
];

/** Webhook to 2xx, next to a bare flow of the same Node-RED on the same bodies. */
export async function measureIntake(effort: Effort): Promise<Measurement[]> {
    const bare = await startNodeRed();
    try {
        await bare.deploy(bareFlow);
        const embedded = await measureStore(effort, bare, 'embedded store', 0.5);
        const redis = await startRedis('--appendfsync', 'everysec');
        try {
            return [embedded, await measureStore(effort, bare, 'Redis', 0.7, redis.port)];
        } finally {
            await redis.close();
        }
    } finally {
        await bare.remove();
    }
}

async function measureStore(
    effort: Effort,
    bare: NodeRedProcess,
    store: string,
    least: number,
    redisPort?: number,
): Promise<Measurement> {
    const nodeRed = await startNodeRed();
    try {
        await nodeRed.deploy([
            tab,
            storeNode(redisPort),
            alertIn('by-group', 'group'),
            alertIn('by-fingerprint', 'fingerprint'),
        ]);
        const figures: Figure[] = [];
        for (const one of CASES) {
            effort.progress(`webhook intake, ${store}: ${one.name}`);
            figures.push(await measureCase(effort, bare, nodeRed, one, least));
        }
        return { title: `Webhook intake, ${store} (${CONNECTIONS} connections)`, figures };
    } finally {
        await nodeRed.remove();
    }
}

/** Rounds of the yardstick and of ours take turns, so that a busy machine is busy for both. */
async function measureCase(
    { quick }: Effort,
    bare: NodeRedProcess,
    ours: NodeRedProcess,
    one: Case,
    least: number,
): Promise<Figure> {
    const seconds = quick ? 1 : 3;
    const run = (url: string, length: number): Promise<LoadResult> =>
        load({ url, seconds: length, pace: { connections: CONNECTIONS }, bodies: one.bodies, firstId: reserveIds() });
    const rounds: { bare: LoadResult; ours: LoadResult }[] = [];
    for (let round = 0; round < (quick ? 2 : 4); round += 1) {
        const isWarmUp = round === 0;
        const length = isWarmUp ? 1 : seconds;
        const pair = {
            bare: await run(`${bare.url}/bare`, length),
            ours: await run(`${ours.url}/${one.path}`, length),
        };
        if (!isWarmUp) rounds.push(pair);
    }
    const ratio = median(rounds.map((pair) => perSecond(pair.ours) / perSecond(pair.bare)));
    return {
        name: one.name,
        value: summary(
            rounds.map((pair) => pair.ours),
            one.alerts,
        ),
        yardstick: summary(
            rounds.map((pair) => pair.bare),
            one.alerts,
        ),
        ratio,
        ...(one.aimed ? { aim: aim(ratio, 'at least', least) } : {}),
    };
}

function perSecond({ requests, seconds }: LoadResult): number {
    return requests / seconds;
}

function summary(results: readonly LoadResult[], alerts: number): string {
    const rate = median(results.map(perSecond)) * alerts;
    const latencies = results.flatMap((result) => result.latencies);
    return `${Math.round(rate)} alerts/s, p50 ${milliseconds(percentile(latencies, 0.5))}, p99 ${milliseconds(percentile(latencies, 0.99))}`;
}
