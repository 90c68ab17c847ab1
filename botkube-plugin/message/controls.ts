import { clip } from '../../nodes/core/text/cut';
import { plainLine } from '../../nodes/core/text/plain-text';
import type { MessageButton, MessageOption, MessageSection } from '../host/types';
import { type Dialect, proseLine } from './dialect';
import { BOT_NAME, bytes, LIMITS } from './limits';
import { markdownBytes } from './measure';
import type { Piece } from './piece';
import type { ReplyButton, ReplySelect } from './reply';
import { grouped } from './split';

/** Rows of buttons; a button whose command cannot be shown and sent as it is, is left out. */
export function buttonRows({ buttons = [], link }: Piece, dialect: Dialect): MessageSection[] {
    const made = [
        ...buttons.flatMap((button) => messageButton(button, dialect)),
        ...(link ? [{ name: label(link.label), url: link.url }] : []),
    ];
    return grouped(made, fitsRow).map((row) => ({ buttons: row }));
}

/**
 * Selects of few enough options each; where there are none, a button for each option. `id` must be unique in the reply.
 */
export function selectRows(select: ReplySelect, id: string, dialect: Dialect): MessageSection[] {
    const groups = select.groups.map((group) => ({
        label: label(group.label),
        options: group.options.filter(({ value }) => isFaithful(value, LIMITS.optionValue)),
    }));
    if (!dialect.rows) {
        const buttons = groups.flatMap(({ options }) =>
            options.map((option) => ({ label: option.label, command: `${select.command} ${option.value}` })),
        );
        return buttonRows({ buttons }, dialect);
    }
    if (!isFaithful(select.command, LIMITS.selectCommand)) return [];
    const options = groups.flatMap((group) =>
        group.options.map((option) => ({
            group: group.label,
            option: { name: label(option.label), value: option.value },
        })),
    );
    return grouped(options, (some) => some.length <= LIMITS.options && bytesOf(some) <= LIMITS.piece).map(
        (some, index) => ({
            selects: {
                id: `${id}-${index + 1}`,
                items: [
                    {
                        type: 'static',
                        name: label(select.label),
                        command: `${BOT_NAME} ${select.command}`,
                        optionGroups: optionGroups(some),
                    },
                ],
            },
        }),
    );
}

type GroupedOption = { group: string; option: MessageOption };

function optionGroups(options: readonly GroupedOption[]): { name: string; options: MessageOption[] }[] {
    return grouped(options, (some) => some.every(({ group }) => group === some[0]?.group)).map((members) => ({
        name: members[0]?.group ?? '·',
        options: members.map(({ option }) => option),
    }));
}

function bytesOf(options: readonly GroupedOption[]): number {
    return options.reduce((sum, { group, option }) => sum + bytes(group) + bytes(option.value) + 20, 0);
}

function messageButton(button: ReplyButton, dialect: Dialect): MessageButton[] {
    if (!isFaithful(button.command, LIMITS.command)) return [];
    const name = label(button.label);
    const heading = dialect.rows ? ` --bk-cmd-header="${headerText(button)}"` : '';
    return [
        {
            name,
            command: `${BOT_NAME} ${button.command}${heading}`,
            ...(button.style ? { style: button.style } : {}),
            ...(dialect.rows ? {} : { description: proseLine(name, dialect), descriptionStyle: 'bold' as const }),
        },
    ];
}

/** What the host writes over the answer in place of the command: nothing in it may quote, format or end the flag. */
function headerText({ label: text, command }: ReplyButton): string {
    const incident = /\binc-\w+/.exec(command)?.[0];
    const full = incident === undefined || text.includes(incident) ? text : `${text} ${incident}`;
    return clip(plainLine(full).replace(/[^\p{L}\p{N} .,:/_-]/gu, ''), 80).trim() || 'fix';
}

/** Slack refuses two equal action IDs in a row, and Botkube makes them of a command's beginning. */
function fitsRow(row: readonly MessageButton[]): boolean {
    const ids = new Set(
        row.map(({ command, url }) =>
            Buffer.from(command ?? url ?? '')
                .subarray(0, LIMITS.distinct)
                .toString('hex'),
        ),
    );
    return (
        row.length <= LIMITS.row &&
        ids.size === row.length &&
        markdownBytes({ sections: [{ buttons: [...row] }] }) <= LIMITS.piece
    );
}

/** What a click sends must be what is shown, whole. */
function isFaithful(command: string, most: number): boolean {
    return (
        command !== '' &&
        bytes(command) <= most &&
        plainLine(command) === command &&
        !/[`]|\{\{BotName\}\}/.test(command)
    );
}

function label(text: string): string {
    return clip(plainLine(text).replaceAll(BOT_NAME, '{BotName}'), LIMITS.label) || '·';
}
