import path from 'node:path';
import type { Point } from '../support/journal';
import { type AuditedStore, auditCase } from './crash/audit-case';
import { CrashScene } from './crash/crash-scene';
import { ENDED, killAnsible, killNodeRed, type Moment, moments, share } from './crash/kills';
import { cutNetwork, killRedis, type RedisScene, startRedisScene } from './crash/redis-kills';
import { killFirst, startTwoInstances, type TwoInstances } from './crash/two-instances';
import type { Case, Effort, Group, Matrix } from './matrix';

/** Every group of the long form is played in so many parts at the same time: most of a crash is waiting. */
const PARTS = 2;
/** The short form has one moment of each of these on either store. */
const SHORT = [
    'incident.opened',
    'plan.made',
    'approval.granted',
    'run.intended',
    'Ansible runs',
    ENDED,
    'verification.made + incident.closed',
];

/**
 * Everything that can die dies at every journal point: each write to the store and each start of Ansible, before and
 * after. The points are found by playing an incident undisturbed.
 */
export const crashes: Matrix = {
    title: 'Crashes',
    atOnce: 3,
    groups: (effort) => (effort.short ? shortGroups() : longGroups(effort)),
};

function longGroups({ rounds }: Effort): Group[] {
    return [
        ...parts(rounds, 'Node-RED is killed, embedded store', embedded, (scene, points) =>
            moments(points).map((moment) => killNodeRed(scene, moment)),
        ),
        ...parts(rounds, 'Node-RED is killed, Redis', onRedis, ({ scene }, points) =>
            moments(points).map((moment) => killNodeRed(scene, moment)),
        ),
        group({ name: 'Ansible is killed', rounds, start: embedded, cases: async (scene) => killAnsible(scene) }),
        ...parts(rounds, 'Redis is killed', onRedis, (at, points) =>
            moments(points).map((moment) => killRedis(at, moment)),
        ),
        ...parts(rounds, 'the network to Redis is cut', onRedis, (at, points) => [
            ...moments(points).map((moment) => cutNetwork(at, moment)),
            ...moments(points)
                .filter(({ when, point }) => when === 'before' && !point.name.startsWith('Ansible'))
                .map((moment) => cutNetwork(at, moment, { lost: true })),
        ]),
        ...parts(rounds, 'two Node-REDs on one Redis, the first is killed', startTwoInstances, (at, points) =>
            moments(points).map((moment) => killFirst(at, moment, points)),
        ),
    ];
}

function shortGroups(): Group[] {
    const some = (all: Moment[], first: Moment['when']): Moment[] =>
        SHORT.flatMap((name, index) => {
            const when = (index % 2 === 0) === (first === 'before') ? 'before' : 'after';
            return all.filter((moment) => moment.point.name === name && moment.when === when);
        });
    const at = (name: string, when: Moment['when']): Moment => ({ point: { name, occurrence: 1 }, when });
    return [
        group({
            name: 'Node-RED or Ansible is killed, embedded store',
            start: embedded,
            cases: async (scene) => [
                ...some(moments(await scene.record()), 'before').map((moment) => killNodeRed(scene, moment)),
                ...killAnsible(scene).filter(({ name }) => /in a task/.test(name)),
            ],
        }),
        group({
            name: 'Node-RED, Redis or the network dies, Redis',
            start: onRedis,
            cases: async (redis) => [
                ...[...some(moments(await redis.scene.record()), 'after'), at('diagnosis.started', 'before')].map(
                    (moment) => killNodeRed(redis.scene, moment),
                ),
                killRedis(redis, at('run.intended', 'before')),
                cutNetwork(redis, at('run.intended', 'before'), { lost: true }),
                cutNetwork(redis, at(ENDED, 'before')),
            ],
        }),
        group({
            name: 'two Node-REDs on one Redis, the first is killed',
            start: startTwoInstances,
            cases: async (two) => {
                const points = await recorded(two);
                return [
                    at('plan.sealed + approval.waiting', 'after'),
                    at('run.checking', 'after'),
                    at('Ansible runs', 'after'),
                ].map((moment) => killFirst(two, moment, points));
            },
        }),
    ];
}

type Scene = CrashScene | RedisScene | TwoInstances;

interface Plot<At extends Scene> {
    name: string;
    rounds?: number;
    start(): Promise<At>;
    cases(scene: At): Promise<Case[]>;
}

/** A group on one scene, whose store is audited at the end of every round. */
function group<At extends Scene>({ name, rounds = 1, start, cases }: Plot<At>): Group {
    let scene: At | undefined;
    return {
        name,
        rounds,
        open: async () => {
            scene = await start();
            return [...(await cases(scene)), auditCase(storeOf(scene))];
        },
        close: async () => scene?.close(),
    };
}

/** One group for each share of the cases, each with a scene of its own. */
function parts<At extends Scene>(
    rounds: number,
    name: string,
    start: () => Promise<At>,
    cases: (scene: At, points: readonly Point[]) => Case[],
): Group[] {
    return Array.from({ length: PARTS }, (_part, part) =>
        group({
            name: `${name}, part ${part + 1} of ${PARTS}`,
            rounds,
            start,
            cases: async (scene) => share(cases(scene, await recorded(scene)), { part, parts: PARTS }),
        }),
    );
}

function playerOf(scene: Scene): CrashScene {
    return scene instanceof CrashScene ? scene : scene.scene;
}

function recorded(scene: Scene): Promise<Point[]> {
    return playerOf(scene).record('second' in scene ? scene.second : undefined);
}

function storeOf(scene: Scene): AuditedStore {
    const folder = path.join(playerOf(scene).line.nodeRed.userDir, 'incidents');
    if (scene instanceof CrashScene) return { where: ['--store', folder] };
    const where = ['--redis', `redis://127.0.0.1:${scene.redis.port}`];
    return 'signingKeys' in scene
        ? { where, env: { ALERT_TO_FIX_SIGNING_KEYS: scene.signingKeys } }
        : { where: [...where, '--key-file', path.join(folder, 'signing.key')] };
}

function embedded(): Promise<CrashScene> {
    return CrashScene.start();
}

function onRedis(): Promise<RedisScene> {
    return startRedisScene();
}
