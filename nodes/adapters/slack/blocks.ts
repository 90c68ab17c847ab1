/** The few kinds of Block Kit that cards use, see https://docs.slack.dev/reference/block-kit */
export interface SlackPlain {
    type: 'plain_text';
    text: string;
    /** False: `:colon:` codes in untrusted text stay text. */
    emoji: false;
}

export interface SlackMarkdown {
    type: 'mrkdwn';
    text: string;
    /** True: no links, channels or user names are made out of the text. */
    verbatim: true;
}

export interface SlackButton {
    type: 'button';
    action_id: string;
    text: SlackPlain;
    value?: string;
    url?: string;
    style?: 'primary' | 'danger';
    confirm?: { title: SlackPlain; text: SlackPlain; confirm: SlackPlain; deny: SlackPlain };
}

export type SlackBlock =
    | { type: 'header'; text: SlackPlain }
    | { type: 'section'; text: SlackPlain | SlackMarkdown }
    | { type: 'section'; fields: SlackPlain[] }
    | { type: 'context'; elements: (SlackPlain | SlackMarkdown)[] }
    | { type: 'actions'; elements: SlackButton[] }
    | { type: 'divider' };

/**
 * Slack's limits, in characters or pieces. `budget` is ours: above about 13,200 Slack answers `msg_blocks_too_long`.
 */
export const LIMITS = {
    blocks: 50,
    header: 150,
    section: 3000,
    fields: 10,
    field: 2000,
    button: 75,
    confirmTitle: 100,
    confirmText: 300,
    confirmButton: 30,
    fallback: 1000,
    reply: 3000,
    budget: 10_000,
} as const;

export function plainObject(text: string): SlackPlain {
    return { type: 'plain_text', text, emoji: false };
}

export function markdownObject(text: string): SlackMarkdown {
    return { type: 'mrkdwn', text, verbatim: true };
}
