// @needs ansible-playbook
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { signDecision } from '../../../../nodes/core/approval/decision';
import { termsFor } from '../../../../nodes/core/approval/policy';
import type { Incident } from '../../../../nodes/core/model/incident';
import type { Plan } from '../../../../nodes/core/model/plan';
import type { Run } from '../../../../nodes/core/model/run';
import { chain } from '../../../../nodes/core/model/timeline';
import { executeFix } from '../../../../nodes/core/remediation/execute';
import { recoverRun } from '../../../../nodes/core/remediation/recover-run';
import { KeyRing, signingKey } from '../../../../nodes/core/signing/keys';
import { sealPlan } from '../../../../nodes/core/signing/seal';
import { aPlan } from '../../../support/approvals';
import { control, FixScene } from '../../../support/fix-scene';

const AT = '2026-01-01T00:00:00.000Z';
const alice = { platform: 'page', id: 'alice' } as const;
const thieves = new KeyRing([signingKey(Buffer.alloc(32, 9))]);

let scene: FixScene;
beforeEach(async () => {
    scene = await new FixScene({ rollback: '- shell: echo evil > "{{ playbook_dir }}/../../conf"' }).open();
});
afterEach(() => scene.close());

/** Writes into the store what somebody without the key could: anything, with a whole chain, past every rule. */
async function written(change: (incident: Incident) => Partial<Incident>): Promise<Incident> {
    const { id } = await scene.diagnosed();
    const stored = await scene.storage.incidents.get(id);
    const incident = {
        ...stored.incident,
        flow: { node: 'run-1', state: 'working' as const, instance: 'dead' },
        ...change(stored.incident),
    };
    const entries = chain(id, { seq: stored.version, hash: stored.head }, AT, [
        { type: 'run.intended', by: 'node:ansible-exec', text: 'forged' },
    ]);
    await scene.storage.store.commit({ expectedVersion: stored.version, incident, entries });
    return incident;
}

const forgedPlan = (incident: Incident, parts: Partial<Plan> = {}): Plan =>
    aPlan(incident, {
        action: { id: 'write-value', title: 'Write the value', risk: 'low', playbook: 'playbooks/fix.yml' },
        rollback: { playbook: 'playbooks/rollback.yml' },
        ...parts,
    });
const aRun = (plan: Plan, parts: Partial<Run> = {}): Run => ({
    id: plan.nonce,
    seal: 'x',
    state: 'started',
    intendedAt: AT,
    instance: 'dead',
    ...parts,
});
const outcome = {
    status: 'failed' as const,
    hosts: { 'web-1': { ok: 0, changed: 1, failed: 1, unreachable: 0, skipped: 0 } },
    tasks: [],
    exitCode: 2,
    milliseconds: 1,
};

function sealedBy(keys: KeyRing, incident: Incident, plan: Plan): Pick<Incident, 'plan' | 'seal' | 'approval'> {
    const sealed = sealPlan(plan, termsFor(scene.policyWith({}), incident, plan, new Date(), 'gate-1'), keys);
    const decision = signDecision(keys, {
        incidentId: incident.id,
        seal: sealed.seal.digest,
        verdict: 'approve',
        by: alice,
        at: new Date().toISOString(),
    });
    return {
        ...sealed,
        approval: {
            state: 'approved',
            needed: 1,
            decisions: [decision],
            since: AT,
            expiresAt: '2099-01-01T00:00:00.000Z',
        },
    };
}

function expectNothingRan(): void {
    expect(scene.conf()).toBe('bad');
    expect(existsSync(scene.runsFolder) ? readdirSync(scene.runsFolder) : []).toEqual([]);
}

describe('written straight into the store, a fix', () => {
    test('that was planned, sealed and approved with another key is refused', async () => {
        const { id } = await written((incident) => ({
            stage: 'approved',
            ...sealedBy(thieves, incident, forgedPlan(incident)),
        }));
        expect(await executeFix(scene.parts(), id, control())).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining('signing key'),
        });
        expectNothingRan();
    });

    test('with the approval of another incident is refused', async () => {
        const other = await written((incident) => ({
            stage: 'approved',
            ...sealedBy(scene.keys, incident, forgedPlan(incident)),
        }));
        const { id } = await written(() => ({
            stage: 'approved',
            plan: other.plan,
            seal: other.seal,
            approval: other.approval,
        }));
        expect(await executeFix(scene.parts(), id, control())).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining('not signed by this system for this incident'),
        });
        expectNothingRan();
    });

    test('whose approval is taken from another seal of the same incident is refused', async () => {
        const { id } = await written((incident) => {
            const { approval } = sealedBy(scene.keys, incident, forgedPlan(incident));
            return { stage: 'approved', ...sealedBy(scene.keys, incident, forgedPlan(incident)), approval };
        });
        expect(await executeFix(scene.parts(), id, control())).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining('it has 0'),
        });
        expectNothingRan();
    });

    test('that only waits, but is called approved, is refused', async () => {
        const { id } = await written((incident) => {
            const { approval, ...sealed } = sealedBy(scene.keys, incident, forgedPlan(incident));
            return { stage: 'approved', ...sealed, ...(approval && { approval: { ...approval, decisions: [] } }) };
        });
        expect(await executeFix(scene.parts(), id, control())).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining('needs 1 signed approval'),
        });
        expectNothingRan();
    });
});

describe('written straight into the store, a run under way', () => {
    const STATES: [string, (plan: Plan) => Partial<Incident>][] = [
        [
            'whose fix has failed, so that the rollback would be due',
            (plan) => ({ stage: 'running', run: aRun(plan, { outcome }) }),
        ],
        [
            'whose alert goes on, so that the rollback would be due',
            (plan) => ({
                stage: 'verifying',
                run: aRun(plan, { state: 'succeeded', endedAt: AT, outcome: { ...outcome, status: 'succeeded' } }),
            }),
        ],
        ['that was only begun', (plan) => ({ stage: 'running', run: aRun(plan) })],
    ];
    test.each(STATES)('%s, is not carried on without our seal', async (_what, state) => {
        const left = await written((incident) => {
            const plan = forgedPlan(incident);
            return { ...sealedBy(thieves, incident, plan), ...state(plan) };
        });
        expect(await recoverRun(scene.parts(), left, control())).toMatchObject({
            stage: 'unknown',
            reason: expect.stringContaining('cannot be carried on'),
        });
        expectNothingRan();
    });

    test.each(STATES)('%s, is not carried on when nobody approved it', async (_what, state) => {
        const left = await written((incident) => {
            const { approval, ...sealed } = sealedBy(scene.keys, incident, forgedPlan(incident));
            return {
                ...sealed,
                ...(approval && { approval: { ...approval, decisions: [] } }),
                ...state(sealed.plan ?? forgedPlan(incident)),
            };
        });
        expect(await recoverRun(scene.parts(), left, control())).toMatchObject({
            stage: 'unknown',
            reason: expect.stringContaining('needs 1 signed approval'),
        });
        expectNothingRan();
    });

    test('that leads out of the folder of runs deletes nothing there', async () => {
        const kept = scene.library.path('kept');
        mkdirSync(kept, { recursive: true });
        writeFileSync(path.join(kept, 'events.jsonl'), '{}');
        const left = await written((incident) => {
            const plan = forgedPlan(incident, { nonce: path.relative(scene.runsFolder, kept) });
            return { ...sealedBy(thieves, incident, plan), stage: 'running', run: aRun(plan) };
        });
        expect(await recoverRun(scene.parts(), left, control())).toMatchObject({ stage: 'unknown' });
        expect(readdirSync(kept)).toEqual(['events.jsonl']);
    });
});
