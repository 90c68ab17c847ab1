import type { Order, Point } from '../../support/journal';
import type { Case, Result } from '../matrix';
import type { CrashScene, Ward } from './crash-scene';
import { type End, endsText, FIXED, judge, UNKNOWN, UNKNOWN_UNRUN } from './judge';

/** Between these two points it is not known to others whether the fix has begun, and how far it got. */
const INTENDED = 'run.intended';
const RUNS = 'Ansible runs';
export const ENDED = 'run.ended + verification.started';
/**
 * Tries to reach a point that is not passed in every life, such as a task that is written down together with the next.
 */
const TRIES = 3;

export type When = 'before' | 'after';

/** A moment at which something dies. */
export interface Moment {
    point: Point;
    when: When;
}

/** Before and after each point; of a name that comes as often as time makes it, only the first. */
export function moments(points: readonly Point[]): Moment[] {
    return points
        .filter(({ name, occurrence }) => occurrence === 1 || name === 'Ansible checks')
        .flatMap((point) => [
            { point, when: 'before' as const },
            { point, when: 'after' as const },
        ]);
}

export function momentName({ point, when }: Moment): string {
    return `${when} ${point.name}${point.occurrence > 1 ? ` (${point.occurrence})` : ''}`;
}

/** One of several equal shares, every so-manieth. */
export function share<Item>(items: readonly Item[], of: { part: number; parts: number }): Item[] {
    return items.filter((_item, index) => index % of.parts === of.part);
}

/** A case that hits one incident a round. */
export function hitCase(
    scene: CrashScene,
    {
        name,
        order,
        ward,
        ends,
    }: { name: string; order: Parameters<CrashScene['hit']>[0]; ward: () => Ward; ends: readonly End[] },
): Case {
    return {
        name,
        expected: endsText(ends),
        run: async (): Promise<Result> => {
            for (let tried = 1; ; tried += 1) {
                const hit = await scene.hit(order, ward());
                const result = judge(hit, hit.wasHit ? ends : [...FIXED, ...ends]);
                if (hit.wasHit || !result.ok) return result;
                if (tried === TRIES) return { ok: false, happened: `this point was not passed in ${TRIES} lives` };
            }
        },
    };
}

/** Node-RED dies at the moment, and is started again. */
export function killNodeRed(scene: CrashScene, { point, when }: Moment): Case {
    return hitCase(scene, {
        name: momentName({ point, when }),
        order: () => ({ point, when, act: { kill: ['self'] } }),
        ward: () => ({ nurse: () => restartDead(scene) }),
        ends: endsOfKill({ point, when }),
    });
}

/**
 * The same Node-RED finds the process and the result of Ansible, from when it has written down which process that is.
 */
function endsOfKill({ point: { name }, when }: Moment): End[] {
    if ((name === INTENDED && when === 'after') || (name === RUNS && when === 'before')) return UNKNOWN_UNRUN;
    if (name === RUNS && when === 'after') return [...FIXED, ...UNKNOWN];
    return FIXED;
}

/** Ansible dies, alone or together with Node-RED, as when the machine loses power. */
export function killAnsible(scene: CrashScene): Case[] {
    const dies = (
        name: string,
        order: Pick<Order, 'point' | 'when'>,
        kill: ('ansible' | 'self')[],
        ends: End[],
    ): Case =>
        hitCase(scene, {
            name,
            order: ({ note }) => ({ ...order, middle: { file: scene.library.counter, text: note }, act: { kill } }),
            ward: () => ({ nurse: () => restartDead(scene) }),
            ends,
        });
    const run = { name: RUNS, occurrence: 1 };
    const check = (occurrence: number): Point => ({ name: 'Ansible checks', occurrence });
    const failed = (runs: number): End => ({ stage: 'failed', runs });
    return [
        dies('Ansible, in the dry run', { point: check(1), when: 'after' }, ['ansible'], [failed(0)]),
        dies(
            'Ansible, in the dry run before the run',
            { point: check(2), when: 'after' },
            ['ansible'],
            [{ stage: 'refused', runs: 0 }],
        ),
        dies('Ansible, at its start', { point: run, when: 'after' }, ['ansible'], [failed(0)]),
        dies('Ansible, in a task', { point: run, when: 'middle' }, ['ansible'], [failed(1)]),
        dies('Ansible, with its result written', { point: run, when: 'end' }, ['ansible'], [...FIXED, failed(1)]),
        dies('Ansible and Node-RED, at its start', { point: run, when: 'after' }, ['ansible', 'self'], UNKNOWN_UNRUN),
        dies(
            'Ansible and Node-RED, in a task',
            { point: run, when: 'middle' },
            ['ansible', 'self'],
            [{ stage: 'unknown', runs: 1 }],
        ),
        dies('Ansible and Node-RED, with its result written', { point: run, when: 'end' }, ['ansible', 'self'], FIXED),
    ];
}

export async function restartDead(scene: CrashScene): Promise<void> {
    if (scene.isDead()) await scene.line.restart();
}
