import type { Point } from '../../support/journal';
import { Line } from '../../support/line';
import { type RedisServer, startRedis } from '../../support/redis';
import type { Case } from '../matrix';
import { CrashScene } from './crash-scene';
import { type End, FIXED, UNKNOWN, UNKNOWN_UNRUN } from './judge';
import { ENDED, hitCase, type Moment, momentName, restartDead } from './kills';

/** As on two machines: one Redis and one signing key, but each Node-RED with its own folder for runs. */
const SIGNING_KEYS = '0123456789abcdef0123456789abcdef0123456789abcdef';
const SIGNING = { 'a2f-store': { credentials: { signingKeys: SIGNING_KEYS } } };
/** An alert that was not accepted when the first dies waits so long until the first is started again, milliseconds. */
const UNACCEPTED_MS = 4_000;

export interface TwoInstances {
    /** With the first Node-RED, which is watched. */
    scene: CrashScene;
    second: Line;
    redis: RedisServer;
    signingKeys: string;
    close(): Promise<void>;
}

export async function startTwoInstances(): Promise<TwoInstances> {
    const redis = await startRedis();
    const first = await CrashScene.start({ redis: redis.port, change: SIGNING });
    const { library, prometheus, line } = first;
    const second = await Line.start({
        redis: redis.port,
        library,
        prometheus: prometheus.url,
        alertmanager: line.alertmanager,
        change: SIGNING,
    });
    return {
        scene: first,
        second,
        redis,
        signingKeys: SIGNING_KEYS,
        close: async () => {
            await second.close();
            await first.close();
            await redis.close();
        },
    };
}

/** The first dies at the moment and stays dead: the second carries the incident on. */
export function killFirst({ scene: first, second }: TwoInstances, moment: Moment, points: readonly Point[]): Case {
    return hitCase(first, {
        name: momentName(moment),
        order: () => ({ ...moment, act: { kill: ['self'] } }),
        ward: () => {
            let deadSince: number | undefined;
            return {
                desk: second,
                nurse: async (hit) => {
                    if (!first.isDead()) return;
                    deadSince ??= Date.now();
                    const isNeeded = hit.shown === undefined ? Date.now() - deadSince > UNACCEPTED_MS : hit.isOver;
                    if (isNeeded) await restartDead(first);
                },
            };
        },
        ends: endsOf(moment, points),
    });
}

/** The second machine cannot see how Ansible fares on the first. */
function endsOf({ point: { name, occurrence }, when }: Moment, points: readonly Point[]): End[] {
    const place = (wanted: string): number => points.findIndex((point) => point.name === wanted);
    const at =
        points.findIndex((point) => point.name === name && point.occurrence === occurrence) +
        (when === 'after' ? 0.5 : 0);
    if (at < place('run.intended') + 0.5 || at > place(ENDED)) return FIXED;
    return at <= place('Ansible runs') ? UNKNOWN_UNRUN : UNKNOWN;
}
