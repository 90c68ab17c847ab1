import type { BotkubeMessage, MessageSection } from '../host/types';
import { BOT_NAME, bytes } from './limits';

/** As long as a mention on any platform. */
const MENTION = '@'.repeat(24);

/** Bytes of the message's Markdown form, by which Botkube decides whether it posts a file instead. */
export function markdownBytes(message: BotkubeMessage): number {
    const { plaintext, codeBlock } = message.baseBody ?? {};
    const lines = [
        ...(plaintext === undefined ? [] : [plaintext]),
        ...(codeBlock === undefined ? [] : [fence(codeBlock)]),
        ...(message.sections ?? []).flatMap((section) => ['', ...linesOf(section)]),
    ];
    return bytes(
        lines
            .map((line) => `${line}\n`)
            .join('')
            .replaceAll(BOT_NAME, MENTION),
    );
}

/** Blocks that Botkube makes of a section on Slack, with the divider before it. */
export function blocksOf(section: MessageSection): number {
    const { style, header, description, textFields, body, bulletLists, buttons = [], selects, context = [] } = section;
    const single = [
        style?.divider === 'none' ? undefined : true,
        header,
        description,
        textFields,
        body?.plaintext,
        body?.codeBlock,
        bulletLists,
    ];
    const described = buttons.filter((button) => button.description !== undefined).length;
    const row = selects !== undefined || described < buttons.length ? 1 : 0;
    return single.filter((part) => part !== undefined).length + described + row + context.length;
}

function linesOf({
    header,
    description,
    textFields,
    body,
    bulletLists,
    buttons,
    selects,
    context,
}: MessageSection): string[] {
    return [
        ...(header === undefined ? [] : [bold(header)]),
        ...(textFields === undefined
            ? []
            : [bold('Fields'), ...textFields.map(({ key, value }) => ` • ${bold(key)}: ${value}`), '']),
        ...(description === undefined ? [] : [description]),
        ...(body?.plaintext === undefined ? [] : [body.plaintext]),
        ...(body?.codeBlock === undefined ? [] : [fence(body.codeBlock)]),
        ...(bulletLists ?? []).flatMap(({ title = '', items }) => [
            '',
            bold(title),
            ...items.map((item) => ` • ${item}`),
        ]),
        ...(selects === undefined
            ? []
            : [
                  '',
                  bold('Available options'),
                  ...selects.items.flatMap(({ optionGroups }) =>
                      optionGroups.flatMap(({ name, options }) => [
                          ` • ${name}`,
                          ...options.map(({ value }) => `    • \`${value}\``),
                      ]),
                  ),
              ]),
        ...(buttons ?? []).flatMap(({ name, command, url, description: about }) => [
            ...(about === undefined ? [] : [bold(about)]),
            url === undefined ? `  • \`${command ?? ''}\`` : `${name}: ${url}`,
        ]),
        ...(context ?? []).map(({ text }) => text),
    ];
}

function bold(text: string): string {
    return `**${text}**`;
}

function fence(code: string): string {
    return `\`\`\`\n${code}\n\`\`\``;
}
