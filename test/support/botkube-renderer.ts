import type { BotkubeMessage, MessageButton, MessageSection } from '../../botkube-plugin/host/types';
import type { JsonObject } from './slack-limits';

/** A mention as long as Slack's longest. */
export const MENTION = '<@U0123456789ABCDEF>';

/**
 * Botkube v1.14.0's Slack blocks of a message, as read in its `slack_renderer.go`; with what Go's `Sprintf` does to a
 * lone percent sign.
 */
export function slackBlocks(message: BotkubeMessage): JsonObject[] {
    const { baseBody = {}, sections = [] } = named(message);
    const blocks: JsonObject[] = [formatted('`fix` on `dev` by <@U1>')];
    if (baseBody.plaintext) blocks.push(formatted(baseBody.plaintext));
    if (baseBody.codeBlock) blocks.push(formatted(adaptive(baseBody.codeBlock)));
    sections.forEach((section, index) => {
        if (index > 0 && section.style?.divider !== 'none') blocks.push({ type: 'divider' });
        blocks.push(...sectionBlocks(section));
    });
    return blocks;
}

/** The Markdown that Botkube measures, and posts on Mattermost and Discord; as read in its `markdown.go`. */
export function markdownOf(message: BotkubeMessage): string {
    const { baseBody = {}, sections = [] } = named(message);
    let out = '';
    const line = (text: string): void => {
        out += `${text}\n`;
    };
    if (baseBody.plaintext) line(baseBody.plaintext);
    if (baseBody.codeBlock) line(block(baseBody.codeBlock));
    for (const section of sections) {
        line('');
        if (section.header) line(`**${section.header}**`);
        if (section.textFields?.length) {
            line('**Fields**');
            for (const { key, value } of section.textFields) line(` • **${key}**: ${value}`);
            line('');
        }
        if (section.description) line(section.description);
        if (section.body?.plaintext) line(section.body.plaintext);
        if (section.body?.codeBlock) line(block(section.body.codeBlock));
        for (const { title, items } of section.bulletLists ?? []) {
            line('');
            line(`**${title ?? ''}**`);
            for (const item of items) line(` • ${item}`);
        }
        if (section.selects) {
            line('');
            line('**Available options**');
            for (const group of section.selects.items.flatMap(({ optionGroups }) => optionGroups)) {
                line(` • ${group.name}`);
                for (const { value } of group.options) line(`    • ${adaptive(value)}`);
            }
        }
        for (const button of section.buttons ?? []) {
            if (button.descriptionStyle === 'bold' && button.description) line(`**${button.description}**`);
            line(button.url ? `${button.name}: ${button.url}` : `  • ${adaptive(button.command ?? '')}`);
        }
        for (const { text } of section.context ?? []) line(text);
    }
    return out;
}

function sectionBlocks(section: MessageSection): JsonObject[] {
    const {
        header,
        description,
        textFields = [],
        body = {},
        bulletLists = [],
        buttons = [],
        selects,
        context = [],
    } = section;
    const blocks: JsonObject[] = [];
    if (header) blocks.push(markdownSection(`*${header}*`));
    if (description) blocks.push(formatted(description));
    if (textFields.length > 0)
        blocks.push({ type: 'section', fields: textFields.map(({ key, value }) => mrkdwn(`*${key}:* ${value}`)) });
    if (body.plaintext) blocks.push(formatted(body.plaintext));
    if (body.codeBlock) blocks.push(formatted(adaptive(body.codeBlock)));
    if (bulletLists.length > 0) {
        blocks.push(
            formatted(
                bulletLists
                    .map(({ title, items }) => `*${title ?? ''}*\n${items.map((item) => `• ${item}\n`).join('')}`)
                    .join(''),
            ),
        );
    }
    for (const button of buttons.filter(({ description: about }) => about)) {
        blocks.push({
            type: 'section',
            text: mrkdwn(`*${button.description ?? ''}*`),
            accessory: buttonElement(button),
        });
    }
    const row = buttons.filter(({ description: about }) => !about).map(buttonElement);
    const menus = (selects?.items ?? []).map(
        ({ name, command, optionGroups }): JsonObject => ({
            type: 'static_select',
            placeholder: plainText(name),
            action_id: command,
            option_groups: optionGroups.map((group) => ({
                label: plainText(group.name),
                options: group.options.map((option) => ({ text: plainText(option.name), value: option.value })),
            })),
        }),
    );
    if (row.length + menus.length > 0)
        blocks.push({ type: 'actions', block_id: selects?.id ?? '', elements: [...menus, ...row] });
    for (const { text } of context) blocks.push({ type: 'context', elements: [mrkdwn(text)] });
    return blocks;
}

function buttonElement({ name, command, url, style }: MessageButton): JsonObject {
    const id = command ? `cmd:${cutBytes(command, 250)}` : `url:${cutBytes(url ?? '', 250)}`;
    return {
        type: 'button',
        text: plainText(name),
        value: command ?? '',
        action_id: id,
        url: url ?? '',
        style: style ?? '',
    };
}

function cutBytes(text: string, most: number): string {
    return Buffer.from(text).subarray(0, most).toString('utf8');
}

/** Stands where Go wrote `%!o(MISSING)` or the like. */
export const FORMAT_FAULT = '\ue000';

/** `Sprintf` with the text as format and no arguments. */
function formatted(text: string): JsonObject {
    return markdownSection(
        text.replace(/%(%|[^%]|$)/gu, (_whole, next: string) => (next === '%' ? '%' : FORMAT_FAULT)),
    );
}

function markdownSection(text: string): JsonObject {
    return { type: 'section', text: mrkdwn(text) };
}

function mrkdwn(text: string): JsonObject {
    return { type: 'mrkdwn', text };
}

function plainText(text: string): JsonObject {
    return { type: 'plain_text', text };
}

function block(code: string): string {
    return `\`\`\`\n${code.trim()}\n\`\`\``;
}

function adaptive(code: string): string {
    return code.includes('\n') ? block(code) : `\`${code.trim()}\``;
}

/** The message with the bot's name filled in everywhere, as the host does it. */
function named(message: BotkubeMessage): BotkubeMessage {
    const parsed: BotkubeMessage = JSON.parse(JSON.stringify(message).replaceAll('{{BotName}}', MENTION));
    return parsed;
}
