import type { Chat, ChatOptions, ChatState } from '../../core/chat/platform';
import { systemClock } from '../../core/clock';
import { Listeners } from '../../core/store/listeners';
import { slackChannel } from './channel';
import { SlackClicks } from './clicks';
import { SlackClient } from './client';
import { SlackGroups } from './groups';
import { SlackSocket } from './socket';

/** A Slack workspace as a chat: cards out, clicks in. */
export function slackChat({ settings, language, closing, decide, report }: ChatOptions): Chat {
    const { botToken = '', appToken = '', channel = '', apiUrl } = settings;
    const address = apiUrl === undefined ? {} : { apiUrl };
    const client = new SlackClient({ botToken, ...address, signal: closing });
    const groups = new SlackGroups(client, systemClock);
    const clicks = new SlackClicks({ client, language, report, decide: (request) => decide(request, groups) });
    const listeners = new Listeners<ChatState>(report);
    let state: ChatState = { connected: false, reason: 'connecting' };
    const socket = new SlackSocket({
        appToken,
        ...address,
        received: (body) => clicks.received(body),
        stateChanged: (next) => {
            state = next;
            listeners.tell(next);
        },
    });
    return {
        channel: slackChannel({ client, defaultChannel: channel, language, clock: systemClock }),
        groups,
        state: () => state,
        onState: (listener) => listeners.add(listener),
        start: () => socket.start(),
        stop: () => socket.stop(),
    };
}
