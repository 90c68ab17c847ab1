import type { Clock } from '../clock';
import type { ChatChannel } from './card';

/**
 * The incident page as a chat channel: it reads the store itself, so a card is posted by saying since when it is there.
 */
export function pageChannel(clock: Clock): ChatChannel {
    return {
        decisions: 'buttons',
        live: true,
        post: async (card) => ({ channel: 'page', message: card.incidentId, postedAt: clock().toISOString() }),
    };
}
