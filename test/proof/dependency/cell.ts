import type { Hit } from '../crash/crash-scene';
import { type End, FIXED, judge } from '../crash/judge';
import type { Moment } from '../crash/kills';
import type { Case, Result } from '../matrix';
import type { DependencyScene } from './dependency-scene';
import type { Fault } from './outage';

/** An outage that lasts until the incident is over. */
export const TO_THE_END = Infinity;

/** What an outage must lead to. */
export interface Outcome {
    /** For people. */
    words: string;
    ends: readonly End[];
    /** What the incident gives as its reason. */
    says?: RegExp;
    /** What else is wrong; undefined: nothing. */
    fault?(hit: Hit, scene: DependencyScene): Promise<string | undefined> | string | undefined;
}

/** A dependency that fails at one moment of an incident. */
export interface Cell {
    fault: Fault;
    /** Where in the life of an incident, in words. */
    stage: string;
    moment: Moment | 'alert';
    lastsMs: number;
    outcome: Outcome;
}

/**
 * Nothing but the incident itself may be the worse for it: when the fault is over, the next incident goes through the
 * whole line.
 */
export function cellCase(scene: DependencyScene, { fault, stage, moment, lastsMs, outcome }: Cell): Case {
    return {
        name: `${fault.name}, ${stage}, ${lastsMs === TO_THE_END ? 'to the end' : `for ${lastsMs / 1000} s`}`,
        expected: `${outcome.words}; the next incident is fixed`,
        run: async () => {
            const result = await judged(scene, await scene.during(fault, moment, lastsMs), outcome);
            if (!result.ok) return result;
            const next = await judged(scene, await scene.undisturbed(), { words: '', ends: FIXED, fault: byModel });
            return next.ok
                ? { ok: true, happened: `${result.happened}; next: ${next.happened}` }
                : { ok: false, happened: `the next incident: ${next.happened}` };
        },
    };
}

async function judged(scene: DependencyScene, hit: Hit, { ends, says, fault }: Outcome): Promise<Result> {
    const result = judge(hit, ends);
    if (!result.ok) return result;
    const reason = hit.shown?.incident.reason ?? '';
    if (!hit.wasHit) return { ok: false, happened: `${result.happened}: the moment was not passed` };
    if (says && !says.test(reason)) return { ok: false, happened: `${result.happened}, but it says: ${reason}` };
    const wrong = await fault?.(hit, scene);
    return wrong === undefined ? result : { ok: false, happened: `${result.happened}, but ${wrong}` };
}

function byModel({ shown }: Hit): string | undefined {
    return shown?.incident.diagnosis?.source.by === 'model'
        ? undefined
        : `the model was not asked again: ${shown?.incident.diagnosis?.source.fallback}`;
}
