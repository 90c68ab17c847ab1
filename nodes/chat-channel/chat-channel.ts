import type { NodeAPI } from 'node-red';
import type { SlackClick } from '../adapters/slack/clicks';
import { decide } from '../core/approval/decide';
import { pageChannel } from '../core/chat/page-channel';
import { refusalText } from '../core/chat/refusal';
import { systemClock } from '../core/clock';
import { asFixError, failureText } from '../core/errors';
import type { GroupDirectory } from '../core/model/approval';
import type { Incident } from '../core/model/incident';
import { requireService, type ServiceNode } from '../runtime/config-node';
import { defineNode, type NodeBehaviour, type NodeContext } from '../runtime/define-node';
import type { ChatChannelService, ChatState, IncidentStoreService } from '../runtime/services';
import { type ChatChannelConfig, type ChatChannelCredentials, pageLink, slackSettings } from './config';

type Context = NodeContext<ChatChannelConfig, ChatChannelCredentials>;

/** Offers the incident page or a Slack workspace as the place where cards are shown and decided on. */
export = function chatChannel(RED: NodeAPI): void {
    defineNode<ChatChannelConfig, ChatChannelCredentials>(
        RED,
        'chat-channel',
        (context) => (context.config.platform === 'slack' ? slack(context) : page(context)),
        { credentials: { botToken: { type: 'password' }, appToken: { type: 'password' } } },
    );
};

function page({ node, config, status }: Context): NodeBehaviour {
    const { language, pageUrl } = config;
    const service: ChatChannelService = {
        platform: 'page',
        channel: pageChannel(systemClock),
        language: language === 'zh-CN' ? 'zh-CN' : 'en-US',
        link: pageLink(pageUrl),
        state: () => ({ connected: true }),
        onState: () => () => {},
    };
    Object.assign(node, { service } satisfies Partial<ServiceNode<ChatChannelService>>);
    status.ready('chat-channel.status.page');
    return {};
}

function slack(context: Context): NodeBehaviour {
    const { node, config, status, closing } = context;
    const { slackService } = require('./slack-service') as typeof import('./slack-service');
    const language = config.language === 'zh-CN' ? 'zh-CN' : 'en-US';
    const service = slackService({
        settings: slackSettings(config, node.credentials ?? {}),
        language,
        link: pageLink(config.pageUrl),
        closing,
        decide: (click, groups) => decided(context, language, click, groups),
        report: (thrown) => node.error(failureText(thrown)),
    });
    let said: string | undefined;
    service.onState((state: ChatState) => {
        if (state.connected) status.ready('chat-channel.status.connected');
        else status.failed('chat-channel.status.disconnected');
        const reason = state.connected ? undefined : state.reason;
        if (reason !== undefined && reason !== said && reason !== 'reconnecting') node.warn(reason);
        said = reason;
    });
    Object.assign(node, { service } satisfies Partial<ServiceNode<ChatChannelService>>);
    status.waiting('chat-channel.status.connecting');
    return {
        start: async () => {
            requireService<IncidentStoreService>(context.RED, config.store, 'incident-store', 'store');
            service.start();
        },
        close: () => service.stop(),
    };
}

/** Records the decision; answers what the person is told when it was not. */
async function decided(
    { RED, node, config }: Context,
    language: ChatChannelService['language'],
    click: SlackClick,
    directory: GroupDirectory,
): Promise<string | undefined> {
    let incident: Incident | undefined;
    try {
        const store = requireService<IncidentStoreService>(RED, config.store, 'incident-store', 'store');
        const incidents = await store.incidents();
        incident = (await incidents.store.read(click.incidentId))?.incident;
        await decide({ incidents, keys: await store.keys(), directory }, click);
        return undefined;
    } catch (thrown) {
        const error = asFixError(thrown);
        node.log(`${click.verdict} of ${click.incidentId} by slack:${click.by.id} not recorded: ${failureText(error)}`);
        return refusalText(error, incident, language);
    }
}
