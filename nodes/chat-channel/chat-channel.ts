import type { NodeAPI, NodeDef } from 'node-red';
import { CHATS, chatDeclarations, chatSecrets } from '../adapters/chats';
import { pageLink } from '../core/chat/page-link';
import { type Chat, type ChatPlatform, type ChatState, settingsOf } from '../core/chat/platform';
import type { Language } from '../core/chat/texts';
import { FixError, failureText } from '../core/errors';
import { requireService, type ServiceNode } from '../runtime/config-node';
import { decisionTaker } from '../runtime/decisions';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import { requireResolved } from '../runtime/env';
import type { ChatChannelService, IncidentStoreService } from '../runtime/services';

interface Config extends NodeDef {
    platform: string;
    language: Language;
    /** Id of the incident store that decisions are recorded in. */
    store: string;
    /** Public address of Node-RED's editor, for links to the incident page. */
    pageUrl: string;
    /** The platform's own fields. */
    [field: string]: unknown;
}

type Context = NodeContext<Config, Record<string, string>>;

/** Offers a chat platform as the place where cards are shown and decided on. */
export = function chatChannel(RED: NodeAPI): void {
    defineNode<Config, Record<string, string>>(RED, 'chat-channel', build, {
        credentials: Object.fromEntries(chatSecrets().map((name) => [name, { type: 'password' as const }])),
        settings: { chatChannelPlatforms: { value: chatDeclarations(), exportable: true } },
    });
};

function build(context: Context): NodeBehaviour {
    const { RED, node, config } = context;
    const platform = platformOf(config.platform);
    const language = config.language === 'zh-CN' ? 'zh-CN' : 'en-US';
    requireResolved({ pageUrl: config.pageUrl });
    const link = pageLink(config.pageUrl);
    const chat = platform.make({
        settings: settingsOf(platform, valuesOf(platform, context)),
        language,
        closing: context.closing,
        decide: decisionTaker({ RED, node, store: config.store, language }),
        report: (thrown) => node.error(failureText(thrown)),
    });
    const { channel, groups, state, onState } = chat;
    const service: ChatChannelService = { channel, ...(groups ? { groups } : {}), language, link, state, onState };
    Object.assign(node, { service } satisfies Partial<ServiceNode<ChatChannelService>>);
    showState(context, chat);
    return {
        start: async () => {
            if (platform.takesDecisions)
                requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
            chat.start();
        },
        close: () => chat.stop(),
    };
}

function platformOf(name: string): ChatPlatform {
    const platform = Object.hasOwn(CHATS, name) ? CHATS[name] : undefined;
    if (platform) return platform;
    throw new FixError('CONFIG_INVALID', `The chat platform "${String(name)}" is not known here.`, {
        field: 'platform',
        cure: `Choose one of ${Object.keys(CHATS).join(', ')}.`,
    });
}

/** Values of the platform's fields, as configured; secrets come from the credentials. */
function valuesOf({ fields }: ChatPlatform, { node, config }: Context): Record<string, unknown> {
    const secrets = node.credentials ?? {};
    const values = Object.fromEntries(
        fields.map(({ name, secret }) => [name, secret ? secrets[name] : config[name]] as const),
    );
    requireResolved(values);
    return values;
}

/** The status shows the state of the connection; a new reason for having none is logged once. */
function showState({ node, status }: Context, { channel, state, onState }: Chat): void {
    if (channel.live) {
        status.ready('chat-channel.status.page');
        return;
    }
    let logged: string | undefined;
    onState((next: ChatState) => {
        if (next.connected) status.ready('chat-channel.status.connected');
        else status.failed('chat-channel.status.disconnected');
        const reason = next.connected ? undefined : next.reason;
        if (reason !== undefined && reason !== logged && reason !== 'reconnecting') node.warn(reason);
        logged = reason;
    });
    if (state().connected) status.ready('chat-channel.status.connected');
    else status.waiting('chat-channel.status.connecting');
}
