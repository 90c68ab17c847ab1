import { slackChannel } from '../adapters/slack/channel';
import { type SlackClick, SlackClicks } from '../adapters/slack/clicks';
import { SlackClient } from '../adapters/slack/client';
import { SlackGroups } from '../adapters/slack/groups';
import { SlackSocket } from '../adapters/slack/socket';
import type { Language } from '../core/chat/texts';
import { systemClock } from '../core/clock';
import type { GroupDirectory } from '../core/model/approval';
import { Listeners } from '../core/store/listeners';
import type { ChatChannelService, ChatState } from '../runtime/services';
import type { SlackSettings } from './config';

export interface SlackServiceOptions {
    settings: SlackSettings;
    language: Language;
    link: ChatChannelService['link'];
    closing: AbortSignal;
    /** Decides on a click; answers what the person is told. */
    decide(click: SlackClick, groups: GroupDirectory): Promise<string | undefined>;
    report(thrown: unknown): void;
}

/** A Slack workspace as a chat channel: cards out, clicks in. `start` connects and stays connected until `stop`. */
export function slackService(
    options: SlackServiceOptions,
): ChatChannelService & { start(): void; stop(): Promise<void> } {
    const { settings, language, link, closing, report } = options;
    const client = new SlackClient({ ...settings, signal: closing });
    const groups = new SlackGroups(client, systemClock);
    const clicks = new SlackClicks({ client, language, report, decide: (click) => options.decide(click, groups) });
    const listeners = new Listeners<ChatState>(report);
    let state: ChatState = { connected: false, reason: 'connecting' };
    const socket = new SlackSocket({
        ...settings,
        received: (body) => clicks.received(body),
        stateChanged: (next) => {
            state = next;
            listeners.tell(next);
        },
    });
    return {
        platform: 'slack',
        channel: slackChannel({ client, defaultChannel: settings.channel, language, clock: systemClock }),
        groups,
        language,
        link,
        state: () => state,
        onState: (listener) => listeners.add(listener),
        start: () => socket.start(),
        stop: () => socket.stop(),
    };
}
