import type { NodeDef } from 'node-red';
import type { Language } from '../core/chat/texts';
import { FixError } from '../core/errors';
import { requireResolved } from '../runtime/env';

export interface ChatChannelConfig extends NodeDef {
    platform: 'page' | 'slack';
    language: Language;
    /** Id of the incident store that decisions are recorded in. */
    store: string;
    /** Channel for cards that name no other. */
    channel: string;
    /** Public address of Node-RED's editor, for links to the incident page. */
    pageUrl: string;
    apiUrl: string;
}

export interface ChatChannelCredentials {
    botToken?: string;
    appToken?: string;
}

export interface SlackSettings {
    botToken: string;
    appToken: string;
    channel: string;
    apiUrl?: string;
}

/** Throws `CONFIG_INVALID` or `CONFIG_MISSING` naming the field. */
export function slackSettings(config: ChatChannelConfig, credentials: ChatChannelCredentials): SlackSettings {
    const { channel, apiUrl } = config;
    const { botToken, appToken } = credentials;
    requireResolved({ botToken, appToken, channel, apiUrl });
    if (apiUrl && !URL.canParse(apiUrl)) {
        throw new FixError('CONFIG_INVALID', `The API address "${apiUrl}" is not a URL.`, {
            field: 'apiUrl',
            cure: 'Leave it empty for Slack itself.',
        });
    }
    return {
        botToken: required(
            botToken,
            'botToken',
            'Enter the bot token (xoxb-…) from "OAuth & Permissions" of the Slack app.',
        ),
        appToken: required(appToken, 'appToken', 'Enter an app-level token (xapp-…) with the scope connections:write.'),
        channel: required(channel, 'channel', 'Enter the id of the channel, such as C0123456789.'),
        ...(apiUrl ? { apiUrl } : {}),
    };
}

/** How the incident page of one incident is addressed; nothing without a public address. */
export function pageLink(pageUrl: string | undefined): (incidentId: string) => string | undefined {
    if (!pageUrl) return () => undefined;
    requireResolved({ pageUrl });
    if (!/^https?:\/\//.test(pageUrl) || !URL.canParse(pageUrl)) {
        throw new FixError('CONFIG_INVALID', `The public address "${pageUrl}" is not an http address.`, {
            field: 'pageUrl',
        });
    }
    return (incidentId) => `${pageUrl.replace(/\/+$/, '')}/alert-to-fix/#/${incidentId}`;
}

function required(value: string | undefined, field: string, cure: string): string {
    if (value) return value;
    throw new FixError('CONFIG_MISSING', `The chat channel needs a value for ${field}.`, { field, cure });
}
