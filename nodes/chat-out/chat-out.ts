import type { NodeAPI, NodeDef } from 'node-red';
import { CardFollower } from '../core/chat/card-follower';
import { FixError } from '../core/errors';
import { headline } from '../core/incident/summary';
import type { Incidents } from '../core/store/incidents';
import { requireService } from '../runtime/config-node';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { requireResolved } from '../runtime/env';
import { INSTANCE } from '../runtime/instance';
import { incidentIdOf, withIncident, type IncidentMessage } from '../runtime/message';
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

/** Posts an incident's card and lets it follow the incident. */
export = function chatOut(RED: NodeAPI): void {
    defineNode<ChatOutConfig>(RED, 'chat-out', build);
};

function build(context: Context): NodeBehaviour {
    const { RED, config, node, status, closing } = context;
    requireResolved({ target: config.target });
    const chat = requireService<ChatChannelService>(RED, config.chat, 'chat-channel', 'chat');
    const store = requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
    let failing: FixError | undefined;
    let storeDown: FixError | undefined;

    const show = (): void => {
        const error = storeDown ?? failing;
        if (error) status.failed(error.code);
        else if (!chat.state().connected) status.waiting('chat-out.status.disconnected');
        else status.ready(chat.platform === 'page' ? 'chat-out.status.page' : 'chat-out.status.connected');
    };
    const tell = (error: FixError | undefined): void => {
        if (closing.aborted) return;
        if (error && error.code !== failing?.code) node.warn([error.message, error.cure].filter(Boolean).join(' '));
        failing = error;
        show();
    };
    const followers = new Map<Incidents, CardFollower>();
    const followerOf = (incidents: Incidents): CardFollower => {
        const known = followers.get(incidents);
        if (known) return known;
        const follower = newFollower(context, chat, incidents, tell);
        followers.set(incidents, follower);
        return follower;
    };
    const unlisten = chat.onState(show);
    return {
        start: async () => {
            show();
            watchStore(store, {
                up: (incidents) => {
                    storeDown = undefined;
                    show();
                    context.background(() => followerOf(incidents).follow());
                },
                down: (error) => {
                    storeDown = error;
                    show();
                },
            }, closing);
        },
        input: async (msg, send) => {
            const id = incidentIdOf(msg);
            const incidents = await store.incidents();
            const { channel, message } = await followerOf(incidents).show(id, await targetOf(context, msg));
            msg.chat = { channel, message };
            const { incident } = await incidents.get(id);
            show();
            send(withIncident(msg, incident, headline(incident)));
        },
        close: async () => {
            unlisten();
            await Promise.all([...followers.values()].map((follower) => follower.stop()));
        },
    };
}

function newFollower({ node, config, closing }: Context, chat: ChatChannelService, incidents: Incidents, tell: (error?: FixError) => void): CardFollower {
    const { channel, platform, language, link } = chat;
    return new CardFollower({
        incidents, channel, language, link,
        follows: platform !== 'page',
        chat: config.chat,
        node: node.id,
        instance: INSTANCE,
        signal: closing,
        unrecorded: new Map(),
    }, tell);
}

/** The channel this message asks for; undefined for the chat channel's own. Rejects with `CONFIG_INVALID`. */
async function targetOf({ RED, config, node }: Context, msg: IncidentMessage): Promise<string | undefined> {
    if (!config.target) return undefined;
    const value = await new Promise<unknown>((resolve, reject) => {
        RED.util.evaluateNodeProperty(config.target, config.targetType, node, msg, (error, result: unknown) => (error ? reject(error) : resolve(result)));
    }).catch((thrown: unknown) => {
        throw new FixError('CONFIG_INVALID', `The channel cannot be worked out: ${String(thrown)}`, { field: 'target', cause: thrown });
    });
    if (value === undefined || value === null || value === '') return undefined;
    if (typeof value === 'string') return value;
    throw new FixError('CONFIG_INVALID', `The channel must be a text, not ${typeof value}.`, { field: 'target', cure: 'Give the id of a channel.' });
}
