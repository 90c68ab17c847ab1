import { type Doors, policyWarnings, warningText } from '../../../../nodes/core/approval/policy-warnings';
import type { Policy, PolicyRule } from '../../../../nodes/core/model/approval';
import { aPolicy, aRule } from '../../../support/approvals';

const ALL: Doors = { chats: ['page', 'slack'], page: 'any', botkube: true };

function warnings(rule: Partial<PolicyRule>, doors: Partial<Doors> = {}, policy: Partial<Policy> = {}) {
    return policyWarnings(aPolicy([aRule(rule)], policy), { ...ALL, ...doors });
}

describe('an approver whom nobody can attest', () => {
    test.each<[string, string, Partial<Doors>, RegExp]>([
        ['of a platform without a chat', 'mattermost:alice', {}, /no chat-channel for mattermost/],
        ['of Slack without a Slack channel', 'slack:T1/U1', { chats: ['page'] }, /no chat-channel for slack/],
        ['of a Slack group without a Slack channel', 'slack-group:T1/S1', { chats: [] }, /no chat-channel for slack/],
        ['of the page, whom its login does not know', 'page:carol', { page: ['alice'] }, /knows no user carol/],
        ['of the page, where nobody logs in', 'page:alice', { page: [] }, /knows no user alice/],
        ['of Botkube, which cannot reach the store', 'botkube:<@U1>', { botkube: false }, /Botkube plugin needs/],
    ])('%s is named, with what is missing', (_who, approver, doors, missing) => {
        const [some, ...more] = warnings({ approvers: [approver, 'page:alice'] }, { page: ['alice'], ...doors });
        expect([some?.kind, more]).toEqual([approver === 'page:alice' ? 'nobody' : 'unattested', []]);
        expect(some?.approvers).toContain(approver);
        expect(some && warningText(some)).toMatch(missing);
    });
    test('is found in a group of the gate, and in each rule that asks', () => {
        const groups = { ops: ['feishu:ou_1', 'page:alice'] };
        const rules = [aRule({ name: 'a', approvers: ['group:ops'] }), aRule({ name: 'b', decision: 'automatic' })];
        expect(policyWarnings(aPolicy(rules, { groups }), ALL)).toEqual([
            expect.objectContaining({ kind: 'unattested', rule: 'a', approvers: ['feishu:ou_1'] }),
        ]);
    });
    test('is worse where the rule names nobody else', () => {
        const [warning] = warnings({ approvers: ['mattermost:alice'] });
        expect(warning && warningText(warning)).toMatch(/^Nobody can approve under rule "all"/);
    });
    test('is nobody where every way in is there', () => {
        expect(warnings({ approvers: ['page:alice', 'slack:T1/U1', 'slack-group:T1/S1', 'botkube:<@U1>'] })).toEqual(
            [],
        );
    });
});

describe('two persons who may be one', () => {
    const TWO = { decision: 'two' } as const;
    test.each<[string, string[], Policy['people'], boolean]>([
        ['on the page and in Slack', ['page:alice', 'slack:T1/U1'], undefined, true],
        ['on the page and in a Slack group', ['page:alice', 'slack-group:T1/S1'], undefined, true],
        ['in Slack and in Discord', ['slack:T1/U1', 'botkube:<@123>'], undefined, true],
        ['in Slack and through Botkube on Slack', ['slack:T1/U1', 'slack:T1/U2', 'botkube:<@U1>'], undefined, false],
        ['all on the page', ['page:alice', 'page:bob'], undefined, false],
        [
            'with the accounts of all who are on the page listed',
            ['page:alice', 'slack:T1/U1'],
            { alice: ['page:alice'] },
            false,
        ],
        ['with some listed', ['page:alice', 'page:bob', 'slack:T1/U1'], { alice: ['page:alice'] }, true],
    ])('%s', (_where, approvers, people, isWarned) => {
        const found = warnings({ ...TWO, approvers }, {}, people ? { people } : {});
        expect(found.map(({ kind }) => kind)).toEqual(isWarned ? ['doors'] : []);
        for (const warning of found) expect(warningText(warning)).toMatch(/may have several of these accounts/);
    });
    test('are no matter where one is enough', () => {
        expect(warnings({ approvers: ['page:alice', 'slack:T1/U1'] })).toEqual([]);
    });
});
