import type { BotkubeMessage, ExecuteResponse } from '../../botkube-plugin/host/types';
import { FORMAT_FAULT, markdownOf, slackBlocks } from './botkube-renderer';
import type { Json, JsonObject } from './slack-limits';

type Platform = 'slack' | 'mattermost' | 'discord' | 'unknown';

const BUDGET: Record<Platform, number> = { slack: 2_700, mattermost: 2_700, discord: 1_700, unknown: 1_700 };
const HIDDEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

/** What a response does that loses it, calls somebody, or hides something on its platform; empty when all is well. */
export function brokenResponse(response: ExecuteResponse, platform: Platform): string[] {
    const all = [response.message, ...(response.messages ?? [])];
    const wrong = all.flatMap((message, index) =>
        brokenMessage(message, platform).map((text) => `message ${index}: ${text}`),
    );
    if (all.length > 16) wrong.push('more than 15 further messages');
    if (all.length > 1 && platform !== 'slack') wrong.push('further messages are dropped here');
    return wrong;
}

function brokenMessage(message: BotkubeMessage, platform: Platform): string[] {
    const markdown = markdownOf(message);
    const size = Buffer.byteLength(markdown);
    return [
        ...(markdown.trim() === '' ? ['empty'] : []),
        ...(size > BUDGET[platform] ? [`${size} bytes`] : []),
        ...(message.timestamp === undefined ? [] : ['a timestamp']),
        ...(HIDDEN.test(markdown) ? ['hidden character'] : []),
        ...(/[\ud800-\udfff]/u.test(markdown) ? ['half a character'] : []),
        ...commandsOf(message)
            .filter((command) => !/^\{\{BotName\}\} fix [^`\n]+$/.test(command))
            .map((command) => `command ${command}`),
        ...mentions(message),
        ...(platform === 'slack' || platform === 'unknown' ? slackFaults(message, platform) : markdownFaults(message)),
        ...(platform === 'unknown' ? riskyPercents(message) : []),
    ];
}

function mentions(message: BotkubeMessage): string[] {
    return textsOf(message)
        .filter((text) => /@(all|channel|here|everyone)\b|(^|[^A-Za-z0-9])@[A-Za-z0-9!&]/i.test(text))
        .map((text) => `mention in ${text.slice(0, 80)}`);
}

/** Texts that the platform formats, without commands. */
function textsOf({ baseBody = {}, sections = [] }: BotkubeMessage): string[] {
    return [
        baseBody.plaintext,
        baseBody.codeBlock,
        ...sections.flatMap(({ header, description, body, textFields, bulletLists, buttons, context }) => [
            header,
            description,
            body?.plaintext,
            body?.codeBlock,
            ...(textFields ?? []).flatMap(({ key, value }) => [key, value]),
            ...(bulletLists ?? []).flatMap(({ title, items }) => [title, ...items]),
            ...(buttons ?? []).map(({ description: about }) => about),
            ...(context ?? []).map(({ text }) => text),
        ]),
    ].filter((text) => text !== undefined);
}

function commandsOf({ sections = [] }: BotkubeMessage): string[] {
    return sections.flatMap(({ buttons = [], selects }) => [
        ...buttons.filter(({ url }) => !url).map(({ command }) => command ?? ''),
        ...(selects?.items ?? []).map(({ command }) => command),
    ]);
}

function riskyPercents({ sections = [] }: BotkubeMessage): string[] {
    const risky = sections.flatMap(({ description, body, bulletLists }) => [
        description,
        body?.plaintext,
        body?.codeBlock,
        JSON.stringify(bulletLists),
    ]);
    return risky.some((text) => text?.includes('%')) ? ['percent sign where Slack uses it as a format'] : [];
}

function markdownFaults(message: BotkubeMessage): string[] {
    const prose = textsOf({ ...message, baseBody: { plaintext: message.baseBody?.plaintext ?? '' } }).filter(
        (text) => !text.startsWith('```'),
    );
    const codes = new Set((message.sections ?? []).map(({ body }) => body?.codeBlock));
    return prose
        .filter((text) => !codes.has(text))
        .flatMap((text) => {
            const bare = text.replace(/\\[^]/g, '');
            return /[*~`[\]|<>#]/.test(bare) ? [`unescaped ${bare.slice(0, 80)}`] : [];
        });
}

function slackFaults(message: BotkubeMessage, platform: Platform): string[] {
    const open = platform === 'slack' ? /[<>]|&(?!amp;|lt;|gt;)/ : /[<>]/;
    const wrong = textsOf(message)
        .filter((text) => open.test(text))
        .map((text) => `unescaped ${text.slice(0, 80)}`);
    if (message.sections === undefined) return wrong;
    const blocks = slackBlocks(message);
    if (blocks.length > 50) wrong.push(`${blocks.length} blocks`);
    const ids = blocks.map(({ block_id: id }) => id).filter((id) => id);
    if (new Set(ids).size !== ids.length) wrong.push('block id twice');
    return [...wrong, ...blocks.flatMap(brokenBlock)];
}

function brokenBlock(block: JsonObject): string[] {
    const elements = list(block.elements);
    const ids = elements.map((element) => object(element).action_id).filter((id) => id !== undefined);
    return [
        ...(block.type === 'section' && block.fields === undefined ? text(block.text, 3000) : []),
        ...(block.fields === undefined
            ? []
            : [
                  ...count(list(block.fields), 10, 'fields'),
                  ...list(block.fields).flatMap((field) => text(field, 2000)),
              ]),
        ...(block.type === 'actions' ? count(elements, 25, 'elements') : []),
        ...(block.type === 'context' ? elements.flatMap((element) => text(element, 3000)) : []),
        ...(new Set(ids).size === ids.length ? [] : ['action id twice']),
        ...[
            ...(block.type === 'actions' ? elements : []),
            ...(block.accessory === undefined ? [] : [block.accessory]),
        ].flatMap((element) => brokenElement(object(element))),
        ...(typeof block.block_id === 'string' && block.block_id.length > 255 ? ['block id too long'] : []),
    ];
}

function brokenElement(element: JsonObject): string[] {
    const id = element.action_id;
    const wrong = typeof id !== 'string' || id.length === 0 || id.length > 255 ? ['action id too long'] : [];
    if (element.type === 'button') {
        return [
            ...wrong,
            ...text(element.text, 75),
            ...(String(element.value).length > 2000 ? ['value too long'] : []),
            ...(String(element.url).length > 3000 ? ['url too long'] : []),
        ];
    }
    const groups = list(element.option_groups).map(object);
    const options = groups.flatMap((group) => list(group.options).map(object));
    return [
        ...wrong,
        ...text(element.placeholder, 150),
        ...count(options, 100, 'options'),
        ...groups.flatMap((group) => [
            ...text(group.label, 75),
            ...count(list(group.options), 100, 'options of a group'),
        ]),
        ...options.flatMap((option) => [
            ...text(option.text, 75),
            ...(String(option.value).length > 150 || option.value === '' ? ['option value'] : []),
        ]),
    ];
}

function text(value: Json | undefined, longest: number): string[] {
    const { text: content } = object(value);
    if (typeof content !== 'string' || content.trim() === '') return ['empty text'];
    return [
        ...(content.length > longest ? [`text of ${content.length}`] : []),
        ...(content.includes(FORMAT_FAULT) ? ['percent sign taken as a format'] : []),
    ];
}

function count(items: readonly unknown[], most: number, what: string): string[] {
    return items.length === 0 || items.length > most ? [`${items.length} ${what}`] : [];
}

function object(value: Json | undefined): JsonObject {
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};
}

function list(value: Json | undefined): Json[] {
    return Array.isArray(value) ? value : [];
}
