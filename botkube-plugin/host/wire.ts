import type { BotkubeMessage, ExecuteRequest, ExecuteResponse, PluginMetadata } from './types';

/** `executor.ExecuteRequest` as the protos give it: an absent message is null. */
export interface WireRequest {
    command: string;
    configs: { rawYAML: Buffer }[];
    context: {
        isInteractivitySupported: boolean;
        slackState: Buffer;
        message: {
            text: string;
            url: string;
            parentActivityId: string;
            user: { mention: string; displayName: string } | null;
        } | null;
        incomingWebhook: { baseSourceURL: string } | null;
    } | null;
}

export interface WireResponse {
    message: Buffer;
    messages: Buffer[];
}

export interface WireMetadata {
    version: string;
    description: string;
    jsonSchema: { value: string };
    documentationUrl: string;
}

const MAX_FURTHER_MESSAGES = 15;
const NO_ANSWER: BotkubeMessage = { baseBody: { plaintext: 'Done; there is nothing to show.' } };
const RFC_3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/;

export function readRequest(wire: WireRequest): ExecuteRequest {
    const { context } = wire;
    const message = context?.message;
    return {
        command: wire.command,
        configs: wire.configs.map(({ rawYAML }) => rawYAML.toString('utf8')),
        context: {
            isInteractivitySupported: context?.isInteractivitySupported ?? false,
            incomingWebhookBaseUrl: context?.incomingWebhook?.baseSourceURL ?? '',
            user: { mention: message?.user?.mention ?? '', displayName: message?.user?.displayName ?? '' },
            message: {
                text: message?.text ?? '',
                url: message?.url ?? '',
                parentActivityId: message?.parentActivityId ?? '',
            },
            slackState: context?.slackState.toString('utf8') ?? '',
        },
    };
}

export function writeResponse(response: ExecuteResponse): WireResponse {
    return {
        message: messageBytes(response.message),
        messages: (response.messages ?? []).slice(0, MAX_FURTHER_MESSAGES).map(messageBytes),
    };
}

/**
 * JSON of the message. Never empty, for the host shows a joke text then; and without a timestamp that is not RFC 3339,
 * for which the host would drop the message.
 */
export function messageBytes(message: BotkubeMessage): Buffer {
    const { timestamp, ...rest } = isEmpty(message) ? { ...message, ...NO_ANSWER } : message;
    const timed = timestamp !== undefined && RFC_3339.test(timestamp) ? { ...rest, timestamp } : rest;
    return Buffer.from(JSON.stringify(timed), 'utf8');
}

export function writeMetadata(metadata: PluginMetadata): WireMetadata {
    const { version, description, documentationUrl, jsonSchema } = metadata;
    return { version, description, documentationUrl, jsonSchema: { value: jsonSchema } };
}

/** The host's own rule (`api.Message.IsEmpty`), except for a message that says it is not to be posted. */
function isEmpty(message: BotkubeMessage): boolean {
    if (message.type === 'skipMessage') return false;
    const { baseBody, sections, plaintextInputs } = message;
    return !baseBody?.plaintext && !baseBody?.codeBlock && !sections?.length && !plaintextInputs?.length;
}
