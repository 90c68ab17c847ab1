import { escapeMarkdown, withoutFences } from '../../nodes/adapters/slack/escape';
import { plain, plainCode } from '../../nodes/core/text/plain-text';
import { BOT_NAME } from './limits';
import type { ReplyTarget } from './reply';

/**
 * How untrusted text is written for one platform, so that it is shown as it is: no mention, link, format or hidden
 * character.
 */
export interface Dialect {
    /** Several lines. */
    prose(text: string): string;
    code(text: string): string;
    /** Botkube uses descriptions, bodies and lists as a format string on Slack: there a percent sign is doubled. */
    formatted(escaped: string): string;
    /** False where a percent sign may stand in fields and small print only: the platform may be Slack or not. */
    percentSafe: boolean;
    /** One row of plain buttons and selects; elsewhere each button is described and its command shown. */
    rows: boolean;
}

const LOOK_ALIKES: Record<string, string> = { '*': '∗', '~': '∼', '`': 'ˋ', _: '＿', '<': '‹', '>': '›' };
/** An underscore inside a word formats nothing. */
const SLACK_FORMATS = /[*~`]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])/g;
const MARKDOWN_FORMATS = /[\\*~`[\]|<>#]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|^[ \t]*[-+=](?=[-+= \t]|$)/gm;
const BROADCAST = /@(?=(?:all|channel|here|everyone)\b)/gi;
const MENTION = /(?<![A-Za-z0-9])@(?=[A-Za-z0-9!&])/g;

const slack: Dialect = {
    prose: (text) => escapeMarkdown(lookAlike(unmentioned(plain(text)), SLACK_FORMATS)),
    code: (text) => escapeMarkdown(fenced(text)),
    formatted: (escaped) => escaped.replaceAll('%', '%%'),
    percentSafe: true,
    rows: true,
};

const markdown: Dialect = {
    prose: (text) => unmentioned(plain(text)).replace(MARKDOWN_FORMATS, (found) => found.replace(/.$/, '\\$&')),
    code: fenced,
    formatted: (escaped) => escaped,
    percentSafe: true,
    rows: false,
};

/** An escape of one platform would be shown on the others, so everything that could act becomes a look-alike. */
const anywhere: Dialect = {
    prose: (text) => lookAlike(lookAlike(unmentioned(plain(text)), SLACK_FORMATS), /[<>]/g).replaceAll('](', '] ('),
    code: (text) => lookAlike(fenced(text), /[<>]/g),
    formatted: (escaped) => escaped,
    percentSafe: false,
    rows: false,
};

export function dialectOf({ platform }: ReplyTarget): Dialect {
    if (platform === 'slack') return slack;
    return platform === 'unknown' ? anywhere : markdown;
}

/** One line of prose. */
export function proseLine(text: string, dialect: Dialect): string {
    return dialect.prose(text.replace(/[\r\n\u2028\u2029]+/g, ' ')).trim();
}

/** Text for between two fences. */
function fenced(text: string): string {
    return withoutFences(unmentioned(plainCode(text)).trim());
}

/** Nobody is called by an alert's or a model's text: a full-width sign instead. Nor does it write our bot's name. */
function unmentioned(text: string): string {
    return text.replaceAll(BOT_NAME, '{BotName}').replace(BROADCAST, '＠').replace(MENTION, '＠');
}

function lookAlike(text: string, pattern: RegExp): string {
    return text.replace(pattern, (character) => LOOK_ALIKES[character] ?? character);
}
