import type { Card } from '../../nodes/core/chat/card';

/** A button of a reply; `command` is what it types, without the bot's name, e.g. `fix approve inc-7f3k2 1b07afc5`. */
export interface ReplyButton {
    label: string;
    command: string;
    style?: 'primary' | 'danger';
}

/** A choice whose value is appended to `command` after a space. */
export interface ReplySelect {
    label: string;
    command: string;
    groups: { label: string; options: { label: string; value: string }[] }[];
}

/** One block of a reply. Texts are plain: the renderer escapes them for the platform. */
export interface ReplySection {
    title?: string;
    text?: string;
    fields?: { label: string; value: string }[];
    items?: string[];
    /** Monospaced. */
    code?: string;
    buttons?: ReplyButton[];
    select?: ReplySelect;
    /** Small print. */
    notes?: string[];
}

/** What a command answers, before it is rendered for a platform. `card` comes first when there is one. */
export interface Reply {
    card?: Card;
    sections: ReplySection[];
    /** Only the asker sees it, where that is possible and sure to be seen. */
    ephemeral?: boolean;
    /** Replaces the message whose button was clicked, if one was. */
    replaceOriginal?: boolean;
}

/** Where a reply goes, as far as Botkube says. */
export interface ReplyTarget {
    /** `unknown`: an automation; its result may go anywhere. */
    platform: 'slack' | 'mattermost' | 'discord' | 'unknown';
    /** A button or select was used, not a command typed. */
    clicked: boolean;
    /**
     * The typed command, which Botkube writes above every message of the answer; absent where a button gave another
     * heading.
     */
    heading?: string;
    /** `message.parentActivityId` of the request: keeps one thread. */
    thread?: string;
}
