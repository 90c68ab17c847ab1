import type { Identity } from '../../nodes/core/model/identity';
import type { ExecuteContext, ExecuteRequest } from '../host/types';
import type { ReplyTarget } from '../message/reply';
import type { Call } from './call';
import { parse } from './parse';

const SLACK_MENTION = /^<@[UW][A-Z0-9]+>$/;
const DISCORD_MENTION = /^<@!?\d+>$/;
/** What Botkube writes where a person's mention would stand when one of its actions runs a command. */
const AUTOMATION = /^automation\b\s*"?(.*?)"?$/is;

/** The call behind a request. Throws `INPUT_INVALID` when the command cannot be understood. */
export function callOf(request: ExecuteRequest, signal: AbortSignal): Call {
    const { command, context } = request;
    const automation = automationOf(context);
    const person = personOf(context);
    return {
        ...parse(command),
        ...(automation === undefined ? {} : { automation }),
        ...(person === undefined ? {} : { person }),
        target: targetOf(request),
        signal,
    };
}

/** Where the answer goes. Botkube does not name the platform: the form of the mention tells it. */
export function targetOf({ command, context }: ExecuteRequest): ReplyTarget {
    const platform = platformOf(context);
    const hasOtherHeading = platform === 'unknown' || context.message.text.includes('--bk-cmd-header');
    return {
        platform,
        ...(hasOtherHeading ? {} : { heading: command }),
        clicked: context.slackState !== '',
        ...(context.message.parentActivityId === '' ? {} : { thread: context.message.parentActivityId }),
    };
}

function platformOf(context: ExecuteContext): ReplyTarget['platform'] {
    const { mention, displayName } = context.user;
    if (SLACK_MENTION.test(mention)) return 'slack';
    if (DISCORD_MENTION.test(mention)) return 'discord';
    return mention === '' && displayName !== '' && automationOf(context) === undefined ? 'mattermost' : 'unknown';
}

/**
 * Only a mention that the platform sets attests somebody; a display name is whatever its owner likes. Botkube's hosted
 * service for Microsoft Teams writes the display name where the mention stands, so a mention alone is not enough: Slack
 * in Socket Mode also hands over the text, as nobody else does, and Discord alone has no buttons.
 */
function personOf({ user, message, isInteractivitySupported }: ExecuteContext): Identity | undefined {
    const { mention, displayName } = user;
    const bySlack = SLACK_MENTION.test(mention) && message.text !== '';
    const byDiscord = DISCORD_MENTION.test(mention) && !isInteractivitySupported;
    if (!bySlack && !byDiscord) return undefined;
    return { platform: 'botkube', id: mention, ...(displayName === '' ? {} : { name: displayName }) };
}

function automationOf({ user }: ExecuteContext): string | undefined {
    const named = AUTOMATION.exec(user.mention) ?? (user.mention === '' ? AUTOMATION.exec(user.displayName) : null);
    return named ? named[1] || 'Automation' : undefined;
}
