import type { ChatChannel } from '../../core/chat/card';
import type { Language } from '../../core/chat/texts';
import type { Clock } from '../../core/clock';
import { FixError } from '../../core/errors';
import { plainLine } from '../../core/text/plain-text';
import type { SlackClient } from './client';
import { renderCard, renderReply } from './render';

export interface SlackChannelOptions {
    client: SlackClient;
    /** Id of the channel for cards that name no other, e.g. `C0123456789`. */
    defaultChannel: string;
    language: Language;
    clock: Clock;
}

/** Slack can do all that a chat can. */
export type SlackChannel = ChatChannel & Required<Pick<ChatChannel, 'update' | 'reply' | 'attach' | 'showsWhole'>>;

/**
 * Cards as Slack messages: https://docs.slack.dev/reference/methods/chat.postMessage and chat.update; files in their threads:
 * https://docs.slack.dev/reference/methods/files.getUploadURLExternal (scope `files:write`).
 */
export function slackChannel({ client, defaultChannel, language, clock }: SlackChannelOptions): SlackChannel {
    return {
        decisions: 'buttons',
        post: async (card, target) => {
            const { text, blocks } = renderCard(card, language);
            const answer = await client.call('chat.postMessage', (web) =>
                web.chat.postMessage({
                    channel: target || defaultChannel,
                    text,
                    blocks,
                    unfurl_links: false,
                    unfurl_media: false,
                }),
            );
            if (!answer.channel || !answer.ts) {
                throw new FixError('CHAT_DOWN', 'Slack took the card but did not say which message it is.');
            }
            return { channel: answer.channel, message: answer.ts, postedAt: clock().toISOString() };
        },
        update: async ({ channel, message }, card) => {
            const { text, blocks } = renderCard(card, language);
            await client.call('chat.update', (web) => web.chat.update({ channel, ts: message, text, blocks }));
        },
        reply: async ({ channel, message }, text) => {
            await client.call('chat.postMessage', (web) =>
                web.chat.postMessage({
                    channel,
                    thread_ts: message,
                    text: renderReply(text, language),
                    mrkdwn: false,
                    unfurl_links: false,
                    unfurl_media: false,
                }),
            );
        },
        showsWhole: (card) => renderCard(card, language).whole,
        attach: async ({ channel, message }, { name, title, bytes }) => {
            await client.call('files.uploadV2', (web) =>
                web.filesUploadV2({
                    channel_id: channel,
                    thread_ts: message,
                    filename: name,
                    title: plainLine(title),
                    file: Buffer.from(bytes),
                }),
            );
        },
    };
}
