import { signDecision, verifyDecision } from '../../../../nodes/core/approval/decision';
import { termsFor } from '../../../../nodes/core/approval/policy';
import { KeyRing, signingKey } from '../../../../nodes/core/signing/keys';
import { sealPlan, verifySeal } from '../../../../nodes/core/signing/seal';
import { aPlan, aPlannedIncident, aPolicy, aRule, keys, keysOf, person } from '../../../support/approvals';

const incident = aPlannedIncident();
const plan = aPlan(incident);
const terms = termsFor(aPolicy([aRule()]), incident, plan, new Date('2026-01-01T00:00:00Z'), 'gate');
const sealed = sealPlan(plan, terms, keys);

test('a sealed plan verifies, and after a journey through JSON too', () => {
    expect(verifySeal(sealed.plan, sealed.seal, keys)).toBe(true);
    expect(verifySeal(JSON.parse(JSON.stringify(sealed.plan)), sealed.seal, keys)).toBe(true);
});

test.each([
    ['another parameter', { parameters: { path: '/' } }],
    ['another host', { hosts: ['web-1', 'web-2'] }],
    ['a playbook edited since', { files: { 'playbooks/free.yml': 'd'.repeat(64) } }],
    ['another dry run', { dryRun: { ...plan.dryRun, digest: 'd'.repeat(64) } }],
    ['more approvers', { terms: { ...terms, approvers: ['page:alice', 'page:mallory'] } }],
    ['a later expiry', { terms: { ...terms, expiresAt: '2027-01-01T00:00:00.000Z' } }],
    ['fewer approvals asked', { terms: { ...terms, decision: 'automatic' as const } }],
    ['no terms', { terms: undefined }],
])('%s breaks the seal', (_what, parts) => {
    expect(verifySeal({ ...sealed.plan, ...parts }, sealed.seal, keys)).toBe(false);
});

test('a seal of another store does not hold', () => {
    expect(verifySeal(sealed.plan, sealPlan(plan, terms, keysOf('elsewhere')).seal, keys)).toBe(false);
});

test('a seal outlives a change of keys while the old key is kept', () => {
    const old = signingKey(Buffer.from('old'));
    const { plan: before, seal } = sealPlan(plan, terms, new KeyRing([old]));
    expect(verifySeal(before, seal, new KeyRing([signingKey(Buffer.from('new')), old]))).toBe(true);
    expect(verifySeal(before, seal, new KeyRing([signingKey(Buffer.from('new'))]))).toBe(false);
});

describe('a decision', () => {
    const decision = signDecision(keys, {
        incidentId: incident.id,
        seal: sealed.seal.digest,
        verdict: 'reject',
        by: person('alice'),
        at: '2026-01-01T00:00:00.000Z',
        reason: 'not now',
    });

    test('verifies as it was signed', () => {
        expect(verifyDecision(keys, decision)).toBe(true);
    });
    test.each([
        ['another verdict', { verdict: 'approve' as const }],
        ['another person', { by: person('mallory') }],
        ['another seal', { seal: '0'.repeat(64) }],
        ['another incident', { incidentId: 'inc-other' }],
        ['another time', { at: '2026-01-01T00:00:01.000Z' }],
        ['another reason', { reason: 'fine' }],
        ['no reason', { reason: undefined }],
        ['an unknown key', { keyId: '00000000' }],
        ['an empty signature', { signature: '' }],
        ["the seal's own signature", { signature: sealed.seal.signature }],
    ])('with %s does not verify', (_what, parts) => {
        expect(verifyDecision(keys, { ...decision, ...parts })).toBe(false);
    });
});
