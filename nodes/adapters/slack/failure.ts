import { WebAPIHTTPError, WebAPIPlatformError, WebAPIRateLimitedError, WebAPIRequestError } from '@slack/web-api';
import { asFixError, FixError } from '../../core/errors';
import { fullStop } from '../../core/text/text';

const INVITE = 'Invite the bot with /invite in that channel, or correct the channel id.';
const BOT_TOKEN = 'Enter a valid bot token (xoxb-…) in the chat channel.';
const BUG = 'Please report this: a card broke a limit of Slack.';

/** What to do about Slack's errors, see https://docs.slack.dev/reference/methods/chat.postMessage#errors */
const CURES: Record<string, string> = {
    not_in_channel: INVITE,
    channel_not_found: INVITE,
    is_archived: 'Unarchive the channel or choose another one.',
    restricted_action: 'Let the app post there in the settings of the workspace, or choose another channel.',
    not_authed: BOT_TOKEN,
    invalid_auth: BOT_TOKEN,
    token_revoked: BOT_TOKEN,
    token_expired: BOT_TOKEN,
    account_inactive: BOT_TOKEN,
    not_allowed_token_type: 'Use the bot token (xoxb-…) for cards and the app-level token (xapp-…) for buttons.',
    missing_scope: 'Add the missing scope to the app and install it again (files need files:write).',
    invalid_blocks: BUG,
    msg_blocks_too_long: BUG,
    msg_too_long: BUG,
    message_not_found: 'Somebody deleted the card; look at the incident page.',
    cant_update_message: 'The card belongs to another app; use the bot that posted it.',
    plan_upgrade_required: 'User groups need a paid Slack plan; name the approvers one by one.',
    no_such_subteam: 'Correct the id of the user group in the approval gate.',
};

/** Slack's own troubles: the same call may succeed later. */
const PASSING = new Set([
    'internal_error',
    'fatal_error',
    'service_unavailable',
    'request_timeout',
    'ratelimited',
    'rate_limited',
    'team_added_to_org',
]);

/**
 * What went wrong with `method`: `CHAT_REJECTED` when Slack refuses, `CHAT_DOWN` when it cannot be reached or is busy.
 */
export function slackFailure(thrown: unknown, method: string): FixError {
    if (thrown instanceof WebAPIPlatformError) return refused(thrown, method);
    if (thrown instanceof WebAPIRateLimitedError) {
        return new FixError(
            'CHAT_DOWN',
            `Slack limits the rate of ${method} and asks to wait ${thrown.retryAfter} s.`,
            { cause: thrown },
        );
    }
    if (thrown instanceof WebAPIHTTPError) {
        return new FixError('CHAT_DOWN', `Slack answered ${method} with HTTP ${thrown.statusCode}.`, { cause: thrown });
    }
    if (thrown instanceof WebAPIRequestError) {
        const { cause } = thrown.original;
        const why = cause instanceof Error && cause.message !== '' ? cause.message : thrown.original.message;
        return new FixError('CHAT_DOWN', fullStop(`Slack cannot be reached: ${why}`), {
            cure: 'Check the network, proxy and the API address.',
            cause: thrown,
        });
    }
    return asFixError(thrown, 'CHAT_DOWN');
}

function refused({ data }: WebAPIPlatformError, method: string): FixError {
    const { error } = data;
    const needed = 'needed' in data && typeof data.needed === 'string' ? ` (${data.needed})` : '';
    const details = (data.response_metadata?.messages ?? []).slice(0, 3).join('; ');
    const message = `Slack refused ${method}: ${error}${needed}${details === '' ? '' : `: ${details}`}.`;
    if (PASSING.has(error)) return new FixError('CHAT_DOWN', message);
    const cure = CURES[error];
    return new FixError('CHAT_REJECTED', message, cure === undefined ? {} : { cure });
}
