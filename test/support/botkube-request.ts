import type { ExecuteContext, ExecuteRequest } from '../../botkube-plugin/host/types';

/** A request as Botkube sends it; without `user` from nobody. */
export function requestOf(
    command: string, user: Partial<ExecuteContext['user']> = {}, { configs = [], parts = {} }: { configs?: string[]; parts?: Partial<ExecuteContext> } = {},
): ExecuteRequest {
    return {
        command, configs,
        context: {
            isInteractivitySupported: false, incomingWebhookBaseUrl: '', slackState: '', message: { text: '', url: '', parentActivityId: '' }, ...parts,
            user: { mention: '', displayName: '', ...user },
        },
    };
}
