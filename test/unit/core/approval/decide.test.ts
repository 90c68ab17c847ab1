import { type DecisionRequest, decide } from '../../../../nodes/core/approval/decide';
import { signDecision, verifyDecision } from '../../../../nodes/core/approval/decision';
import { expiring, opening } from '../../../../nodes/core/approval/gate';
import { identityOf } from '../../../../nodes/core/approval/people';
import { withdrawing } from '../../../../nodes/core/approval/withdraw';
import type { ErrorCode } from '../../../../nodes/core/errors';
import type { Decision, GroupDirectory, Policy, PolicyRule } from '../../../../nodes/core/model/approval';
import type { Incident } from '../../../../nodes/core/model/incident';
import { shortSeal } from '../../../../nodes/core/model/plan';
import { firstBrokenLink } from '../../../../nodes/core/model/timeline';
import { signDraft } from '../../../../nodes/core/signing/provenance';
import type { Change } from '../../../../nodes/core/store/incidents';
import { aGate, aPlan, aPolicy, aRule, atTheGate, keys, keysOf, person, sealOf } from '../../../support/approvals';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

const START = new Date('2026-03-04T12:00:00.000Z');
const TWO: Partial<PolicyRule> = { decision: 'two', approvers: ['page:alice', 'page:bob', 'page:carol'] };

let temporary: TemporaryStore;
let now: Date;

beforeEach(async () => {
    now = START;
    temporary = await temporarySqlite(() => now);
});
afterEach(() => temporary.close());

const waiting = (rule: Partial<PolicyRule> = {}, parts: Partial<Incident> = {}, policy: Partial<Policy> = {}) =>
    atTheGate(temporary.incidents, rule, parts, keys, policy);

function asked(incident: Incident, parts: Partial<DecisionRequest> = {}, directory?: GroupDirectory) {
    const request = {
        incidentId: incident.id,
        seal: sealOf(incident),
        verdict: 'approve' as const,
        by: person('alice'),
        ...parts,
    };
    return decide({ incidents: temporary.incidents, keys, ...(directory ? { directory } : {}) }, request);
}

/** Writes over the stored incident, as an intruder or a fault might. */
function tamper(incident: Incident, parts: Partial<Incident>): Promise<Incident> {
    return temporary.incidents.change(
        incident.id,
        (stored): Change => ({
            incident: { ...stored, ...parts },
            entries: [{ type: 'alerts.repeated', by: 'node:alert-in', text: 'Tampered.' }],
        }),
    );
}

function stateOf(id: string): Promise<Incident> {
    return temporary.incidents.get(id).then(({ incident }) => incident);
}

function forged(incident: Incident, parts: Partial<Decision>): Decision {
    const content = {
        incidentId: incident.id,
        seal: sealOf(incident),
        verdict: 'approve' as const,
        by: person('bob'),
        at: START.toISOString(),
    };
    return { ...signDecision(keys, content), ...parts };
}

describe('approving', () => {
    test('one entitled person approves, and the decision is signed', async () => {
        const { incident, outcome } = await asked(await waiting());
        expect(outcome).toBe('approved');
        expect(incident).toMatchObject({ stage: 'approved', approval: { state: 'approved', needed: 1 } });
        const [decision] = incident.approval?.decisions ?? [];
        expect(decision).toMatchObject({
            seal: sealOf(incident),
            verdict: 'approve',
            by: person('alice'),
            at: START.toISOString(),
        });
        expect(decision && verifyDecision(keys, decision)).toBe(true);
    });

    test('the timeline names the person and stays whole', async () => {
        const { incident } = await asked(await waiting(), { by: person('alice', { name: 'Alice' }), reason: 'go' });
        const timeline = await temporary.store.timeline(incident.id);
        expect(timeline.at(-1)).toMatchObject({
            type: 'approval.granted',
            by: 'page:alice',
            text: `Approved by Alice (page:alice), seal ${shortSeal(sealOf(incident))}: go.`,
        });
        expect(firstBrokenLink(incident.id, timeline)).toBeUndefined();
    });

    test.each([
        ['as shown', 8],
        ['longer', 20],
    ])('the beginning of the seal %s is enough', async (_what, length) => {
        const incident = await waiting();
        expect((await asked(incident, { seal: ` ${sealOf(incident).slice(0, length).toUpperCase()} ` })).outcome).toBe(
            'approved',
        );
    });

    test('a member of a Slack group is asked about at the click', async () => {
        const incident = await waiting({ approvers: ['slack-group:T1/S1'] });
        const by = { platform: 'slack' as const, id: 'T1/U1' };
        await expect(asked(incident, { by }, { isMember: () => Promise.resolve(false) })).rejects.toMatchObject({
            code: 'NOT_ENTITLED',
        });
        await expect(
            asked(incident, { by }, { isMember: () => Promise.reject(new Error('down')) }),
        ).rejects.toMatchObject({ code: 'NOT_ENTITLED' });
        await expect(asked(incident, { by })).rejects.toMatchObject({ code: 'NOT_ENTITLED' });
        expect((await asked(incident, { by }, { isMember: () => Promise.resolve(true) })).outcome).toBe('approved');
    });
});

describe('two approvers', () => {
    test('the second completes', async () => {
        const incident = await waiting(TWO);
        expect(await asked(incident)).toMatchObject({
            outcome: 'first-of-two',
            incident: { stage: 'waiting', approval: { state: 'waiting' } },
        });
        const { outcome, incident: done } = await asked(incident, { by: person('bob') });
        expect(outcome).toBe('approved');
        expect(done.approval?.decisions.map(({ by }) => by.id)).toEqual(['alice', 'bob']);
    });
    test('the same person under another display name counts once', async () => {
        const incident = await waiting(TWO);
        await asked(incident);
        await expect(asked(incident, { by: person('alice', { name: 'Bob' }) })).rejects.toMatchObject({
            code: 'ALREADY_DECIDED',
        });
        expect((await stateOf(incident.id)).stage).toBe('waiting');
    });
    test('who asked for the fix does not approve it, but may reject it', async () => {
        const incident = await waiting(TWO, { requestedBy: person('alice') });
        await expect(asked(incident)).rejects.toMatchObject({
            code: 'NOT_ENTITLED',
            message: expect.stringContaining('You asked'),
        });
        expect((await asked(incident, { verdict: 'reject' })).outcome).toBe('rejected');
    });
    test.each<[string, string, string]>([
        ['in Slack and through Botkube', 'slack:T1/U0EVE', 'botkube:<@U0EVE>'],
        ['from two workspaces of Slack', 'slack:T1/U0EVE', 'slack:T2/U0EVE'],
        ['with both mentions that Discord has for a person', 'botkube:<@123>', 'botkube:<@!123>'],
        ['with two accounts that the gate lists for one person', 'page:eve', 'slack:T1/U0EVE'],
        ['with a listed account, the second time through Botkube', 'page:eve', 'botkube:<@U0EVE>'],
    ])('a person who approves %s counts once', async (_how, first, second) => {
        const people = { eve: ['page:eve', 'slack:T1/U0EVE'] };
        const incident = await waiting({ decision: 'two', approvers: [first, second, 'page:bob'] }, {}, { people });
        await asked(incident, { by: identityOf(first)! });
        await expect(asked(incident, { by: identityOf(second)! })).rejects.toMatchObject({
            code: 'ALREADY_DECIDED',
            message: `You have approved already as ${first}; a second person is needed.`,
        });
        expect((await asked(incident, { by: person('bob') })).outcome).toBe('approved');
    });
    test('who asked for the fix does not approve it through another door either', async () => {
        const requestedBy = identityOf('botkube:<@U0EVE>')!;
        const approvers = ['slack:T1/U0EVE', 'page:alice', 'page:bob'];
        const incident = await waiting({ ...TWO, approvers }, { requestedBy });
        await expect(asked(incident, { by: identityOf('slack:T1/U0EVE')! })).rejects.toMatchObject({
            code: 'NOT_ENTITLED',
            message: expect.stringContaining('You asked'),
        });
    });
    test('who asked for the fix leaves the approval to another, where one is enough', async () => {
        const incident = await waiting({ approvers: ['page:alice', 'page:bob'] }, { requestedBy: person('alice') });
        await expect(asked(incident)).rejects.toMatchObject({
            code: 'NOT_ENTITLED',
            message: expect.stringContaining('rule "all" leaves the approval to somebody else'),
        });
        expect((await asked(incident, { by: person('bob') })).outcome).toBe('approved');
    });
    test('who asked for the fix approves it alone only where the rule says so', async () => {
        const rule = { requesterMayApprove: true };
        const asker = { requestedBy: person('alice') };
        expect((await asked(await waiting(rule, asker))).outcome).toBe('approved');
        await expect(asked(await waiting({ ...TWO, ...rule }, asker))).rejects.toMatchObject({ code: 'NOT_ENTITLED' });
    });
    test('the first approver can still reject', async () => {
        const incident = await waiting(TWO);
        await asked(incident);
        expect((await asked(incident, { verdict: 'reject', reason: 'seen something' })).incident).toMatchObject({
            stage: 'refused',
        });
    });
    test.each<[string, (incident: Incident) => Decision]>([
        ['a forged signature', (incident) => forged(incident, { signature: 'f'.repeat(64) })],
        ['a signature of another store', (incident) => ({ ...forged(incident, {}), ...keysOf('elsewhere').sign({}) })],
        ['an approval whose person was changed', (incident) => forged(incident, { by: person('carol') })],
        [
            'an approval of another seal',
            (incident) => {
                const { keyId: _key, signature: _signature, ...content } = forged(incident, {});
                return signDecision(keys, { ...content, seal: '0'.repeat(64) });
            },
        ],
        [
            'an approval of another incident',
            (incident) => {
                const { keyId: _key, signature: _signature, ...content } = forged(incident, {});
                return signDecision(keys, { ...content, incidentId: 'inc-00000000' });
            },
        ],
    ])('%s does not count as the first', async (_what, decisionFor) => {
        const incident = await waiting(TWO);
        if (!incident.approval) throw new Error('nothing waits');
        await tamper(incident, { approval: { ...incident.approval, decisions: [decisionFor(incident)] } });
        expect((await asked(incident)).outcome).toBe('first-of-two');
    });
    test('a lowered count in the store does not help: the sealed terms count', async () => {
        const incident = await waiting(TWO);
        if (!incident.approval) throw new Error('nothing waits');
        await tamper(incident, { approval: { ...incident.approval, needed: 1 } });
        expect((await asked(incident)).outcome).toBe('first-of-two');
    });
});

describe('refusals leave the incident waiting', () => {
    test.each<[string, Partial<DecisionRequest>, ErrorCode]>([
        ['a wrong person', { by: person('mallory') }, 'NOT_ENTITLED'],
        ['a wrong person who rejects', { by: person('mallory'), verdict: 'reject' }, 'NOT_ENTITLED'],
        ['a person with a display name on the list', { by: person('u-9', { name: 'alice' }) }, 'NOT_ENTITLED'],
        ['nobody', { by: person('') }, 'NOT_ENTITLED'],
        ['a policy', { by: { platform: 'policy', id: 'all' } }, 'NOT_ENTITLED'],
        ['an automation', { by: { platform: 'botkube', id: 'Automation "x"' } }, 'NOT_ENTITLED'],
        ['a prefix too short', { seal: 'abcdef1' }, 'INPUT_INVALID'],
        ['no seal', { seal: '' }, 'INPUT_INVALID'],
        ['a seal that is no hex', { seal: 'approve!' }, 'INPUT_INVALID'],
        ['a seal too long', { seal: 'a'.repeat(65) }, 'INPUT_INVALID'],
        ['another seal', { seal: '0'.repeat(64) }, 'PLAN_CHANGED'],
        ['an unknown incident', { incidentId: 'inc-00000000' }, 'INCIDENT_UNKNOWN'],
    ])('%s', async (_what, parts, code) => {
        const incident = await waiting();
        await expect(asked(incident, parts)).rejects.toMatchObject({ code });
        expect(await stateOf(incident.id)).toMatchObject({ stage: 'waiting', approval: { decisions: [] } });
    });

    test('the seal of another incident', async () => {
        const [incident, other] = [await waiting(), await waiting()];
        await expect(asked(incident, { seal: sealOf(other) })).rejects.toMatchObject({
            code: 'PLAN_CHANGED',
            cure: 'Decide on the newest card.',
        });
    });

    test('the button of an old card, after the plan was made anew', async () => {
        const old = await waiting();
        await asked(old, { verdict: 'reject' });
        await tamper(old, { stage: 'diagnosed' });
        const plan = aPlan(old);
        await tamper(old, {
            approval: undefined,
            stage: 'planned',
            plan,
            draft: signDraft(keys, plan),
            seal: undefined,
        });
        await expect(asked(old)).rejects.toMatchObject({ code: 'STAGE_WRONG' });
        const fresh = await temporary.incidents.change(old.id, opening(aGate(aPolicy([aRule()]))));
        await expect(asked(old)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
        expect((await asked(fresh)).outcome).toBe('approved');
    });

    test('a plan changed in the store after sealing', async () => {
        const incident = await waiting();
        if (!incident.plan) throw new Error('no plan');
        await tamper(incident, { plan: { ...incident.plan, hosts: ['web-1', 'db-1'] } });
        await expect(asked(incident)).rejects.toMatchObject({ code: 'PLAN_SIGNATURE_WRONG' });
    });

    test('an approver written into the stored terms', async () => {
        const incident = await waiting();
        if (!incident.plan?.terms) throw new Error('no terms');
        await tamper(incident, {
            plan: { ...incident.plan, terms: { ...incident.plan.terms, approvers: ['page:mallory'] } },
        });
        await expect(asked(incident, { by: person('mallory') })).rejects.toMatchObject({
            code: 'PLAN_SIGNATURE_WRONG',
        });
    });
});

describe('too late', () => {
    test('expired at the click, although nobody has written that down', async () => {
        const incident = await waiting();
        now = new Date(START.getTime() + 3_600_000);
        await expect(asked(incident)).rejects.toMatchObject({
            code: 'PLAN_EXPIRED',
            message: 'The approval expired at 13:00 UTC.',
        });
    });
    test('one millisecond before is in time', async () => {
        const incident = await waiting();
        now = new Date(START.getTime() + 3_599_999);
        expect((await asked(incident)).outcome).toBe('approved');
    });
    test('a later expiry written into the store does not help', async () => {
        const incident = await waiting();
        if (!incident.approval) throw new Error('nothing waits');
        await tamper(incident, { approval: { ...incident.approval, expiresAt: '2099-01-01T00:00:00.000Z' } });
        now = new Date(START.getTime() + 3_600_000);
        await expect(asked(incident)).rejects.toMatchObject({ code: 'PLAN_EXPIRED' });
    });
    test('expired and written down', async () => {
        const incident = await waiting();
        now = new Date(START.getTime() + 3_600_000);
        await temporary.incidents.change(incident.id, expiring);
        await expect(asked(incident)).rejects.toMatchObject({ code: 'PLAN_EXPIRED' });
    });
    test('withdrawn', async () => {
        const incident = await waiting();
        await temporary.incidents.change(incident.id, withdrawing('The alert resolved.', 'node:alert-in'));
        await expect(asked(incident)).rejects.toMatchObject({ code: 'PLAN_WITHDRAWN', message: 'The alert resolved.' });
    });
    test('denied by the policy', async () => {
        const incident = await waiting({ name: 'never', decision: 'deny' });
        const request = {
            incidentId: incident.id,
            seal: '0'.repeat(8),
            verdict: 'approve' as const,
            by: person('alice'),
        };
        await expect(decide({ incidents: temporary.incidents, keys }, request)).rejects.toMatchObject({
            code: 'POLICY_DENIED',
            message: 'Rule "never" of the approval gate denies this fix.',
        });
        expect(incident).toMatchObject({
            stage: 'refused',
            approval: { state: 'denied' },
            reason: 'Rule "never" of the approval gate denies this fix.',
        });
    });
    test('already approved says by whom and when', async () => {
        const incident = await waiting({ approvers: ['page:alice', 'page:bob'] });
        await asked(incident, { by: person('bob', { name: 'Bob' }) });
        await expect(asked(incident)).rejects.toMatchObject({
            code: 'ALREADY_DECIDED',
            message: `Incident ${incident.id} is already approved by Bob (page:bob) at 12:00 UTC.`,
        });
    });
    test('already rejected says why', async () => {
        const incident = await waiting({ approvers: ['page:alice', 'page:bob'] });
        await asked(incident, { verdict: 'reject', by: person('bob'), reason: 'maintenance' });
        await expect(asked(incident)).rejects.toMatchObject({
            code: 'ALREADY_DECIDED',
            message: expect.stringMatching(/rejected by page:bob .*: maintenance\.$/),
        });
    });
});

describe('rejecting', () => {
    test('ends it and keeps the reason', async () => {
        const { incident, outcome } = await asked(await waiting(), {
            verdict: 'reject',
            reason: 'database backup runs',
        });
        expect(outcome).toBe('rejected');
        expect(incident).toMatchObject({
            stage: 'refused',
            reason: 'Rejected by page:alice: database backup runs.',
            approval: {
                state: 'rejected',
                reason: 'database backup runs',
                decisions: [{ verdict: 'reject', reason: 'database backup runs' }],
            },
        });
    });
    test('needs no reason', async () => {
        const { incident } = await asked(await waiting(), { verdict: 'reject', reason: ' \n ' });
        expect(incident.reason).toBe('Rejected by page:alice.');
        expect(incident.approval).not.toHaveProperty('reason');
    });
    test.each<[string, string, RegExp]>([
        ['control characters', 'a\u0000b\u001b[31mc\r\nd', /^ab\[31mc d$/],
        ['a mention of the channel', '<!channel> wake up <@U1>', /^‹!channel› wake up ‹@U1›$/],
        ['direction marks', 'safe\u202etxt.exe', /^safetxt\.exe$/],
        ['half a character', 'x\ud800y', /^x\ufffdy$/],
        ['a secret', 'use password=hunter2', /^use password=\[redacted\]$/],
        ['10,000 characters', 'a'.repeat(10_000), /^a{499}…$/],
    ])('a reason with %s is cleaned', async (_what, reason, kept) => {
        const { incident } = await asked(await waiting(), { verdict: 'reject', reason });
        expect(incident.approval?.reason).toMatch(kept);
    });
    test('a display name is cleaned too', async () => {
        const { incident } = await asked(await waiting(), { by: person('alice', { name: '<!here>\u202e' }) });
        expect(incident.approval?.decisions[0]?.by.name).toBe('‹!here›');
    });
});

describe('many clicks at the same moment', () => {
    const crowd = Array.from({ length: 50 }, (_, index) => `user-${index}`);
    const everybody = crowd.map((id) => `page:${id}`);

    async function clicks(incident: Incident, verdictOf: (index: number) => Decision['verdict']) {
        const results = await Promise.allSettled(
            crowd.map((id, index) => asked(incident, { by: person(id), verdict: verdictOf(index) })),
        );
        return {
            won: results.flatMap((result) => (result.status === 'fulfilled' ? [result.value.outcome] : [])),
            lost: results.flatMap((result) =>
                result.status === 'rejected' ? [(result.reason as { code: string }).code] : [],
            ),
        };
    }

    test('of 50 approvals one wins, the others hear that it is decided', async () => {
        const incident = await waiting({ approvers: everybody });
        const { won, lost } = await clicks(incident, () => 'approve');
        expect(won).toEqual(['approved']);
        expect(new Set(lost)).toEqual(new Set(['ALREADY_DECIDED']));
        expect((await stateOf(incident.id)).approval?.decisions).toHaveLength(1);
    });
    test('of 50 approvals where two are needed, two of different people count', async () => {
        const incident = await waiting({ decision: 'two', approvers: everybody });
        const { won } = await clicks(incident, () => 'approve');
        expect(won.sort()).toEqual(['approved', 'first-of-two']);
        expect(new Set((await stateOf(incident.id)).approval?.decisions.map(({ by }) => by.id)).size).toBe(2);
    });
    test('approvals and rejections at once end in one of both', async () => {
        const incident = await waiting({ approvers: everybody });
        const { won } = await clicks(incident, (index) => (index % 2 === 0 ? 'approve' : 'reject'));
        expect(won).toHaveLength(1);
        expect((await stateOf(incident.id)).stage).toBe(won[0] === 'approved' ? 'approved' : 'refused');
    });
});
