import { termsFor } from '../../../../nodes/core/approval/policy';
import { isInWindow } from '../../../../nodes/core/approval/window';
import type { Policy, PolicyRule, TimeWindow } from '../../../../nodes/core/model/approval';
import type { Alert } from '../../../../nodes/core/model/incident';
import type { Risk } from '../../../../nodes/core/model/runbook';
import { parseMatchers } from '../../../../nodes/core/text/matcher';
import { aPlan, aPolicy, aRule } from '../../../support/approvals';
import { anIncident } from '../../../support/incidents';

const NOON = new Date('2026-03-04T12:00:00Z');

function alertWith(labels: Record<string, string>): Alert {
    return {
        fingerprint: '0123456789abcdef',
        status: 'firing',
        labels,
        annotations: {},
        startsAt: '2026-01-01T00:00:00.000Z',
    };
}

function terms(policy: Policy, alerts: Record<string, string>[], risk: Risk = 'low', now = NOON) {
    const incident = anIncident({ labels: {}, alerts: alerts.map(alertWith) });
    const plan = aPlan(incident, { action: { id: 'free', title: 'Free', risk, playbook: 'free.yml' } });
    return termsFor(policy, incident, plan, now, 'gate-1');
}

function rule(name: string, match: string, parts: Partial<PolicyRule> = {}): PolicyRule {
    return aRule({ name, match: parseMatchers(match), ...parts });
}

describe('the first matching rule', () => {
    const policy = aPolicy([
        rule('no databases', 'team="db"', { decision: 'deny' }),
        rule('dev is free', 'env=~"dev|test"', { risks: ['low', 'medium'], decision: 'automatic' }),
        rule('prod by two', 'env="prod"', { risks: ['high'], decision: 'two', approvers: ['page:alice', 'page:bob'] }),
        rule('prod by one', 'env="prod"', { risks: ['low', 'medium'] }),
    ]);

    test.each<[Record<string, string>, Risk, string, string]>([
        [{ env: 'dev', team: 'db' }, 'low', 'deny', 'no databases'],
        [{ env: 'dev', team: 'web' }, 'low', 'automatic', 'dev is free'],
        [{ env: 'test' }, 'medium', 'automatic', 'dev is free'],
        [{ env: 'dev' }, 'high', 'deny', 'none'],
        [{ env: 'prod' }, 'low', 'one', 'prod by one'],
        [{ env: 'prod' }, 'high', 'two', 'prod by two'],
        [{ env: 'development' }, 'low', 'deny', 'none'],
        [{}, 'low', 'deny', 'none'],
    ])('%j at %s risk is %s by rule "%s"', (labels, risk, decision, name) => {
        expect(terms(policy, [labels], risk)).toMatchObject({ decision, rule: name, gate: 'gate-1' });
    });

    test('no rule denies with a sentence', () => {
        expect(terms(aPolicy([]), [{}]).reason).toBe(
            'No rule of the approval gate allows a low-risk fix for this alert now.',
        );
    });

    test('the expiry counts from now', () => {
        expect(terms(aPolicy([aRule()], { expirySeconds: 90 }), [{}]).expiresAt).toBe('2026-03-04T12:01:30.000Z');
    });
});

describe('several alerts in one incident', () => {
    const lax = rule('lax', 'env!="prod"', { decision: 'automatic' });
    const one = rule('one', 'env="prod"', { approvers: ['page:alice', 'page:bob'] });
    const policy = aPolicy([lax, one, rule('never', '', { decision: 'deny' })]);

    test('a label that only some alerts have cannot slip through a negative matcher', () => {
        expect(terms(policy, [{ env: 'dev' }, { env: 'prod' }])).toMatchObject({ decision: 'one', rule: 'one' });
    });
    test('all under one rule are under that rule', () => {
        expect(terms(policy, [{ env: 'dev' }, { env: 'test' }])).toMatchObject({ decision: 'automatic', rule: 'lax' });
    });
    test('one denied alert denies all', () => {
        const strict = aPolicy([rule('locked', 'lock="yes"', { decision: 'deny' }), lax]);
        expect(terms(strict, [{ env: 'dev' }, { env: 'dev', lock: 'yes' }])).toMatchObject({
            decision: 'deny',
            rule: 'locked',
        });
    });
    test('only people whom every rule names may approve, as many as the strictest asks', () => {
        const teams = aPolicy([
            rule('a', 'team="a"', { approvers: ['page:alice', 'page:bob', 'page:carol'] }),
            rule('b', 'team="b"', { decision: 'two', approvers: ['page:bob', 'page:carol', 'page:dave'] }),
        ]);
        expect(terms(teams, [{ team: 'a' }, { team: 'b' }])).toMatchObject({
            decision: 'two',
            rule: 'a + b',
            approvers: ['page:bob', 'page:carol'],
        });
    });
    test('with nobody in common it is denied', () => {
        const teams = aPolicy([rule('a', 'team="a"'), rule('b', 'team="b"', { approvers: ['page:bob'] })]);
        expect(terms(teams, [{ team: 'a' }, { team: 'b' }])).toMatchObject({
            decision: 'deny',
            reason: expect.stringContaining('"a + b"'),
        });
    });
});

describe('approvers', () => {
    const groups = { sre: ['page:alice', 'slack:T1/U1'], empty: [] };

    test('groups become people, each once', () => {
        const policy = aPolicy([aRule({ approvers: ['page:alice', 'group:sre', 'slack-group:T1/S1'] })], { groups });
        expect(terms(policy, [{}]).approvers).toEqual(['page:alice', 'slack:T1/U1', 'slack-group:T1/S1']);
    });
    test.each<[string, Partial<PolicyRule>, RegExp]>([
        ['an unknown group', { approvers: ['page:alice', 'group:ops'] }, /unknown group "ops"/],
        [
            'a group named like a member of every object',
            { approvers: ['group:constructor'] },
            /unknown group "constructor"/,
        ],
        ['nobody', { approvers: [] }, /names nobody/],
        ['an empty group', { approvers: ['group:empty'] }, /names nobody/],
        ['two asked, one named', { decision: 'two', approvers: ['page:alice'] }, /names only page:alice/],
        [
            'two asked, one named twice',
            { decision: 'two', approvers: ['page:alice', 'page:alice'] },
            /names only page:alice/,
        ],
        [
            'two asked, one named in Slack and in Botkube',
            { decision: 'two', approvers: ['slack:T1/U1', 'botkube:<@U1>'] },
            /names only slack:T1\/U1, botkube:<@U1>, who are not two persons/,
        ],
    ])('%s is denied with the reason', (_what, parts, reason) => {
        const denied = terms(aPolicy([aRule(parts)], { groups }), [{}]);
        expect(denied).toMatchObject({ decision: 'deny', approvers: [], reason: expect.stringMatching(reason) });
    });
    test('a Slack user group alone can be two people', () => {
        expect(terms(aPolicy([aRule({ decision: 'two', approvers: ['slack-group:T1/S1'] })]), [{}]).decision).toBe(
            'two',
        );
    });
    test('a rule that approves by itself names nobody', () => {
        expect(terms(aPolicy([aRule({ decision: 'automatic' })]), [{}])).toMatchObject({
            decision: 'automatic',
            approvers: [],
        });
    });
});

describe('people with several accounts', () => {
    const people = { alice: ['page:alice', 'slack:T1/UA'], bob: ['page:bob'], carol: ['page:carol', 'slack:T1/UC'] };
    const two = (approvers: string[]): Policy => aPolicy([aRule({ decision: 'two', approvers })], { people });

    test('stand in the terms where they may matter, and nowhere else', () => {
        expect(terms(two(['page:alice', 'page:bob']), [{}]).people).toEqual({ alice: people.alice, bob: people.bob });
        expect(terms(two(['botkube:<@UC>', 'page:dave']), [{}]).people).toEqual({ carol: people.carol });
        expect(terms(two(['slack-group:T1/S1']), [{}]).people).toEqual({ alice: people.alice, carol: people.carol });
        expect(terms(two(['page:dave', 'page:erin']), [{}])).not.toHaveProperty('people');
    });
    test('are too few where two are asked for and the list makes them one', () => {
        expect(terms(two(['page:alice', 'slack:T1/UA']), [{}])).toMatchObject({
            decision: 'deny',
            reason: expect.stringContaining('not two persons'),
        });
    });
});

describe('who asked for the fix', () => {
    const asking = (parts: Partial<PolicyRule>, id = 'alice', people = {}) => {
        const incident = anIncident({ alerts: [alertWith({})], requestedBy: { platform: 'page', id } });
        return termsFor(aPolicy([aRule(parts)], { people }), incident, aPlan(incident), NOON, 'gate-1');
    };
    test.each<[string, Partial<PolicyRule>]>([
        ['is the only one who may approve', {}],
        ['is one of two where two must', { decision: 'two', approvers: ['page:alice', 'page:bob'] }],
        ['is named twice, on two platforms', { approvers: ['page:alice', 'slack:T1/UA'] }],
    ])('%s: it is denied at once, and not after the expiry', (_what, parts) => {
        expect(asking(parts, 'alice', { alice: ['page:alice', 'slack:T1/UA'] })).toMatchObject({
            decision: 'deny',
            reason: expect.stringContaining('beside page:alice, who asked for this fix'),
        });
    });
    test('is in the terms, with what the rule says', () => {
        expect(asking({ approvers: ['page:alice', 'page:bob'] })).toMatchObject({
            decision: 'one',
            requestedBy: { platform: 'page', id: 'alice' },
        });
        expect(asking({ requesterMayApprove: true })).toMatchObject({ decision: 'one', requesterMayApprove: true });
    });
    test('approves alone only where the rules of all alerts say so', () => {
        const lenient = rule('a', 'team="a"', { requesterMayApprove: true });
        const both = (second: Partial<PolicyRule>) =>
            terms(aPolicy([lenient, rule('b', 'team="b"', second)]), [{ team: 'a' }, { team: 'b' }]);
        expect(both({})).not.toHaveProperty('requesterMayApprove');
        expect(both({ requesterMayApprove: true })).toHaveProperty('requesterMayApprove', true);
    });
});

describe('time windows', () => {
    const MONDAY_TO_FRIDAY = [1, 2, 3, 4, 5];
    const office: TimeWindow = { days: MONDAY_TO_FRIDAY, from: '09:00', to: '17:00', timeZone: 'Europe/Berlin' };
    const night: TimeWindow = { days: [5], from: '22:00', to: '06:00', timeZone: 'Europe/Berlin' };
    const shanghai: TimeWindow = { days: [1], from: '00:00', to: '24:00', timeZone: 'Asia/Shanghai' };
    const kathmandu: TimeWindow = { days: [3], from: '17:45', to: '17:46', timeZone: 'Asia/Kathmandu' };

    test.each<[string, TimeWindow, string, boolean]>([
        ['winter, its first minute', office, '2026-01-07T08:00:00Z', true],
        ['winter, the minute before', office, '2026-01-07T07:59:59Z', false],
        ['winter, its last minute', office, '2026-01-07T15:59:59Z', true],
        ['winter, its end', office, '2026-01-07T16:00:00Z', false],
        ['summer, an hour earlier in UTC', office, '2026-07-08T07:00:00Z', true],
        ['summer, the end an hour earlier in UTC', office, '2026-07-08T15:00:00Z', false],
        ['on Sunday', office, '2026-01-11T12:00:00Z', false],
        ['the Monday after clocks went forward', office, '2026-03-30T07:00:00Z', true],
        ['the Friday before clocks went forward', office, '2026-03-27T07:00:00Z', false],
        ['Friday night', night, '2026-01-09T21:00:00Z', true],
        ["Saturday morning of Friday's night", night, '2026-01-10T04:59:00Z', true],
        ['Saturday at its end', night, '2026-01-10T05:00:00Z', false],
        ['Friday morning, which belongs to Thursday', night, '2026-01-09T04:00:00Z', false],
        ['Saturday night', night, '2026-01-10T22:00:00Z', false],
        ['Monday in Shanghai while it is Sunday in UTC', shanghai, '2026-01-04T16:00:00Z', true],
        ['Tuesday in Shanghai while it is Monday in UTC', shanghai, '2026-01-05T16:00:00Z', false],
        ['a zone with quarter hours', kathmandu, '2026-03-04T12:00:00Z', true],
        [
            'the night clocks go forward: 02:30 does not exist, 03:00 is outside',
            { ...night, days: [6], from: '01:00', to: '03:00' },
            '2026-03-29T01:00:00Z',
            false,
        ],
        [
            'the night clocks go back: 02:30 comes twice, the first',
            { ...night, days: [0], from: '02:00', to: '03:00' },
            '2026-10-25T00:30:00Z',
            true,
        ],
        [
            'the night clocks go back: 02:30 comes twice, the second',
            { ...night, days: [0], from: '02:00', to: '03:00' },
            '2026-10-25T01:30:00Z',
            true,
        ],
        ['midnight itself', { days: [3], from: '00:00', to: '00:01', timeZone: 'UTC' }, '2026-03-04T00:00:00Z', true],
        [
            'equal times mean all day',
            { days: [3], from: '08:00', to: '08:00', timeZone: 'UTC' },
            '2026-03-04T03:00:00Z',
            true,
        ],
        [
            'equal times mean that day only',
            { days: [3], from: '08:00', to: '08:00', timeZone: 'UTC' },
            '2026-03-05T03:00:00Z',
            false,
        ],
    ])('%s', (_what, window, at, inside) => {
        expect(isInWindow(window, new Date(at))).toBe(inside);
    });

    test('a rule outside its window is passed over', () => {
        const policy = aPolicy([
            aRule({ name: 'office', decision: 'automatic', window: office }),
            aRule({ name: 'else' }),
        ]);
        expect(terms(policy, [{}], 'low', new Date('2026-01-07T12:00:00Z')).rule).toBe('office');
        expect(terms(policy, [{}], 'low', new Date('2026-01-07T20:00:00Z')).rule).toBe('else');
    });
});
