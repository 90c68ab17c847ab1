import { type RedisServer, startRedis } from '../../support/redis';
import { startTcpProxy, type TcpProxy } from '../../support/tcp-proxy';
import type { Case } from '../matrix';
import { CrashScene, type Ward } from './crash-scene';
import { type End, FIXED, UNKNOWN } from './judge';
import { ENDED, hitCase, type Moment, momentName } from './kills';

/**
 * Redis, or the network to it, comes back after one of these, milliseconds; the longest outlasts the lease of a
 * process.
 */
const AWAY_MS = [1_500, 500, 6_000, 18_000];

/** A scene on a Redis behind a network that can be cut. */
export interface RedisScene {
    scene: CrashScene;
    redis: RedisServer;
    network: TcpProxy;
    close(): Promise<void>;
}

export async function startRedisScene(): Promise<RedisScene> {
    const redis = await startRedis();
    const network = await startTcpProxy(redis.port);
    const scene = await CrashScene.start({ redis: network.port });
    return {
        scene,
        redis,
        network,
        close: async () => {
            await scene.close();
            await network.close();
            await redis.close();
        },
    };
}

/** Redis dies at the moment; Node-RED lives on, and Redis comes back with what is on its disk. */
export function killRedis({ scene, redis }: RedisScene, moment: Moment): Case {
    const away = awayTimes();
    return hitCase(scene, {
        name: `Redis dies ${momentName(moment)}`,
        order: () => ({ ...moment, act: { kill: [redis.pid()] } }),
        ward: () =>
            bringBack(
                () => !redis.isAlive(),
                () => redis.restart(),
                away(),
            ),
        ends: endsWithout(moment),
    });
}

/** The network is cut at the moment, or, `lost`, between a write and its answer. */
export function cutNetwork({ scene, network }: RedisScene, moment: Moment, { lost = false } = {}): Case {
    const away = awayTimes();
    return hitCase(scene, {
        name: lost ? `the answer is lost of ${moment.point.name}` : `the network is cut ${momentName(moment)}`,
        order: () => ({ ...moment, act: { tell: `${network.control}/${lost ? 'deafen' : 'cut'}` } }),
        ward: () =>
            bringBack(
                () => network.cutAt() !== undefined,
                async () => network.heal(),
                away(),
            ),
        ends: endsWithout(moment),
    });
}

/**
 * A process that cannot tell whether the store keeps its intention does not run, and says so; later, nobody may know.
 */
function endsWithout({ point: { name } }: Moment): End[] {
    if (name === ENDED) return [...FIXED, ...UNKNOWN];
    return name === 'run.intended' || name === 'Ansible runs'
        ? [...FIXED, ...UNKNOWN, { stage: 'failed', runs: 0 }]
        : FIXED;
}

function awayTimes(): () => number {
    let rounds = 0;
    return () => AWAY_MS[rounds++ % AWAY_MS.length]!;
}

/** Brings something back so long after it was first seen to be away. */
function bringBack(isAway: () => boolean, back: () => Promise<void>, afterMs: number): Ward {
    let since: number | undefined;
    return {
        nurse: async () => {
            if (!isAway()) return;
            since ??= Date.now();
            if (Date.now() - since < afterMs) return;
            since = undefined;
            await back();
        },
    };
}
