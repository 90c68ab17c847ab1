import { type SlackChannel, slackChannel } from '../../../../nodes/adapters/slack/channel';
import { SlackClient } from '../../../../nodes/adapters/slack/client';
import { SlackGroups } from '../../../../nodes/adapters/slack/groups';
import { buildCard } from '../../../../nodes/core/chat/build-card';
import type { Identity } from '../../../../nodes/core/model/identity';
import { aWaitingIncident, NOW } from '../../../support/cards';
import { BOT_TOKEN, CHANNEL, SlackStandIn, TEAM } from '../../../support/slack-stand-in';

const slack = new SlackStandIn();
const card = buildCard(aWaitingIncident(), 'en-US', NOW);
let closing: AbortController;
let client: SlackClient;
let channel: SlackChannel;

beforeAll(() => slack.start());
afterAll(() => slack.stop());
beforeEach(() => {
    closing = new AbortController();
    client = new SlackClient({ botToken: BOT_TOKEN, apiUrl: slack.apiUrl, signal: closing.signal });
    channel = slackChannel({ client, defaultChannel: CHANNEL, language: 'en-US', clock: () => NOW });
});

test('posts a card, updates it in place and answers in its thread', async () => {
    const reference = await channel.post(card);
    expect(reference).toEqual({
        channel: CHANNEL,
        message: expect.stringMatching(/^\d+\.\d+$/) as string,
        postedAt: NOW.toISOString(),
    });
    await channel.update(reference, buildCard(aWaitingIncident({ stage: 'approved' }), 'en-US', NOW));
    await channel.reply(reference, 'Approved by <!channel>');
    const [message] = slack.cards.filter(({ ts }) => ts === reference.message);
    expect(message?.updates).toBe(1);
    expect(message?.blocks.some(({ type }) => type === 'actions')).toBe(false);
    expect(slack.replies(reference.message)).toEqual(['Approved by &lt;!channel&gt;']);
});

test('posts without previews of links', async () => {
    await channel.post(card);
    expect(slack.calls.at(-1)?.parameters).toMatchObject({ unfurl_links: 'false', unfurl_media: 'false' });
});

test('a target channel goes before the default one', async () => {
    slack.channels.add('C0OTHER');
    expect((await channel.post(card, 'C0OTHER')).channel).toBe('C0OTHER');
});

test('a channel the bot is not in is refused with the cure', async () => {
    await expect(channel.post(card, 'C0FOREIGN')).rejects.toMatchObject({
        code: 'CHAT_REJECTED',
        message: 'Slack refused chat.postMessage: not_in_channel.',
        cure: expect.stringContaining('/invite') as string,
    });
});

test('a revoked token is refused with the cure', async () => {
    slack.tokens.delete(BOT_TOKEN);
    await expect(channel.post(card)).rejects.toMatchObject({
        code: 'CHAT_REJECTED',
        cure: expect.stringContaining('bot token') as string,
    });
    slack.tokens.add(BOT_TOKEN);
});

test('waits as long as Slack asks when the rate is limited, then posts', async () => {
    slack.limitRate('chat.postMessage', 1);
    await expect(channel.post(card)).resolves.toMatchObject({ channel: CHANNEL });
});

test('does not wait longer than half a minute', async () => {
    slack.limitRate('chat.postMessage', 3_600);
    await expect(channel.post(card)).rejects.toMatchObject({
        code: 'CHAT_DOWN',
        message: expect.stringContaining('3600 s') as string,
    });
});

test('stops waiting when the node closes', async () => {
    slack.limitRate('chat.postMessage', 20);
    const posting = channel.post(card);
    const refused = expect(posting).rejects.toMatchObject({ code: 'CANCELLED' });
    setTimeout(() => closing.abort(), 50);
    await refused;
});

test('a passing fault is tried again, a lasting one is CHAT_DOWN', async () => {
    slack.breakDown('chat.postMessage', 503, 1);
    await expect(channel.post(card)).resolves.toMatchObject({ channel: CHANNEL });
    slack.breakDown('chat.postMessage', 503, 3);
    await expect(channel.post(card)).rejects.toMatchObject({
        code: 'CHAT_DOWN',
        message: 'Slack answered chat.postMessage with HTTP 503.',
    });
});

test('nobody there is CHAT_DOWN', async () => {
    const gone = new SlackStandIn();
    await gone.start();
    const { apiUrl } = gone;
    await gone.stop();
    const lost = slackChannel({
        client: new SlackClient({ botToken: BOT_TOKEN, apiUrl, signal: closing.signal }),
        defaultChannel: CHANNEL,
        language: 'en-US',
        clock: () => NOW,
    });
    await expect(lost.post(card)).rejects.toMatchObject({
        code: 'CHAT_DOWN',
        message: expect.stringContaining('cannot be reached') as string,
    });
});

test('a card deleted by hand is refused with the reason', async () => {
    await expect(channel.update({ channel: CHANNEL, message: '1.1', postedAt: '' }, card)).rejects.toMatchObject({
        code: 'CHAT_REJECTED',
        message: expect.stringContaining('message_not_found') as string,
    });
});

describe('user groups', () => {
    const group = `slack-group:${TEAM}/S0OPS`;
    const person = (id: string): Identity => ({ platform: 'slack', id });
    let now = NOW.getTime();
    let groups: SlackGroups;
    const asked = (): number => slack.calls.filter(({ method }) => method === 'usergroups.users.list').length;
    beforeEach(() => {
        slack.groups.set('S0OPS', ['U1', 'U2']);
        groups = new SlackGroups(client, () => new Date(now));
    });

    test('know their members', async () => {
        await expect(groups.isMember(group, person(`${TEAM}/U1`))).resolves.toBe(true);
        await expect(groups.isMember(group, person(`${TEAM}/U3`))).resolves.toBe(false);
    });

    test('count nobody of another team or platform', async () => {
        await expect(groups.isMember(group, person('TOTHER/U1'))).resolves.toBe(false);
        await expect(groups.isMember(group, { platform: 'page', id: `${TEAM}/U1` })).resolves.toBe(false);
    });

    test('are asked once a minute', async () => {
        const before = asked();
        await groups.isMember(group, person(`${TEAM}/U1`));
        await groups.isMember(group, person(`${TEAM}/U2`));
        expect(asked()).toBe(before + 1);
        slack.groups.set('S0OPS', ['U2']);
        now += 60_000;
        await expect(groups.isMember(group, person(`${TEAM}/U1`))).resolves.toBe(false);
        expect(asked()).toBe(before + 2);
    });

    test('fail closed, and are asked again', async () => {
        slack.refuse('usergroups.users.list', 'missing_scope');
        await expect(groups.isMember(group, person(`${TEAM}/U1`))).rejects.toMatchObject({ code: 'CHAT_REJECTED' });
        await expect(groups.isMember(group, person(`${TEAM}/U1`))).resolves.toBe(true);
    });
});

describe('attachments', () => {
    const FILE = {
        key: 'dry-run:n',
        name: 'dry-run.diff',
        mediaType: 'text/x-diff',
        title: 'a',
        bytes: new Uint8Array([97]),
    };
    const long = Array.from({ length: 3_000 }, (_, line) => `+line ${line} <!channel> ünï`).join('\n');

    test('go whole into the thread of the card', async () => {
        const reference = await channel.post(card);
        await channel.attach(reference, { ...FILE, title: 'The whole <dry run>', bytes: Buffer.from(long) });
        expect(slack.files.at(-1)).toEqual({
            id: expect.any(String) as string,
            channel: CHANNEL,
            thread: reference.message,
            name: 'dry-run.diff',
            title: 'The whole <dry run>',
            text: long,
        });
    });

    test('are refused without the scope, with the cure', async () => {
        const reference = await channel.post(card);
        slack.refuse('files.getUploadURLExternal', 'missing_scope');
        await expect(channel.attach(reference, FILE)).rejects.toMatchObject({
            code: 'CHAT_REJECTED',
            message: expect.stringContaining('missing_scope') as string,
            cure: expect.stringContaining('files:write') as string,
        });
    });

    test.each([
        ['shows all', '+a line', 1, true],
        ['is too long for a message', long, 1, false],
        ['is only a part of it already', '+a line', 9, false],
    ])('are needed when the diff on the card is not shown whole: it %s', (_what, diff, cut, whole) => {
        const incident = aWaitingIncident();
        const { plan } = incident;
        if (!plan) throw new Error('no plan');
        const preview = {
            digest: 'd'.repeat(64),
            characters: diff.length,
            lines: 3_000,
            redacted: 0,
            ...(cut === 9 ? { cut: true as const } : {}),
        };
        const dryRun = {
            ...plan.dryRun,
            preview,
            tasks: [{ host: 'web-1', task: 'Write', status: 'changed' as const, diff }],
        };
        expect(channel.showsWhole(buildCard({ ...incident, plan: { ...plan, dryRun } }, 'en-US', NOW))).toBe(whole);
    });
});
