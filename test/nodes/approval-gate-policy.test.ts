import approvalGate from '../../nodes/approval-gate/approval-gate';
import { migrated } from '../../nodes/runtime/migrations';
import { helper } from '../support/node-red';

const RULE = { name: 'all', match: '', risks: ['low'], decision: 'one', approvers: 'page:alice' };
const POLICY = { rules: [RULE], groups: [], expiryMinutes: 30, escalateMinutes: 10 };

interface Answer {
    problem?: { field: string; message: string; cure?: string };
    warnings?: { kind: string; rule: string; approvers: string[] }[];
}

beforeAll(() => new Promise<void>((resolve) => helper.startServer(resolve)));
beforeAll(() => helper.load(approvalGate as never, []));
afterAll(() => helper.unload());
afterAll(() => new Promise<void>((resolve) => helper.stopServer(resolve)));

async function check(policy: unknown): Promise<Answer> {
    const answer = await helper
        .request()
        .post('/alert-to-fix/approval-gate/policy')
        .send(policy as object);
    expect(answer.status).toBe(200);
    return answer.body as Answer;
}

test('a policy that the gate would take has no problem', async () => {
    expect(await check(POLICY)).toEqual({});
});

test.each([
    ['a malformed matcher', { rules: [{ ...RULE, match: 'severity critical' }] }, 'rule "all", match', /Use =, !=/],
    [
        'a regular expression that RE2 refuses',
        { rules: [{ ...RULE, match: 'a=~"(?=b)"' }] },
        'rule "all", match',
        /RE2/,
    ],
    [
        'an approver that names nobody',
        { rules: [{ ...RULE, approvers: 'al' }] },
        'rule "all", approvers',
        /page:<user>/,
    ],
    ['a group in a group', { groups: [{ name: 'sre', members: 'group:dba' }] }, 'group "sre"', /its people/],
    ['no rule', { rules: [] }, 'rules', /Without a rule|Add one|add one/i],
    ['a late escalation', { escalateMinutes: 30 }, 'escalateMinutes', /fewer minutes/i],
])('%s comes back with its field and cure', async (_what, change, field, cure) => {
    const { problem } = await check({ ...POLICY, ...change });
    expect(problem).toEqual({ field, message: expect.stringMatching(/\w/), cure: expect.stringMatching(cure) });
});

test('what is no policy at all comes back as a problem', async () => {
    expect((await check({})).problem?.field).toBe('rules');
});

test('approvers whom the drawn flow cannot attest, and two doors of one person, come back as warnings', async () => {
    const two = { ...RULE, decision: 'two', approvers: 'page:demo-operator, slack:T1/U1, mattermost:al' };
    const drawn = { chats: ['slack', 'page'], kind: 'embedded', demoOperator: true };
    expect(await check({ ...POLICY, rules: [two], drawn })).toEqual({
        warnings: [
            expect.objectContaining({ kind: 'unattested', rule: 'all', approvers: ['mattermost:al'] }),
            expect.objectContaining({ kind: 'doors', rule: 'all' }),
        ],
    });
    const people = 'op = page:demo-operator, slack:T1/U9\nal = mattermost:al';
    expect((await check({ ...POLICY, people, rules: [two], drawn })).warnings?.map(({ kind }) => kind)).toEqual([
        'unattested',
    ]);
});

test('settings of the first version become those of the second: who asked does not approve unless somebody says so', () => {
    const { settings } = migrated('approval-gate', { ...POLICY, version: 1 });
    expect(settings).toEqual({
        ...POLICY,
        rules: [{ ...RULE, requesterMayApprove: false }],
        people: '',
        version: 2,
    });
});
