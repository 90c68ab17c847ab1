/**
 * @needs go
 * @needs flock
 */
import type { BotkubeMessage, ExecuteResponse } from '../../botkube-plugin/host/types';
import { BotkubeHost, type Platform } from '../support/botkube-host';
import { botkubeMessages } from '../support/botkube-messages';
import { MENTION, markdownOf, slackBlocks } from '../support/botkube-renderer';
import { brokenLimits, type Json, textLength } from '../support/slack-limits';

/** What Botkube v1.14.0's own renderers make of our messages. */
const HEADER = '`fix` on `dev` by <@U1>';
/** Bytes from which on Botkube posts a file without buttons instead of the message. */
const FILE_FROM: Record<Platform, number> = { slack: 3_001, mattermost: 3_990, discord: 2_000 };

/** What Go's Sprintf leaves where it took a percent sign for a format. */
const FORMAT_FAULT = /%!\S?\((?:MISSING|NOVERB|EXTRA|BADINDEX)/;

let host: BotkubeHost;
beforeAll(async () => {
    host = await BotkubeHost.open();
}, 600_000);
afterAll(() => host.close());

/** Every message on the platform that it is for; an automation's may go anywhere. */
const cases = botkubeMessages().flatMap(({ name, platform, response }) => {
    const shownOn: Platform[] = platform === 'unknown' ? ['slack', 'mattermost', 'discord'] : [platform];
    return shownOn.map((on) => ({
        name: platform === 'unknown' ? `${name}, of an automation,` : name,
        platform: on,
        response,
    }));
});
const onSlack = cases.filter(({ platform }) => platform === 'slack');
const elsewhere = cases.filter(({ platform }) => platform !== 'slack');

function messagesOf({ message, messages = [] }: ExecuteResponse): BotkubeMessage[] {
    return [message, ...messages];
}

test.each(cases)('$platform shows $name as a message, not as a file', async ({ platform, response }) => {
    for (const message of messagesOf(response)) {
        const { markdown } = await host.render(platform, message, HEADER);
        expect(Buffer.byteLength(markdown)).toBeLessThan(FILE_FROM[platform]);
        expect(markdown.slice(HEADER.length).trim()).not.toBe('');
    }
});

test.each(onSlack)('Slack takes $name, with all its buttons and every percent sign', async ({ response }) => {
    for (const message of messagesOf(response)) {
        const { blocks, text } = await host.render('slack', message, HEADER);
        if (blocks === undefined) {
            expect(text).toMatch(/\S/);
            expect(message.sections).toBeUndefined();
            continue;
        }
        expect(brokenLimits(blocks)).toEqual([]);
        expect(textLength(blocks)).toBeLessThan(13_200);
        expect(JSON.stringify(blocks)).not.toMatch(FORMAT_FAULT);
        expect(elementsOf(blocks).sort()).toEqual(commandsOf(message).sort());
    }
});

test.each(elsewhere)(
    '$platform shows the commands of all buttons of $name',
    async ({ platform, response: { message } }) => {
        const { markdown } = await host.render(platform, message, HEADER);
        for (const command of commandsOf(message)) expect(markdown).toContain(command);
        expect(markdown).not.toContain('{{BotName}}');
    },
);

test.each(botkubeMessages())(
    'the renderer of the unit tests makes of $name for $platform what Botkube makes',
    async ({ platform, response }) => {
        for (const message of messagesOf(response)) {
            const { markdown } = await host.render('mattermost', message, HEADER);
            expect(markdown).toBe(`${HEADER}\n${markdownOf(message)}`);
            if (platform !== 'slack' && platform !== 'unknown') continue;
            const { blocks } = await host.render('slack', message, HEADER);
            if (blocks !== undefined) expect(bare(blocks)).toEqual(bare(slackBlocks(message)));
        }
    },
);

/** What a click on each element of the blocks sends or opens. */
function elementsOf(blocks: Json): string[] {
    if (typeof blocks !== 'object' || blocks === null) return [];
    if (Array.isArray(blocks)) return blocks.flatMap(elementsOf);
    if (blocks.type === 'button') return [String(blocks.value || blocks.url)];
    if (blocks.type === 'static_select') return [String(blocks.action_id)];
    return Object.values(blocks).flatMap(elementsOf);
}

/** What the buttons and selects of a message send or open, with the bot's name as Botkube fills it in. */
function commandsOf({ sections = [] }: BotkubeMessage): string[] {
    return sections
        .flatMap(({ buttons = [], selects }) => [
            ...buttons.map(({ command, url }) => command ?? url ?? ''),
            ...(selects?.items ?? []).map(({ command }) => command),
        ])
        .map((command) => command.replace('{{BotName}}', MENTION));
}

/** Blocks without what is empty or only decides about emoji. */
function bare(blocks: Json): Json {
    return JSON.parse(
        JSON.stringify(blocks, (key, value: unknown) => (value === '' || key === 'emoji' ? undefined : value)),
    ) as Json;
}
