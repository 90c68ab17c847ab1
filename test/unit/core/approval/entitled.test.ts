import { isEntitled } from '../../../../nodes/core/approval/entitled';
import type { GroupDirectory } from '../../../../nodes/core/model/approval';
import type { Identity } from '../../../../nodes/core/model/identity';

const members: GroupDirectory = {
    isMember: (group, { id }) => Promise.resolve(group === 'slack-group:T1/S1' && id === 'T1/U1'),
};
const broken: GroupDirectory = { isMember: () => Promise.reject(new Error('slack is down')) };

test.each<[string, Identity, string[], GroupDirectory | undefined, boolean]>([
    ['the named person', { platform: 'page', id: 'alice' }, ['page:bob', 'page:alice'], undefined, true],
    ['another person', { platform: 'page', id: 'mallory' }, ['page:alice'], undefined, false],
    ['the same id on another platform', { platform: 'mattermost', id: 'alice' }, ['page:alice'], undefined, false],
    ['another case', { platform: 'page', id: 'Alice' }, ['page:alice'], undefined, false],
    ['the beginning of a name', { platform: 'page', id: 'ali' }, ['page:alice'], undefined, false],
    ['the same user in another team', { platform: 'slack', id: 'T2/U1' }, ['slack:T1/U1'], undefined, false],
    [
        'a display name',
        { platform: 'slack', id: 'T1/U9', name: 'alice' },
        ['slack:alice', 'page:alice'],
        undefined,
        false,
    ],
    ['an empty id', { platform: 'page', id: '' }, ['page:'], undefined, false],
    ['an id of spaces', { platform: 'page', id: '  ' }, ['page:  '], undefined, false],
    ['a policy', { platform: 'policy', id: 'night' }, ['policy:night'], undefined, false],
    [
        'a Botkube automation',
        { platform: 'botkube', id: 'Automation "restart"' },
        ['botkube:Automation "restart"'],
        undefined,
        false,
    ],
    ['a Botkube mention', { platform: 'botkube', id: '<@U1>' }, ['botkube:<@U1>'], undefined, true],
    ['a member of the group', { platform: 'slack', id: 'T1/U1' }, ['slack-group:T1/S1'], members, true],
    [
        'a member of the second group',
        { platform: 'slack', id: 'T1/U1' },
        ['slack-group:T1/S0', 'slack-group:T1/S1'],
        members,
        true,
    ],
    ['no member', { platform: 'slack', id: 'T1/U2' }, ['slack-group:T1/S1'], members, false],
    ['a group without directory', { platform: 'slack', id: 'T1/U1' }, ['slack-group:T1/S1'], undefined, false],
    ['a directory that fails', { platform: 'slack', id: 'T1/U1' }, ['slack-group:T1/S1'], broken, false],
    [
        'a named person while the directory fails',
        { platform: 'slack', id: 'T1/U1' },
        ['slack-group:T1/S1', 'slack:T1/U1'],
        broken,
        true,
    ],
    ['another platform asking a Slack group', { platform: 'page', id: 'T1/U1' }, ['slack-group:T1/S1'], members, false],
    ['a person whose id is a group', { platform: 'page', id: 'x' }, ['group:x'], undefined, false],
    ['anyone on an empty list', { platform: 'page', id: 'alice' }, [], undefined, false],
])('%s', async (_who, person, approvers, directory, entitled) => {
    expect(await isEntitled(person, approvers, directory)).toBe(entitled);
});
