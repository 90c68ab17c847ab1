import { type PolicyConfig, parsePolicy } from '../../../../nodes/core/approval/parse-policy';
import { FixError } from '../../../../nodes/core/errors';

const RULE = {
    name: 'night',
    match: 'severity="critical"',
    risks: ['low' as const],
    decision: 'one' as const,
    approvers: 'page:alice',
};
const CONFIG: PolicyConfig = { rules: [RULE], groups: [], expiryMinutes: '30', escalateMinutes: '10' };

function failure(parts: object): FixError {
    try {
        parsePolicy({ ...CONFIG, ...parts });
    } catch (thrown) {
        if (thrown instanceof FixError) return thrown;
        throw thrown;
    }
    throw new Error('the policy was accepted');
}

test('a configuration as the editor saves it becomes a policy', () => {
    const policy = parsePolicy({
        ...CONFIG,
        rules: [
            {
                ...RULE,
                window: { days: [1], from: '22:00', to: '06:00', timeZone: 'Asia/Shanghai' },
                approvers: 'page:alice, slack:T1/U1\nslack-group:T1/S1,group:sre, page:alice, botkube:<@U1>',
            },
        ],
        groups: [{ name: 'sre', members: 'page:bob' }],
    });
    expect(policy).toEqual({
        rules: [
            {
                name: 'night',
                match: [{ name: 'severity', op: '=', value: 'critical' }],
                risks: ['low'],
                window: { days: [1], from: '22:00', to: '06:00', timeZone: 'Asia/Shanghai' },
                decision: 'one',
                approvers: ['page:alice', 'slack:T1/U1', 'slack-group:T1/S1', 'group:sre', 'botkube:<@U1>'],
            },
        ],
        groups: { sre: ['page:bob'] },
        expirySeconds: 1800,
        escalateSeconds: 600,
    });
});

test('one person a line, with all their accounts, and what a rule says of who asked', () => {
    const people = ' alice = page:alice, slack:T1/U1 \n\n李雷 = page:lilei\n';
    const policy = parsePolicy({ ...CONFIG, people, rules: [{ ...RULE, requesterMayApprove: true }] });
    expect(policy.people).toEqual({ alice: ['page:alice', 'slack:T1/U1'], 李雷: ['page:lilei'] });
    expect(policy.rules[0]?.requesterMayApprove).toBe(true);
});

test.each<[string, object, string, RegExp]>([
    ['a person without accounts', { people: 'alice =' }, 'people', /has the line "alice ="/],
    ['accounts without a person', { people: 'page:alice, slack:T1/U1' }, 'people', /has the line/],
    ['a display name as account', { people: 'alice = Alice' }, 'people', /"Alice", which names no account/],
    ['a group as account', { people: 'sre = slack-group:T1/S1' }, 'people', /which names no account/],
    ['a person on two lines', { people: 'a = page:a\na = page:b' }, 'people', /two lines for a/],
    [
        'an account of two persons, by two doors',
        { people: 'a = slack:T1/U1\nb = botkube:<@U1>' },
        'people',
        /<@U1> for a and for b/,
    ],
    ['a person with an invisible name', { people: 'a\u200b = page:a' }, 'people', /has the line/],
    ['no rule', { rules: [] }, 'rules', /is empty/],
    ['no rules at all', { rules: undefined }, 'rules', /expected array/],
    ['a nameless rule', { rules: [{ ...RULE, name: ' ' }] }, 'rule " ", name', /is empty/],
    ['a wrong matcher', { rules: [{ ...RULE, match: 'severity' }] }, 'rule "night", match', /misses an operator/],
    ['no risk', { rules: [{ ...RULE, risks: [] }] }, 'rule "night", risks', /names no risk/],
    [
        'an unknown decision',
        { rules: [{ ...RULE, decision: 'three' }] },
        'rule "night", decision',
        /automatic, one, two, deny/,
    ],
    ['nobody to ask', { rules: [{ ...RULE, approvers: ' , ' }] }, 'rule "night", approvers', /is empty/],
    [
        'a display name',
        { rules: [{ ...RULE, approvers: 'Alice' }] },
        'rule "night", approvers',
        /"Alice", which names no approver/,
    ],
    [
        'a Slack user without team',
        { rules: [{ ...RULE, approvers: 'slack:U1' }] },
        'rule "night", approvers',
        /"slack:U1"/,
    ],
    [
        'a policy as approver',
        { rules: [{ ...RULE, approvers: 'policy:night' }] },
        'rule "night", approvers',
        /"policy:night"/,
    ],
    [
        'an automation',
        { rules: [{ ...RULE, approvers: 'botkube:Automation "x"' }] },
        'rule "night", approvers',
        /names no approver/,
    ],
    [
        'an unknown group',
        { rules: [{ ...RULE, approvers: 'group:ops' }] },
        'rule "night", approvers',
        /unknown group "ops"/,
    ],
    ['an empty group', { groups: [{ name: 'ops', members: '' }] }, 'group "ops"', /is empty/],
    ['a group in a group', { groups: [{ name: 'ops', members: 'group:sre' }] }, 'group "ops"', /holds another group/],
    [
        'a group twice',
        {
            groups: [
                { name: 'a', members: 'page:a' },
                { name: 'a', members: 'page:b' },
            ],
        },
        'group "a"',
        /is there twice/,
    ],
    [
        'a wrong time',
        { rules: [{ ...RULE, window: { days: [1], from: '25:00', to: '06:00', timeZone: 'UTC' } }] },
        'rule "night", window.from',
        /no time of day/,
    ],
    [
        'no day',
        { rules: [{ ...RULE, window: { days: [], from: '20:00', to: '06:00', timeZone: 'UTC' } }] },
        'rule "night", window.days',
        /names no day/,
    ],
    [
        'a wrong zone',
        { rules: [{ ...RULE, window: { days: [1], from: '20:00', to: '06:00', timeZone: 'Mars/Base' } }] },
        'rule "night", window.timeZone',
        /no IANA time zone/,
    ],
    ['no expiry', { expiryMinutes: '' }, 'expiryMinutes', /below 1 minute/],
    ['expiry in words', { expiryMinutes: 'soon' }, 'expiryMinutes', /is no number/],
    ['escalation after expiry', { escalateMinutes: 30 }, 'escalateMinutes', /not before the expiry/],
])('%s is refused, naming the place and the cure', (_what, parts, field, message) => {
    const error = failure(parts);
    expect(error).toMatchObject({ code: 'CONFIG_INVALID', field });
    expect(error.message).toMatch(message);
    expect(error.cure).toMatch(/^[A-Z].*\.$/s);
});
