import type { NodeAPI, NodeDef } from 'node-red';
import { CardFollower } from '../core/chat/card-follower';
import { monotonicMs } from '../core/clock';
import { FixError, failureText } from '../core/errors';
import { headline } from '../core/incident/summary';
import type { Incidents } from '../core/store/incidents';
import { requireService } from '../runtime/config-node';
import { defineNode, type NodeBehaviour, type NodeContext, type Send } from '../runtime/define-node';
import { requireResolved } from '../runtime/env';
import { INSTANCE } from '../runtime/instance';
import { type IncidentMessage, incidentIdOf, withIncident } from '../runtime/message';
import type { ChatChannelService, IncidentStoreService } from '../runtime/services';
import { watchStore } from '../runtime/store-watch';

interface ChatOutConfig extends NodeDef {
    chat: string;
    store: string;
    /** Channel instead of the chat channel's own; empty for that one. */
    target: string;
    targetType: 'str' | 'msg' | 'flow' | 'global' | 'env' | 'jsonata';
}

type Context = NodeContext<ChatOutConfig>;

/** Cards follow the store's notices; how often they catch up with what no notice came for. */
const CATCH_UP_MS = 60_000;

/** Posts an incident's card and lets it follow the incident. */
export = function chatOut(RED: NodeAPI): void {
    defineNode<ChatOutConfig>(RED, 'chat-out', build);
};

function build(context: Context): NodeBehaviour {
    const { RED, config } = context;
    requireResolved({ target: config.target });
    const chat = requireService<ChatChannelService>(RED, config.chat, 'chat-channel', 'chat');
    const store = requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
    return new ChatOut(context, chat, store);
}

class ChatOut implements NodeBehaviour {
    private readonly followers = new Map<Incidents, CardFollower>();
    private readonly unlisten: () => void;
    private failing: FixError | undefined;
    private storeDown: FixError | undefined;
    private caughtUpAt = -Infinity;

    constructor(
        private readonly context: Context,
        private readonly chat: ChatChannelService,
        private readonly store: IncidentStoreService,
    ) {
        this.unlisten = chat.onState(() => this.showStatus());
    }

    async start(): Promise<void> {
        this.showStatus();
        watchStore(
            this.store,
            {
                up: (incidents) => {
                    this.storeDown = undefined;
                    this.showStatus();
                    this.catchUp(incidents);
                },
                down: (error) => {
                    this.storeDown = error;
                    this.caughtUpAt = -Infinity;
                    this.showStatus();
                },
            },
            this.context.closing,
        );
    }

    async input(msg: IncidentMessage, send: Send): Promise<void> {
        const id = incidentIdOf(msg);
        const incidents = await this.store.incidents();
        const { channel, message } = await this.followerOf(incidents).show(id, await targetOf(this.context, msg));
        msg.chat = { channel, message };
        const { incident } = await incidents.get(id);
        this.showStatus();
        send(withIncident(msg, incident, headline(incident)));
    }

    async close(): Promise<void> {
        this.unlisten();
        await Promise.all([...this.followers.values()].map((follower) => follower.stop()));
    }

    /** At once after a start or an outage of the store, then seldom: it reads many incidents. */
    private catchUp(incidents: Incidents): void {
        if (monotonicMs() - this.caughtUpAt < CATCH_UP_MS) return;
        this.caughtUpAt = monotonicMs();
        this.context.background(() => this.followerOf(incidents).follow());
    }

    private followerOf(incidents: Incidents): CardFollower {
        const known = this.followers.get(incidents);
        if (known) return known;
        const { node, config, closing } = this.context;
        const { channel, language, link } = this.chat;
        const follower = new CardFollower(
            {
                incidents,
                channel,
                language,
                link,
                chat: config.chat,
                node: node.id,
                instance: INSTANCE,
                signal: closing,
                unrecorded: new Map(),
            },
            (error) => this.heard(error),
        );
        this.followers.set(incidents, follower);
        return follower;
    }

    /** The outcome of work in the background; a new kind of failure is logged once. */
    private heard(error: FixError | undefined): void {
        const { closing, node } = this.context;
        if (closing.aborted) return;
        if (error && error.code !== this.failing?.code) node.warn(failureText(error));
        this.failing = error;
        this.showStatus();
    }

    private showStatus(): void {
        const { status, closing } = this.context;
        const error = this.storeDown ?? this.failing;
        if (closing.aborted) return;
        if (error) status.failed(error.code);
        else if (!this.chat.state().connected) status.waiting('chat-out.status.disconnected');
        else status.ready(this.chat.channel.live ? 'chat-out.status.page' : 'chat-out.status.connected');
    }
}

/** The channel this message asks for; undefined for the chat channel's own. Rejects with `CONFIG_INVALID`. */
async function targetOf({ RED, config, node }: Context, msg: IncidentMessage): Promise<string | undefined> {
    if (!config.target) return undefined;
    const value = await new Promise<unknown>((resolve, reject) => {
        RED.util.evaluateNodeProperty(config.target, config.targetType, node, msg, (error, result: unknown) =>
            error ? reject(error) : resolve(result),
        );
    }).catch((thrown: unknown) => {
        throw new FixError('CONFIG_INVALID', `The channel cannot be evaluated: ${String(thrown)}`, {
            field: 'target',
            cause: thrown,
        });
    });
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'string') return value;
    throw new FixError('CONFIG_INVALID', `The channel must be a text, not ${typeof value}.`, {
        field: 'target',
        cure: 'Make it the ID of a channel.',
    });
}
