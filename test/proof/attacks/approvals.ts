import { decide } from '../../../nodes/core/approval/decide';
import { signDecision } from '../../../nodes/core/approval/decision';
import { withdrawing } from '../../../nodes/core/approval/withdraw';
import type { Decision } from '../../../nodes/core/model/approval';
import type { Identity } from '../../../nodes/core/model/identity';
import type { Incident } from '../../../nodes/core/model/incident';
import { KeyRing, signingKey } from '../../../nodes/core/signing/keys';
import type { Group } from '../matrix';
import { type Attack, attackGroup } from './attack';
import { ALICE, BOB, MALLORY, type Target } from './target';

/** A key that this system never had. */
export const STRANGE_KEYS = new KeyRing([signingKey(Buffer.alloc(32, 9))]);

const SAM: Identity = { platform: 'slack', id: 'T1/U1' };
const GROUP = { approvers: 'slack-group:T1/S1' };

interface Click {
    by?: Identity;
    seal?: string;
    verdict?: Decision['verdict'];
}

/** A decision as every chat, page and plugin hands it in. */
async function click(
    target: Target,
    { id, seal }: Incident,
    { by = ALICE, verdict = 'approve', ...given }: Click = {},
): Promise<Incident> {
    const {
        keys,
        directory,
        storage: { incidents },
    } = target;
    const { incident } = await decide(
        { incidents, keys, directory },
        { incidentId: id, seal: given.seal ?? seal?.digest ?? '', verdict, by },
    );
    return incident;
}

function clickOf(name: string, code: Attack['code'], says: Attack['says'], asked: Click): Attack {
    return { name, code, says, from: 'waiting', attack: (target, incident) => click(target, incident, asked) };
}

const later = (target: Target, seconds: number): void => {
    target.clock = () => new Date(Date.now() + seconds * 1000);
};

const CLICKS: Attack[] = [
    clickOf('Somebody whom the policy does not name approves', 'NOT_ENTITLED', 'page:mallory', { by: MALLORY }),
    clickOf('Somebody takes the display name of an approver, and approves', 'NOT_ENTITLED', 'page:mallory', {
        by: { ...MALLORY, name: 'alice' },
    }),
    clickOf("An account of another chat that is called like an approver's approves", 'NOT_ENTITLED', 'slack:alice', {
        by: { platform: 'slack', id: 'alice' },
    }),
    clickOf("An account whose name differs from an approver's in one capital approves", 'NOT_ENTITLED', 'page:Alice', {
        by: { platform: 'page', id: 'Alice' },
    }),
    clickOf("An account whose name is an approver's and a blank approves", 'NOT_ENTITLED', 'may not decide', {
        by: { platform: 'page', id: 'alice ' },
    }),
    clickOf(
        "An account whose name looks like an approver's, with a Cyrillic letter, approves",
        'NOT_ENTITLED',
        'may not decide',
        { by: { platform: 'page', id: '\u0430lice' } },
    ),
    clickOf('Somebody without a name approves', 'NOT_ENTITLED', 'may not decide', { by: { platform: 'page', id: '' } }),
    clickOf('Somebody claims to be a rule of the policy', 'NOT_ENTITLED', 'policy:all', {
        by: { platform: 'policy', id: 'all' },
    }),
    clickOf('Somebody approves without saying what', 'INPUT_INVALID', 'at least the 8 characters', { seal: '' }),
    clickOf('Somebody approves with a pattern in place of the seal', 'INPUT_INVALID', 'at least the 8 characters', {
        seal: '........',
    }),
    clickOf('The seal of another plan is approved', 'PLAN_CHANGED', 'not the current plan', { seal: 'f'.repeat(64) }),
    {
        name: 'The button of an earlier plan of the same incident is pressed',
        code: 'PLAN_CHANGED',
        says: 'not the current plan',
        from: 'waiting',
        attack: async (target, incident) => {
            await target.change(incident.id, (stored) => ({
                incident: { ...stored, seal: { ...stored.seal!, digest: 'e'.repeat(64) } },
                entries: [{ type: 'plan.sealed', by: 'node:approval-gate', text: 'Sealed anew.' }],
            }));
            await click(target, incident);
        },
    },
    {
        name: 'The button is pressed after the approval expired',
        code: 'PLAN_EXPIRED',
        says: 'expired at',
        from: 'waiting',
        attack: (target, incident) => {
            later(target, 601);
            return click(target, incident);
        },
    },
    {
        name: 'The button is pressed after the alert resolved, and the plan was withdrawn',
        code: 'PLAN_WITHDRAWN',
        says: 'resolved',
        from: 'waiting',
        attack: async (target, incident) => {
            await target.change(incident.id, withdrawing('The alert resolved by itself.', 'node:alert-in'));
            await click(target, incident);
        },
    },
    {
        name: 'One rejects, then another approves',
        code: 'ALREADY_DECIDED',
        says: /already rejected by page:bob/,
        from: 'waiting',
        attack: async (target, incident) => {
            await click(target, incident, { by: BOB, verdict: 'reject' });
            await click(target, incident);
        },
    },
    {
        name: 'One person clicks twice where two must approve',
        code: 'ALREADY_DECIDED',
        says: 'a second person',
        from: 'waiting',
        options: { decision: 'two' },
        attack: async (target, incident) => {
            await click(target, incident);
            await click(target, incident, { by: { ...ALICE, name: 'Somebody else' } });
        },
    },
    {
        name: 'One person clicks twice at the same moment where two must approve',
        code: 'ALREADY_DECIDED',
        says: 'a second person',
        from: 'waiting',
        options: { decision: 'two' },
        attack: async (target, incident) => {
            const [first, second] = await Promise.allSettled([click(target, incident), click(target, incident)]);
            for (const one of [first, second]) if (one?.status === 'rejected') throw one.reason;
        },
    },
    {
        name: 'The policy denies the fix, and somebody approves all the same',
        code: 'POLICY_DENIED',
        says: 'denies',
        from: 'planned',
        options: { decision: 'deny' },
        attack: async (target, incident) => {
            const gated = await target.approve(incident.id);
            await click(target, { ...incident, seal: { digest: '0'.repeat(64), keyId: '', signature: '' }, ...gated });
        },
    },
    {
        name: 'No rule of the policy is for this risk',
        code: 'POLICY_DENIED',
        says: 'No rule',
        from: 'planned',
        options: { risks: ['high'] },
        attack: (target, { id }) => target.approve(id, []),
    },
];

type Forge = (decision: Decision, target: Target, incident: Incident) => Decision[];

/** The stored decisions are replaced by what `forge` makes of the honest one. */
function forged(name: string, forge: Forge, parts: Partial<Attack> = {}): Attack {
    return {
        name,
        code: 'NOT_APPROVED',
        says: 'signed approval',
        ...parts,
        attack: (target, { id }) =>
            target.tamper(id, (incident) => {
                const [decision] = incident.approval?.decisions ?? [];
                if (!incident.approval || !decision) throw new Error('nobody has approved');
                return {
                    ...incident,
                    approval: { ...incident.approval, decisions: forge(decision, target, incident) },
                };
            }),
    };
}

/** Signed with the right key, and about something else. */
const signed =
    (change: Partial<Decision>): Forge =>
    ({ keyId: _key, signature: _signature, ...content }, target) => [
        signDecision(target.keys, { ...content, ...change }),
    ];

const FORGED: Attack[] = [
    forged('The approval is taken away, and the stage left', () => []),
    forged('An approval without a signature is written down', (decision) => [{ ...decision, signature: '' }]),
    forged('An approval is signed with a key of the attacker', ({ keyId: _key, signature: _signature, ...content }) => [
        signDecision(STRANGE_KEYS, content),
    ]),
    forged(
        'An approval is signed with a key of the attacker, under the id of the right one',
        ({ keyId, signature: _signature, ...content }) => [{ ...signDecision(STRANGE_KEYS, content), keyId }],
    ),
    forged('A signed approval gets another name', (decision) => [{ ...decision, by: MALLORY }]),
    forged('A signed approval gets another time', (decision) => [{ ...decision, at: '2030-01-01T00:00:00.000Z' }]),
    forged('A signed approval of another incident is copied', signed({ incidentId: 'inc-other' })),
    forged('A signed approval of another plan is copied', signed({ seal: 'f'.repeat(64) })),
    forged('A signed approval of another incident is copied, and its id rewritten', (decision, target, incident) =>
        signed({ incidentId: 'inc-other' })(decision, target, incident).map((one) => ({
            ...one,
            incidentId: incident.id,
        })),
    ),
    forged('A signed rejection is called an approval', (decision, target, incident) =>
        signed({ verdict: 'reject' })(decision, target, incident).map((one) => ({
            ...one,
            verdict: 'approve' as const,
        })),
    ),
    forged('A rejection lies where an approval should', signed({ verdict: 'reject' })),
    forged(
        'The approval of one person is there twice where two must approve',
        (decision) => [decision, { ...decision }],
        {
            options: { decision: 'two' },
            people: [ALICE, BOB],
            says: 'needs 2',
        },
    ),
    forged('An approval of somebody whom the terms do not name is rightly signed', signed({ by: MALLORY }), {
        code: 'NOT_ENTITLED',
        says: 'page:mallory',
    }),
    forged(
        'An approval of a rule is rightly signed where a person must approve',
        signed({ by: { platform: 'policy', id: 'all' } }),
        { code: 'NOT_ENTITLED', says: 'policy:all' },
    ),
];

const MEANWHILE: Attack[] = [
    {
        name: 'The approver was taken out of the policy after the click',
        code: 'POLICY_STRICTER',
        says: '0 of them approved',
        attack: (target) => {
            target.policy = target.policyWith({ approvers: ['page:bob'] });
        },
    },
    {
        name: 'The policy asks for two since the click',
        code: 'POLICY_STRICTER',
        says: 'asks for 2',
        attack: (target) => {
            target.policy = target.policyWith({ decision: 'two' });
        },
    },
    {
        name: 'The policy denies since the click',
        code: 'POLICY_STRICTER',
        says: 'denies',
        attack: (target) => {
            target.policy = target.policyWith({ decision: 'deny' });
        },
    },
    {
        name: 'The policy has no rule for the fix since the click',
        code: 'POLICY_STRICTER',
        says: 'No rule',
        attack: (target) => {
            target.policy = target.policyWith({ risks: ['high'] });
        },
    },
    {
        name: 'A rule approved, and the policy asks a person since',
        code: 'POLICY_STRICTER',
        says: 'asks for 1',
        options: { decision: 'automatic' },
        attack: (target) => {
            target.policy = target.policyWith({ decision: 'one' });
        },
    },
    {
        name: 'The approval gate is gone since the click',
        code: 'POLICY_STRICTER',
        says: 'not deployed',
        attack: (target) => {
            target.policy = undefined;
        },
    },
    {
        name: 'The approver has left the Slack group since the click',
        code: 'NOT_ENTITLED',
        says: 'slack:T1/U1',
        from: 'waiting',
        options: GROUP,
        attack: async (target, incident) => {
            target.directory = { isMember: async () => true };
            await click(target, incident, { by: SAM });
            target.directory = { isMember: async () => false };
        },
    },
    {
        name: 'Slack cannot say who is in the group',
        code: 'NOT_ENTITLED',
        says: 'slack:T1/U1',
        from: 'waiting',
        options: GROUP,
        attack: async (target, incident) => {
            target.directory = { isMember: async () => true };
            await click(target, incident, { by: SAM });
            target.directory = { isMember: async () => Promise.reject(new Error('Slack is down')) };
        },
    },
    {
        name: 'The approval expires between click and run',
        code: 'PLAN_EXPIRED',
        says: 'expired at',
        attack: (target) => later(target, 601),
    },
    {
        name: 'The alert resolves between click and run, and the plan is withdrawn',
        code: 'PLAN_WITHDRAWN',
        says: 'resolved',
        attack: (target, { id }) => target.change(id, withdrawing('The alert resolved by itself.', 'node:alert-in')),
    },
    {
        name: 'The alert has cleared, and nobody has told Node-RED',
        code: 'ALERT_NOT_FIRING',
        says: 'does not fire',
        attack: (target) => {
            target.alertState = 'cleared';
        },
    },
    {
        name: 'Alertmanager cannot say whether the alert fires',
        code: 'ALERT_STATE_UNKNOWN',
        says: 'ECONNREFUSED',
        attack: (target) => {
            target.alertState = 'down';
        },
    },
    {
        name: 'Another fix is at work on the host',
        code: 'TARGET_BUSY',
        says: 'inc-other',
        prepare: () => undefined,
        attack: async (target) => {
            await target.storage.store.leases.take('host:web-1', 'inc-other/nonce/1', 60_000);
        },
    },
    {
        name: 'A fix that has run is told to run again',
        code: 'ALREADY_RUN',
        says: 'runs once',
        ranBefore: ['ran'],
        attack: async (target, { id }) => {
            await target.run(id);
        },
    },
];

/** Somebody approves who may not, or lends an approval that was for something else. */
export const approvals: Group = attackGroup('Approvals that are none', [...CLICKS, ...FORGED, ...MEANWHILE]);
