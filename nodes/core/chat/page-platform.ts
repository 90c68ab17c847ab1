import { systemClock } from '../clock';
import { pageChannel } from './page-channel';
import type { ChatPlatform } from './platform';

/** The incident page: always there, and nothing to configure. */
export const pagePlatform: ChatPlatform = {
    name: 'page',
    label: { 'en-US': 'Incident page', 'zh-CN': '事件页面' },
    takesDecisions: false,
    linksToPage: false,
    fields: [],
    make: () => ({
        channel: pageChannel(systemClock),
        state: () => ({ connected: true }),
        onState: () => () => {},
        start: () => {},
        stop: async () => {},
    }),
};
