import { LogLevel, WebAPIRateLimitedError, WebClient, type WebClientOptions } from '@slack/web-api';
import { pause } from '../../core/clock';
import { FixError } from '../../core/errors';
import { slackFailure } from './failure';

/** How this workspace is reached. */
export interface SlackAccess {
    botToken: string;
    /** Absent: Slack's own, https://slack.com/api/ */
    apiUrl?: string;
    signal: AbortSignal;
}

const CALL_MS = 10_000;
/** Longest pause that Slack may ask for within one call; beyond that the call fails with `CHAT_DOWN`. */
const LONGEST_PAUSE_S = 30;
const RATE_LIMIT_TRIES = 4;

/** The SDK writes to the console; the nodes report failures, so it is silenced. */
export const SILENT = {
    debug: () => {},
    info: () => {},
    warn: () => {},
    error: () => {},
    setLevel: () => {},
    getLevel: () => LogLevel.ERROR,
    setName: () => {},
};

/** Options for every client: never another host, never an endless wait. */
export function clientOptions(apiUrl: string | undefined, retries: number): WebClientOptions {
    return {
        ...(apiUrl === undefined ? {} : { slackApiUrl: apiUrl }),
        allowAbsoluteUrls: false,
        rejectRateLimitedCalls: true,
        timeout: CALL_MS,
        retryConfig: { retries, minTimeout: 300, maxTimeout: 2_000, factor: 2 },
        logger: SILENT,
    };
}

/** Slack's web API with bounded retries. */
export class SlackClient {
    private readonly web: WebClient;

    constructor(private readonly access: SlackAccess) {
        this.web = new WebClient(access.botToken, clientOptions(access.apiUrl, 2));
    }

    /** Calls a method; waits as Slack asks when it limits the rate. Rejects with `CHAT_DOWN` or `CHAT_REJECTED`. */
    async call<T>(method: string, work: (web: WebClient) => Promise<T>): Promise<T> {
        for (let tries = 1; ; tries += 1) {
            try {
                return await work(this.web);
            } catch (thrown) {
                const waitSeconds = thrown instanceof WebAPIRateLimitedError ? thrown.retryAfter : Infinity;
                if (waitSeconds > LONGEST_PAUSE_S || tries >= RATE_LIMIT_TRIES) throw slackFailure(thrown, method);
                await sleep(waitSeconds * 1000, this.access.signal);
            }
        }
    }
}

/** Waits; rejects with `CANCELLED` when the node closes. */
async function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    await pause(milliseconds, signal);
    if (signal.aborted) throw new FixError('CANCELLED', 'The chat channel was closed while it waited for Slack.');
}
