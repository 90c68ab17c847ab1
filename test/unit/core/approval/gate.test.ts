import { decide } from '../../../../nodes/core/approval/decide';
import { verifyDecision } from '../../../../nodes/core/approval/decision';
import {
    APPROVED,
    escalating,
    escalationDue,
    expiring,
    gateText,
    isHeldBy,
    leaving,
    opening,
    REFUSED,
    WAITING,
} from '../../../../nodes/core/approval/gate';
import type { Policy } from '../../../../nodes/core/model/approval';
import type { Incident } from '../../../../nodes/core/model/incident';
import { shortSeal } from '../../../../nodes/core/model/plan';
import { verifySeal } from '../../../../nodes/core/signing/seal';
import type { Transition } from '../../../../nodes/core/store/incidents';
import {
    aGate,
    aPlannedIncident,
    aPolicy,
    aRule,
    atTheGate,
    keys,
    keysOf,
    person,
    sealOf,
    termsOf,
} from '../../../support/approvals';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

const START = new Date('2026-03-04T12:00:00.000Z');
const POLICY: Policy = aPolicy([aRule()]);

let temporary: TemporaryStore;
let now: Date;

beforeEach(async () => {
    now = START;
    temporary = await temporarySqlite(() => now);
});
afterEach(() => temporary.close());

const change = (incident: Incident, transition: Transition) => temporary.incidents.change(incident.id, transition);
const later = (seconds: number) => {
    now = new Date(START.getTime() + seconds * 1000);
};
const typesOf = async (incident: Incident) =>
    (await temporary.store.timeline(incident.id)).slice(1).map(({ type }) => type);

describe('a planned incident comes', () => {
    test('its plan is sealed with the terms, and it waits', async () => {
        const incident = await atTheGate(temporary.incidents, {});
        expect(incident).toMatchObject({
            stage: 'waiting',
            approval: {
                state: 'waiting',
                needed: 1,
                decisions: [],
                since: START.toISOString(),
                expiresAt: '2026-03-04T13:00:00.000Z',
            },
            flow: { node: 'gate', state: 'sent', port: WAITING },
        });
        expect(termsOf(incident)).toMatchObject({
            gate: 'gate',
            rule: 'all',
            decision: 'one',
            approvers: ['page:alice'],
        });
        expect(incident.plan && incident.seal && verifySeal(incident.plan, incident.seal, keys)).toBe(true);
        expect(await typesOf(incident)).toEqual(['plan.sealed', 'approval.waiting']);
        expect(gateText(incident)).toBe(
            `"Free disk space" on web-1 waits for an approval until 13:00 UTC, seal ${shortSeal(sealOf(incident))}.`,
        );
    });

    test('a rule may approve it by itself, signed by name', async () => {
        const incident = await atTheGate(temporary.incidents, { name: 'dev is free', decision: 'automatic' });
        expect(incident).toMatchObject({
            stage: 'approved',
            approval: { state: 'approved', needed: 0 },
            flow: { port: APPROVED },
        });
        const [decision] = incident.approval?.decisions ?? [];
        expect(decision).toMatchObject({
            by: { platform: 'policy', id: 'dev is free' },
            seal: sealOf(incident),
            verdict: 'approve',
        });
        expect(decision && verifyDecision(keys, decision)).toBe(true);
        expect(gateText(incident)).toBe('"Free disk space" on web-1 is approved by rule "dev is free".');
    });

    test('no rule refuses it, unsealed', async () => {
        const incident = await atTheGate(temporary.incidents, { risks: ['low'] });
        expect(incident).toMatchObject({ stage: 'refused', approval: { state: 'denied' }, flow: { port: REFUSED } });
        expect(incident.seal).toBeUndefined();
        expect(gateText(incident)).toBe('No rule of the approval gate allows a medium-risk fix for this alert now.');
    });

    test('when its alerts have resolved, nobody is asked', async () => {
        const planned = aPlannedIncident();
        const alerts = planned.alerts.map((alert) => ({ ...alert, status: 'resolved' as const }));
        const incident = await atTheGate(temporary.incidents, { decision: 'automatic' }, { alerts });
        expect(incident).toMatchObject({ stage: 'refused', approval: { state: 'withdrawn' }, flow: { port: REFUSED } });
    });

    test('the reason of an earlier refusal is gone', async () => {
        expect(await atTheGate(temporary.incidents, {}, { reason: 'rejected before' })).not.toHaveProperty('reason');
    });

    test.each(['open', 'diagnosed', 'waiting', 'approved', 'refused', 'closed'] as const)(
        'one that is %s is not taken',
        (stage) => {
            expect(() => opening(aGate(POLICY))(aPlannedIncident({ stage }), START)).toThrow(
                expect.objectContaining({ code: 'STAGE_WRONG' }),
            );
        },
    );
});

describe('time passes', () => {
    test('an approval expires at its time, not before', async () => {
        const incident = await atTheGate(temporary.incidents, {});
        later(3599);
        expect(await change(incident, expiring)).toMatchObject({ stage: 'waiting' });
        later(3600);
        expect(await change(incident, expiring)).toMatchObject({
            stage: 'refused',
            approval: { state: 'expired' },
            reason: 'Nobody decided until 13:00 UTC; the approval expired.',
        });
    });

    test('what is decided does not expire', async () => {
        const incident = await atTheGate(temporary.incidents, {});
        await decide(
            { incidents: temporary.incidents, keys },
            { incidentId: incident.id, seal: sealOf(incident), verdict: 'approve', by: person('alice') },
        );
        later(9999);
        expect(await change(incident, expiring)).toMatchObject({ stage: 'approved' });
    });

    test('it is called out once, before it expires', async () => {
        const incident = await atTheGate(temporary.incidents, {});
        expect(escalationDue(incident, POLICY)).toEqual(new Date('2026-03-04T12:50:00.000Z'));
        later(2999);
        await change(incident, escalating(POLICY));
        expect(await typesOf(incident)).not.toContain('approval.escalated');
        later(3000);
        const escalated = await change(incident, escalating(POLICY));
        expect(escalated).toMatchObject({ stage: 'waiting', approval: { escalatedAt: '2026-03-04T12:50:00.000Z' } });
        expect(escalationDue(escalated, POLICY)).toBeUndefined();
        await change(incident, escalating(POLICY));
        expect((await typesOf(incident)).filter((type) => type === 'approval.escalated')).toHaveLength(1);
    });

    test('zero seconds mean that it is never called out', async () => {
        expect(
            escalationDue(await atTheGate(temporary.incidents, {}), aPolicy([aRule()], { escalateSeconds: 0 })),
        ).toBeUndefined();
    });
});

describe('a decided incident leaves', () => {
    async function approved(rule = {}): Promise<Incident> {
        const incident = await atTheGate(temporary.incidents, rule);
        await decide(
            { incidents: temporary.incidents, keys },
            { incidentId: incident.id, seal: sealOf(incident), verdict: 'approve', by: person('alice') },
        );
        return incident;
    }

    test('not while it waits', async () => {
        const incident = await atTheGate(temporary.incidents, {});
        expect(isHeldBy('gate', await change(incident, leaving(aGate(POLICY))))).toBe(true);
    });

    test('once, on the output of its decision', async () => {
        const incident = await approved();
        const left = await change(incident, leaving(aGate(POLICY)));
        expect(left).toMatchObject({ stage: 'approved', flow: { port: APPROVED } });
        expect(isHeldBy('gate', left)).toBe(false);
        await change(incident, leaving(aGate(POLICY)));
        expect((await typesOf(incident)).filter((type) => type === 'flow.sent')).toHaveLength(1);
    });

    test('not through another gate', async () => {
        expect(await change(await approved(), leaving(aGate(POLICY, { id: 'other' })))).toMatchObject({
            flow: { port: WAITING },
        });
    });

    test.each<[string, (incident: Incident) => Partial<Incident>]>([
        [
            'no decision',
            ({ approval }) => ({ approval: approval && { ...approval, state: 'approved', decisions: [] } }),
        ],
        [
            'an unsigned decision',
            ({ approval }) => ({
                approval: approval && {
                    ...approval,
                    decisions: approval.decisions.map((one) => ({ ...one, signature: '00' })),
                },
            }),
        ],
        ['a plan changed since', ({ plan }) => ({ plan: plan && { ...plan, hosts: ['db-1'] } })],
        ['no seal', () => ({ seal: undefined })],
    ])('with %s it is refused, whatever the stored stage says', async (_what, parts) => {
        const incident = await approved();
        await change(incident, (stored) => ({
            incident: { ...stored, ...parts(stored) },
            entries: [{ type: 'alerts.repeated', by: 'node:alert-in', text: 'Tampered.' }],
        }));
        expect(await change(incident, leaving(aGate(POLICY)))).toMatchObject({
            stage: 'refused',
            flow: { port: REFUSED },
            approval: { state: 'denied' },
        });
    });

    test('signed by another store it is refused', async () => {
        expect(await change(await approved(), leaving(aGate(POLICY, { keys: keysOf('elsewhere') })))).toMatchObject({
            stage: 'refused',
        });
    });
});
