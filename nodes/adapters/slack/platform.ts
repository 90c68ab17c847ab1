import type { ChatPlatform } from '../../core/chat/platform';

/** A Slack workspace, as the editor asks for it. Holds no SDK: that is loaded by `make`. */
export const slackPlatform: ChatPlatform = {
    name: 'slack',
    label: { 'en-US': 'Slack', 'zh-CN': 'Slack' },
    tip: {
        'en-US':
            'Invite the bot to the channel with /invite. The app needs Socket Mode, interactivity, and the scopes chat:write and, for approver groups, usergroups:read.',
        'zh-CN':
            '请用 /invite 把机器人邀请进频道。应用需要开启 Socket Mode 和交互功能，并具有 chat:write 权限；如使用审批用户组，还需 usergroups:read。',
    },
    takesDecisions: true,
    linksToPage: true,
    fields: [
        {
            name: 'botToken',
            kind: 'text',
            secret: true,
            icon: 'key',
            label: { 'en-US': 'Bot token', 'zh-CN': '机器人令牌' },
            placeholder: 'xoxb-…',
            cure: {
                'en-US': 'Enter the bot token (xoxb-…) from "OAuth & Permissions" of the Slack app.',
                'zh-CN': '请输入 Slack 应用 "OAuth & Permissions" 页面上的机器人令牌（xoxb-…）。',
            },
        },
        {
            name: 'appToken',
            kind: 'text',
            secret: true,
            icon: 'key',
            label: { 'en-US': 'App token', 'zh-CN': '应用令牌' },
            placeholder: 'xapp-…',
            cure: {
                'en-US': 'Enter an app-level token (xapp-…) with the scope connections:write.',
                'zh-CN': '请输入具有 connections:write 权限的应用级令牌（xapp-…）。',
            },
        },
        {
            name: 'channel',
            kind: 'text',
            icon: 'hashtag',
            label: { 'en-US': 'Channel', 'zh-CN': '频道' },
            placeholder: 'C0123456789',
            pattern: '^[CDG][A-Z0-9]{2,}$',
            cure: {
                'en-US':
                    "Enter the id of the channel, such as C0123456789: in Slack, open the channel's details and look at the bottom.",
                'zh-CN': '请输入频道 ID，例如 C0123456789：在 Slack 中打开频道详情，ID 位于底部。',
            },
        },
        {
            name: 'apiUrl',
            kind: 'url',
            optional: true,
            advanced: true,
            icon: 'globe',
            label: { 'en-US': 'API address', 'zh-CN': 'API 地址' },
            placeholder: 'https://slack.com/api/',
            pattern: '^https?:\\/\\/\\S+$',
            cure: {
                'en-US': 'Enter an address that starts with http:// or https://, or leave it empty for Slack itself.',
                'zh-CN': '请输入以 http:// 或 https:// 开头的地址；留空表示 Slack 官方地址。',
            },
        },
    ],
    make: (options) => {
        const { slackChat } = require('./chat') as typeof import('./chat');
        return slackChat(options);
    },
};
