import { SocketModeClient } from '@slack/socket-mode';
import { pause } from '../../core/clock';
import { undisturbed } from '../../core/undisturbed';
import { clientOptions, SILENT } from './client';
import { slackFailure } from './failure';

/** Truth about the connection that carries clicks. */
export type SocketState = { connected: true } | { connected: false; reason: string };

export interface SlackSocketOptions {
    /** App-level token with `connections:write`. */
    appToken: string;
    apiUrl?: string;
    /** Called after the envelope was acknowledged. Must not reject. */
    received(body: unknown): Promise<void>;
    stateChanged(state: SocketState): void;
}

const CONNECT_MS = 15_000;
/** A session shorter than this counts as a failure, so that a server that hangs up at once is not called in a loop. */
const PROPER_SESSION_MS = 5_000;
const FIRST_PAUSE_MS = 250;
const LONGEST_PAUSE_MS = 30_000;

/**
 * Keeps one Socket Mode session open for ever. Every session is a client of its own with the SDK's reconnecting
 * switched off: that one waits seconds on an ordinary refresh and ends in an unhandled rejection when the token
 * is revoked. Here a failed start is a pause that grows to half a minute, and a refresh is reconnected at once.
 */
export class SlackSocket {
    private readonly stopping = new AbortController();
    private current: SocketModeClient | undefined;
    private done: Promise<void> = Promise.resolve();

    constructor(private readonly options: SlackSocketOptions) {}

    start(): void {
        this.done = this.keepOpen();
    }

    /** Hangs up; resolves when nothing is left. */
    async stop(): Promise<void> {
        this.stopping.abort();
        if (this.current) hangUp(this.current);
        await this.done;
    }

    private async keepOpen(): Promise<void> {
        let failures = 0;
        while (!this.stopping.signal.aborted) {
            const began = Date.now();
            try {
                await this.session();
                failures = Date.now() - began < PROPER_SESSION_MS ? failures + 1 : 0;
                this.tell({ connected: false, reason: 'reconnecting' });
            } catch (thrown) {
                failures += 1;
                this.tell({ connected: false, reason: slackFailure(thrown, 'apps.connections.open').message });
            }
            await pause(
                failures === 0 ? 0 : Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1)),
                this.stopping.signal,
            );
        }
    }

    /** One session: resolves when it has ended, rejects when it could not begin. */
    private async session(): Promise<void> {
        const client = this.newClient();
        this.current = client;
        const ended = new Promise<void>((resolve) => client.once('disconnected', () => resolve()));
        try {
            await within(CONNECT_MS, this.stopping.signal, client.start());
            if (this.stopping.signal.aborted) return;
            this.tell({ connected: true });
            await ended;
        } finally {
            hangUp(client);
        }
    }

    private newClient(): SocketModeClient {
        const client = new SocketModeClient({
            appToken: this.options.appToken,
            autoReconnectEnabled: false,
            logger: SILENT,
            clientOptions: clientOptions(this.options.apiUrl, 0),
        });
        client.on('interactive', ({ ack, body }: { ack: () => Promise<void>; body: unknown }) => {
            // Unacknowledged, Slack tells the person that it failed; then nothing must have happened.
            ack().then(
                () => undisturbed(this.options.received)(body),
                () => {},
            );
        });
        return client;
    }

    private tell(state: SocketState): void {
        if (!this.stopping.signal.aborted) this.options.stateChanged(state);
    }
}

/** Ends a session whatever state it is in; the SDK's promise may reject or never settle, so nobody waits for it. */
function hangUp(client: SocketModeClient): void {
    client.disconnect().catch(() => {});
}

async function within(milliseconds: number, signal: AbortSignal, work: Promise<unknown>): Promise<void> {
    await new Promise<void>((resolve, reject) => {
        const timer = setTimeout(() => reject(new Error('Slack did not greet in time')), milliseconds);
        signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
        work.then(
            () => resolve(),
            (thrown: unknown) => reject(thrown ?? new Error('Slack hung up before it greeted')),
        ).finally(() => clearTimeout(timer));
    });
}
