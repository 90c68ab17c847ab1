import type { ExecuteContext, ExecuteRequest } from '../../botkube-plugin/host/types';

/** A request as Botkube sends it, on Slack with the text that was typed; without `user` from nobody. */
export function requestOf(
    command: string,
    user: Partial<ExecuteContext['user']> = {},
    { configs = [], parts = {} }: { configs?: string[]; parts?: Partial<ExecuteContext> } = {},
): ExecuteRequest {
    return {
        command,
        configs,
        context: {
            isInteractivitySupported: false,
            incomingWebhookBaseUrl: '',
            slackState: '',
            message: {
                text: /^<@[UW]/.test(user.mention ?? '') ? `<@UBOT> ${command}` : '',
                url: '',
                parentActivityId: '',
            },
            ...parts,
            user: { mention: '', displayName: '', ...user },
        },
    };
}
