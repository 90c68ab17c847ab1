import { callOf, targetOf } from '../../botkube-plugin/executor/request';
import type { ExecuteContext } from '../../botkube-plugin/host/types';
import { requestOf } from '../support/botkube-request';

const never = new AbortController().signal;
const from = (user: Partial<ExecuteContext['user']>, parts: Partial<ExecuteContext> = {}) =>
    callOf(requestOf('fix status', user, { parts }), never);

test('a Slack mention is the person, exactly as it is written', () => {
    const call = from({ mention: '<@U123>', displayName: 'Alice' }, { isInteractivitySupported: true });
    expect(call.person).toEqual({ platform: 'botkube', id: '<@U123>', name: 'Alice' });
    expect(call.automation).toBeUndefined();
    expect(call.target).toEqual({ platform: 'slack', heading: 'fix status', clicked: false });
    expect(from({ mention: '<@W0A>' }).person?.id).toBe('<@W0A>');
});

test('a Discord mention is the person', () => {
    expect(from({ mention: '<@1234>', displayName: 'a#1' })).toMatchObject({
        person: { platform: 'botkube', id: '<@1234>' },
        target: { platform: 'discord', heading: 'fix status', clicked: false },
    });
});

test('an automation is nobody, wherever its name stands', () => {
    for (const user of [
        { mention: 'Automation "AI diagnosis"', displayName: 'Automation "AI diagnosis"' },
        { mention: '', displayName: 'Automation "AI diagnosis"' },
    ]) {
        const call = from(user);
        expect(call.person).toBeUndefined();
        expect(call.automation).toBe('AI diagnosis');
        expect(call.target.platform).toBe('unknown');
    }
});

test.each([
    ['nobody at all', { mention: '', displayName: '' }, 'unknown'],
    ['a display name only, as on Mattermost', { mention: '', displayName: 'alice' }, 'mattermost'],
    ['a display name that looks like a mention', { mention: '', displayName: '<@U123>' }, 'mattermost'],
    ['a mention that is none', { mention: 'alice', displayName: 'alice' }, 'unknown'],
    ['a mention with more', { mention: '<@U123> x', displayName: '' }, 'unknown'],
    ['two lines', { mention: '<@U123>\n<@U1>', displayName: '' }, 'unknown'],
])('%s attests nobody', (_what, user, platform) => {
    const call = from(user);
    expect(call.person).toBeUndefined();
    expect(call.target.platform).toBe(platform);
});

test('where a name stands in place of the mention, as in Botkube for Microsoft Teams, it attests nobody', () => {
    for (const mention of ['<@U123>', '<@1234>']) {
        const call = from(
            { mention, displayName: mention },
            { isInteractivitySupported: true, message: { text: '', url: '', parentActivityId: '1' } },
        );
        expect(call.person).toBeUndefined();
    }
});

test('a click is told from a typed command', () => {
    const clicked = requestOf(
        'fix show inc-1 --bk-cmd-header="Timeline"',
        { mention: '<@U1>' },
        { parts: { slackState: '{"values":{}}' } },
    );
    expect(targetOf(clicked)).toEqual({ platform: 'slack', clicked: true });
});

test('the thread is kept', () => {
    const request = requestOf(
        'fix',
        { mention: '<@U1>' },
        { parts: { message: { text: '', url: '', parentActivityId: '17.5' } } },
    );
    expect(targetOf(request)).toEqual({ platform: 'slack', heading: 'fix', clicked: false, thread: '17.5' });
});
