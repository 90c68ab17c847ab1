import {
    approverForms,
    isPlatformGroup,
    type ParsedApprover,
    parseApprover,
} from '../../../../nodes/core/model/platforms';

test.each<[string, ParsedApprover | undefined]>([
    ['page:alice', { kind: 'person', platform: 'page', id: 'alice' }],
    ['slack:T1/U1', { kind: 'person', platform: 'slack', id: 'T1/U1' }],
    ['slack-group:T1/S1', { kind: 'platform-group', platform: 'slack', id: 'T1/S1' }],
    ['mattermost:alice', { kind: 'person', platform: 'mattermost', id: 'alice' }],
    ['botkube:<@U1>', { kind: 'person', platform: 'botkube', id: '<@U1>' }],
    ['group:sre', { kind: 'gate-group', name: 'sre' }],
    ['slack:U1', undefined],
    ['slack-group:S1', undefined],
    ['page-group:ops', undefined],
    ['policy:night', undefined],
    ['botkube:AUTOMATION "x"', undefined],
    ['botkube:automation', undefined],
    ['group: sre', undefined],
    ['page:', undefined],
    ['page:a\nb', undefined],
    ['constructor:x', undefined],
    ['alice', undefined],
])('%j names %j', (text, parsed) => {
    expect(parseApprover(text)).toEqual(parsed);
    expect(isPlatformGroup(text)).toBe(parsed?.kind === 'platform-group');
});

test('the forms that people are advised to write are those of platforms that attest somebody', () => {
    expect(approverForms()).toEqual([
        'page:<user>',
        'slack:<team>/<user>',
        'slack-group:<team>/<group>',
        'botkube:<mention>',
        'group:<name>',
    ]);
});
