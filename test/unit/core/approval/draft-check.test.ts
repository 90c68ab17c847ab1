import { decide } from '../../../../nodes/core/approval/decide';
import { opening, REFUSED } from '../../../../nodes/core/approval/gate';
import { auditIncident } from '../../../../nodes/core/audit/incident-audit';
import { buildCard } from '../../../../nodes/core/chat/build-card';
import type { Incident } from '../../../../nodes/core/model/incident';
import type { Plan } from '../../../../nodes/core/model/plan';
import { KeyRing } from '../../../../nodes/core/signing/keys';
import { isOurDiagnosis, isOurDraft, signDiagnosis, signDraft } from '../../../../nodes/core/signing/provenance';
import { sealPlan } from '../../../../nodes/core/signing/seal';
import {
    aGate,
    aPlannedIncident,
    aPolicy,
    aRule,
    drafted,
    keys,
    keysOf,
    person,
    sealOf,
    termsOf,
} from '../../../support/approvals';
import { DIAGNOSIS } from '../../../support/cards';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

const NOW = new Date('2026-01-01T00:05:00.000Z');
const gate = aGate(aPolicy([aRule({ decision: 'automatic', approvers: [] })]));
const elsewhere = keysOf('elsewhere');

const planned = (): Incident & { plan: Plan } =>
    aPlannedIncident({ diagnosis: DIAGNOSIS }) as Incident & { plan: Plan };
const withPlan = (change: Partial<Plan>): Incident => {
    const incident = planned();
    return { ...incident, plan: { ...incident.plan, ...change } };
};

describe('the gate refuses', () => {
    test.each<[string, string, string, () => Incident]>([
        [
            'a plan without a signature',
            'carries no signature',
            'PLAN_SIGNATURE_WRONG',
            () => ({ ...planned(), draft: undefined }),
        ],
        [
            'a plan signed elsewhere',
            'is not signed with a key',
            'PLAN_SIGNATURE_WRONG',
            () => drafted(planned(), elsewhere),
        ],
        [
            'a plan that was changed since it was signed',
            'not the one that the dry run made',
            'PLAN_SIGNATURE_WRONG',
            () => withPlan({ timeoutSeconds: 86_400 }),
        ],
        [
            'the signed plan of another incident',
            'was made for the incident',
            'PLAN_SIGNATURE_WRONG',
            () => {
                const { plan, draft } = planned();
                return { ...planned(), plan, draft };
            },
        ],
        [
            'a signed plan whose number is a path',
            'no valid nonce',
            'PLAN_SIGNATURE_WRONG',
            () => drafted(withPlan({ nonce: '../../kept' })),
        ],
        [
            'a plan of an earlier version',
            'of an earlier version',
            'PLAN_CHANGED',
            () => drafted(withPlan({ about: undefined })),
        ],
        [
            'a plan whose cause was changed since',
            'The diagnosis of',
            'PLAN_CHANGED',
            () => ({ ...planned(), diagnosis: { ...DIAGNOSIS, cause: 'Nothing is wrong.' } }),
        ],
        [
            'a plan whose requester was taken out of the record',
            'Who asked',
            'PLAN_CHANGED',
            () => {
                const { requestedBy: _bob, ...incident } = aPlannedIncident({ requestedBy: person('bob') });
                return incident;
            },
        ],
    ])('%s', (_what, says, code, incident) => {
        const change = opening(gate)(incident(), NOW);
        expect(change.incident).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining(says),
            approval: { state: 'denied', decisions: [] },
            flow: { port: REFUSED },
        });
        expect(change.incident.seal).toBeUndefined();
        expect(change.entries).toMatchObject([{ type: 'approval.denied', data: { code } }]);
    });

    test('nothing of a plan that its dry run signed, also after the key was rotated', () => {
        const rotated = new KeyRing([...keyOf('new'), ...keyOf('this store')] as never);
        expect(opening({ ...gate, keys: rotated })(planned(), NOW).incident.stage).toBe('approved');
    });
});

function keyOf(word: string) {
    return (keysOf(word) as unknown as { keys: object[] }).keys;
}

describe('while a plan waits', () => {
    let opened: TemporaryStore;
    beforeEach(async () => {
        opened = await temporarySqlite(() => NOW);
    });
    afterEach(() => opened.close());

    async function waiting(change: (incident: Incident) => Incident = (incident) => incident): Promise<Incident> {
        const incident = planned();
        await opened.incidents.create(incident, [
            {
                type: 'plan.made',
                by: 'node:ansible-exec',
                text: 'Made.',
                data: { draft: incident.draft?.digest ?? '' },
            },
        ]);
        const sealed = await opened.incidents.change(incident.id, opening(aGate(aPolicy([aRule()]))));
        return opened.incidents.change(sealed.id, (found) => ({
            incident: change(found),
            entries: [{ type: 'flow.resumed', by: 'node:test', text: 'Written over.' }],
        }));
    }

    const decided = (incident: Incident, verdict: 'approve' | 'reject') =>
        decide(
            { incidents: opened.incidents, keys },
            { incidentId: incident.id, seal: sealOf(incident), verdict, by: person('alice') },
        );

    const cause = (incident: Incident): Incident => ({
        ...incident,
        diagnosis: { ...DIAGNOSIS, cause: 'Only a log is rotated.' },
    });
    const earlier = (incident: Incident): Incident => {
        const { about: _about, ...plan } = incident.plan as Plan;
        return { ...incident, ...sealPlan(plan, termsOf(incident), keys) };
    };

    test.each([
        ['another cause', cause],
        ['a plan of an earlier version', earlier],
    ])('%s has no buttons, says why, and cannot be approved; it can be rejected', async (_what, change) => {
        const incident = await waiting(change);
        const card = buildCard(incident, 'en-US', NOW);
        expect(card.decision).toBeUndefined();
        expect(card.sections[0]).toMatchObject({ title: 'Nobody can approve this' });
        await expect(decided(incident, 'approve')).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
        expect((await decided(incident, 'reject')).outcome).toBe('rejected');
    });

    test('new alerts and new texts of alerts are no difference, and the card says what the fix is not for', async () => {
        const incident = await waiting((found) => ({
            ...found,
            severity: 'page',
            alerts: [
                ...found.alerts.map((alert) => ({ ...alert, annotations: { summary: 'It is worse.' } })),
                { ...found.alerts[0]!, fingerprint: 'f'.repeat(16), annotations: { summary: 'Another one.' } },
            ],
        }));
        const card = buildCard(incident, 'en-US', NOW);
        expect(card.decision).toBeDefined();
        const shown = JSON.stringify(card);
        expect(shown).not.toContain('It is worse.');
        expect(shown).toMatch(/Another one\.[^"]* · not covered by this fix/);
        expect(card.fields).toContainEqual({ label: 'Severity', value: 'critical' });
        expect((await decided(incident, 'approve')).outcome).toBe('approved');
    });

    test('the audit finds a plan that is not the one its dry run made', async () => {
        const whole = await waiting();
        expect((await auditIncident(opened.store, keys, whole.id)).state).toBe('not-anchored');
        const other = await waiting((found) => ({ ...found, plan: { ...(found.plan as Plan), hosts: ['db-1'] } }));
        expect(await auditIncident(opened.store, keys, other.id)).toMatchObject({
            state: 'broken',
            fault: 'state-altered',
            what: 'plan',
            seq: 1,
        });
    });
});

test('signatures of diagnosis and draft hold after a store has written and read them, for nothing else', () => {
    const { id, plan } = planned();
    const signed = signDiagnosis(keys, id, { ...DIAGNOSIS, cause: 'half a character: \ud83d' });
    expect(isOurDiagnosis(keys, id, JSON.parse(JSON.stringify(signed)))).toBe(true);
    expect(isOurDiagnosis(keys, 'inc-other', signed)).toBe(false);
    expect(isOurDiagnosis(elsewhere, id, signed)).toBe(false);
    const draft = signDraft(keys, plan);
    expect(isOurDraft(keys, JSON.parse(JSON.stringify(plan)), draft)).toBe(true);
    expect(isOurDraft(keys, { ...plan, ...sealPlan(plan, {} as never, keys).plan }, draft)).toBe(true);
    const { signature } = sealPlan(plan, {} as never, keys).seal;
    expect(isOurDraft(keys, plan, { ...draft, signature })).toBe(false);
});
