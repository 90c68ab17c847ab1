import type { ReplyTarget } from './reply';

/** In place of the bot's name in commands; Botkube replaces it by the mention. */
export const BOT_NAME = '{{BotName}}';

/**
 * Slack's limits, which Botkube does not keep for us; lengths in bytes of UTF-8 where Slack counts characters: never
 * longer.
 */
export const LIMITS = {
    /** Of 50; the host adds its header. */
    blocks: 45,
    /** Messages after the first. */
    further: 15,
    /** Of 10. */
    fields: 10,
    fieldKey: 80,
    fieldValue: 500,
    /** Elements of one row, of 25. */
    row: 20,
    options: 100,
    optionValue: 150,
    /** Characters of button, option and group labels. */
    label: 75,
    /** Of 255, of which the mention takes some. */
    selectCommand: 220,
    /** Of 2000; a longer one would fill a message alone. */
    command: 1_000,
    /** Botkube cuts a button's action ID at 254 bytes; commands of one row must differ before that. */
    distinct: 220,
    title: 240,
    /** One piece of a longer text, list or code; also of one row of buttons. */
    piece: 900,
    /** One section of several pieces. */
    section: 1_250,
} as const;

/**
 * Bytes of a message's Markdown form. Slack and Mattermost turn longer ones (3,001 and 3,990) into a file without
 * buttons, Discord from 2,000 on; the host's own heading takes the rest. An automation's message may go to any of them.
 */
export function budgetOf({ platform, heading = '' }: ReplyTarget): number {
    const usual = platform === 'discord' || platform === 'unknown' ? 1_700 : 2_700;
    const beyondUsual = Math.max(0, bytes(heading) - USUAL_HEADING);
    return Math.max(LIMITS.section + NOTE_BYTES, usual - beyondUsual);
}

/** Bytes of a typed command that a message has room for above it, beside the names of cluster and person. */
const USUAL_HEADING = 150;

/** Bytes of a page kept free for a note. */
export const NOTE_BYTES = 200;

/** Bytes of UTF-8. */
export function bytes(text: string): number {
    return Buffer.byteLength(text, 'utf8');
}
