import type { ErrorCode } from '../../../nodes/core/errors';
import { asFixError } from '../../../nodes/core/errors';
import type { Identity } from '../../../nodes/core/model/identity';
import type { Incident } from '../../../nodes/core/model/incident';
import { firstBrokenLink } from '../../../nodes/core/model/timeline';
import type { IncidentStore } from '../../../nodes/core/store/port';
import type { SceneOptions } from '../../support/fix-scene';
import type { TemporaryStore } from '../../support/stores';
import type { Case, Group, Result } from '../matrix';
import { type Begin, Target } from './target';

/** A refusal that is told in words, to who tried or on the card, and has no code there. */
export class Told extends Error {}

const IN_WORDS = 'told in words';

/** How a case begins. */
interface Setting {
    /** What is done, in one plain sentence. */
    name: string;
    options?: SceneOptions;
    /** Who approves, in the honest part; default Alice. */
    people?: Identity[];
    /** Where the honest part ends; default `approved`. */
    from?: Begin;
    storage?(): Promise<TemporaryStore<IncidentStore>>;
    /** Before the incident: what the library, the policy and the world are like. */
    prepare?(target: Target): unknown;
    /** Puts back what `prepare` changed outside the target. */
    after?(): void;
}

/** Somebody tries to make something run that nobody approved. */
export interface Attack extends Setting {
    /** Code of the refusal. */
    code: ErrorCode | typeof IN_WORDS;
    /** What the sentence of the refusal names. */
    says: string | RegExp;
    /** What the attacker does; may throw the refusal. After it, the flow goes on as it always does. */
    attack(target: Target, incident: Incident): unknown;
    /** What has run honestly before the attack. */
    ranBefore?: string[];
}

/** Something unusual that is right, and must run. */
export interface Legitimate extends Setting {
    /** What happens between the beginning and the run. */
    meanwhile?(target: Target, incident: Incident): unknown;
    /** The run itself, where it is not the usual one. */
    run?(target: Target, incident: Incident): Promise<Incident>;
    /** Marks that the run leaves; default one `ran`. */
    leaves?: string[];
    /** Looks at what was done; throws when it is not what was approved. */
    proof?(target: Target, incident: Incident): unknown;
}

interface Refusal {
    code: string;
    sentence: string;
}

/**
 * The cases of one family. Those that need nothing of their own before the plan share one plan, made from what
 * `prepare`
 * makes; the last case shows that it runs when nobody does anything.
 */
export function attackGroup(
    name: string,
    attacks: readonly Attack[],
    { prepare, storage }: Pick<Setting, 'prepare' | 'storage'> = {},
): Group {
    let shared: Target | undefined;
    const sharing = async (
        options: SceneOptions | undefined,
        work: (target: Target, planned: Incident) => Promise<Result>,
    ): Promise<Result> => {
        if (!shared) throw new Error('the group is not open');
        return work(shared, await shared.restored(options));
    };
    const caseOf = (attack: Attack): Case => {
        const { name: what, code, from = 'approved', people, options } = attack;
        const expected = `nothing runs: ${code}`;
        if (needsOwn(attack))
            return {
                name: what,
                expected,
                run: () => onTarget(attack, (target, incident) => resisted(attack, target, incident)),
            };
        const run = (target: Target, planned: Incident): Promise<Result> =>
            approvedBy(target, planned, from, people).then((incident) => resisted(attack, target, incident));
        return { name: what, expected, run: () => sharing(options, run) };
    };
    const control: Legitimate = { name: 'Nobody attacks: the same fix, approved, runs once' };
    return {
        name,
        open: async () => {
            shared = await new Target().open(await storage?.());
            await prepare?.(shared);
            await shared.share();
            const last = (target: Target, planned: Incident): Promise<Result> =>
                target.approve(planned.id).then((incident) => ran(control, ['ran'], target, incident));
            return [
                ...attacks.map(caseOf),
                { name: control.name, expected: 'it runs', run: () => sharing(undefined, last) },
            ];
        },
        close: async () => shared?.close(),
    };
}

/** Cases that must run; what they leave on disk is all that may have run. */
export function legitimateGroup(name: string, cases: readonly Legitimate[]): Group {
    return { name, open: async () => cases.map(legitimateCase) };
}

/** Must something be different before the plan? */
function needsOwn({ prepare, storage, options = {} }: Attack): boolean {
    return Boolean(prepare ?? storage ?? options.tasks ?? options.rollback ?? options.verify ?? options.hosts);
}

async function approvedBy(
    target: Target,
    planned: Incident,
    from: Begin,
    people: Identity[] | undefined,
): Promise<Incident> {
    if (from === 'diagnosed') return target.diagnosed();
    if (from === 'planned') return planned;
    return target.approve(planned.id, from === 'waiting' ? [] : people);
}

function legitimateCase(one: Legitimate): Case {
    const leaves = one.leaves ?? ['ran'];
    const expected = leaves.join() === 'ran' ? 'it runs' : `it runs, marks: ${leaves.join(' ') || 'none'}`;
    return {
        name: one.name,
        expected,
        run: () => onTarget(one, (target, incident) => ran(one, leaves, target, incident)),
    };
}

async function onTarget(
    setting: Setting,
    work: (target: Target, incident: Incident) => Promise<Result>,
): Promise<Result> {
    const target = await new Target(setting.options).open(await setting.storage?.());
    try {
        await setting.prepare?.(target);
        return await work(target, await target.bring(setting.from ?? 'approved', setting.people));
    } finally {
        setting.after?.();
        await target.close();
    }
}

/** Tries the attack, lets the flow go on, tells the executor again to run it; then counts what ran. */
async function resisted(attack: Attack, target: Target, incident: Incident): Promise<Result> {
    const { from = 'approved', people, ranBefore = [] } = attack;
    const refusal = await refusalOf(target, incident.id, async () => {
        await attack.attack(target, incident);
        return target.carryOn(incident.id, from, people);
    });
    await Promise.allSettled([target.run(incident.id), target.run(incident.id)]);
    await target.settled();
    const marks = target.marks();
    if (marks.join() !== ranBefore.join()) return { ok: false, happened: `RAN: ${marks.join(', ')}` };
    return recorded(attack, refusal);
}

/** The judgement of a refusal: the right code, and a sentence that names what is wrong. */
export function recorded({ code, says }: Pick<Attack, 'code' | 'says'>, refusal: Refusal | undefined): Result {
    if (!refusal) return { ok: false, happened: 'nothing ran, and nothing says why' };
    const isNamed = typeof says === 'string' ? refusal.sentence.includes(says) : says.test(refusal.sentence);
    if (refusal.code === code && isNamed) return { ok: true, happened: `nothing ran: ${code}` };
    return {
        ok: false,
        happened: `nothing ran, but the record is ${refusal.code}: ${refusal.sentence} (wanted ${code} with ${String(says)})`,
    };
}

/** The refusal that a step threw, or that it wrote down in the timeline. */
async function refusalOf(target: Target, id: string, step: () => Promise<Incident>): Promise<Refusal | undefined> {
    try {
        await step();
    } catch (thrown) {
        if (thrown instanceof Told) return { code: IN_WORDS, sentence: thrown.message };
        const { code, message } = asFixError(thrown);
        return { code, sentence: message };
    }
    const timeline = await target.storage.store.timeline(id);
    if (firstBrokenLink(id, timeline) !== undefined)
        return { code: 'BROKEN_CHAIN', sentence: 'The timeline is broken.' };
    const written = timeline.findLast(
        ({ type, data }) => data?.code !== undefined || type === 'approval.denied' || type === 'approval.withdrawn',
    );
    if (!written) return undefined;
    const unsaid = written.type === 'approval.withdrawn' ? 'PLAN_WITHDRAWN' : 'POLICY_DENIED';
    return { code: typeof written.data?.code === 'string' ? written.data.code : unsaid, sentence: written.text };
}

async function ran(one: Legitimate, leaves: readonly string[], target: Target, incident: Incident): Promise<Result> {
    await one.meanwhile?.(target, incident);
    const ended = one.run
        ? await one.run(target, incident)
        : await target.carryOn(incident.id, one.from ?? 'approved', one.people);
    await target.settled();
    const marks = target.marks();
    if (marks.join() !== leaves.join())
        return { ok: false, happened: `marks: ${marks.join(', ') || 'none'}; ${ended.stage}: ${ended.reason}` };
    await one.proof?.(target, ended);
    return { ok: true, happened: `ran, ${ended.stage}` };
}
