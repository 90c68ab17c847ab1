import type OpenAI from 'openai';
import { modelName, tokenUsage } from '../../core/diagnosis/from-wire';
import { parseModelJson, strictJsonSchema } from '../../core/diagnosis/model-json';
import type { ModelSettings } from '../../core/diagnosis/model-vendor';
import type { AnswerRequest, LanguageModel, ModelAnswer, ModelCheck } from '../../core/diagnosis/ports';
import {
    cutOff,
    httpFailure,
    modelRefused,
    notItsApi,
    type ProviderPlace,
    requireShort,
    tookTooLong,
    unreachable,
} from '../../core/diagnosis/provider-errors';
import { FixError } from '../../core/errors';

/** Address of the vendor itself; anything else is a compatible server. */
export const OPENAI_URL = 'https://api.openai.com/v1';

/** `responses` is the vendor's own API; `chat` (Chat Completions) is what compatible servers implement. */
export type OpenAiApi = 'responses' | 'chat';

/** `url` with `/v1`. */
export interface OpenAiOptions extends ModelSettings {
    api: OpenAiApi;
}

/** Longest wait for the list of models. */
const CHECK_MS = 5_000;

interface RawAnswer extends Omit<ModelAnswer<unknown>, 'value'> {
    text: string;
}

/** The API to speak at this address. */
export function apiFor(url: string): OpenAiApi {
    return url.replace(/\/+$/, '') === OPENAI_URL ? 'responses' : 'chat';
}

/** OpenAI and servers that speak its API, through the official SDK. */
export class OpenAiModel implements LanguageModel {
    readonly vendor: string;
    readonly model: string;
    private readonly client: OpenAI;
    private readonly place: ProviderPlace;

    /** `sdk` is the loaded module, see {@link loadOpenAi}. */
    constructor(
        private readonly sdk: typeof import('openai'),
        private readonly options: OpenAiOptions,
    ) {
        const { vendor, url, apiKey, model, timeoutMs, retries } = options;
        this.vendor = vendor;
        this.model = model;
        this.place = {
            name: options.api === 'responses' ? 'OpenAI' : 'The model server',
            model,
            url,
            missingModelCure: 'Check the model name and the address in the LLM provider.',
            cutOffCure: 'Choose a model with a larger context, or raise the token budget.',
        };
        this.client = new sdk.OpenAI({
            baseURL: url,
            apiKey: apiKey || 'none',
            organization: null,
            project: null,
            timeout: timeoutMs,
            maxRetries: retries,
            logLevel: 'off',
            fetch: async (address, init) => requireShort(await fetch(address, init), this.place),
        });
    }

    async answer<T>(request: AnswerRequest<T>): Promise<ModelAnswer<T>> {
        const limit = AbortSignal.timeout(this.options.timeoutMs);
        const signal = AbortSignal.any([request.signal, limit]);
        let raw: RawAnswer;
        try {
            signal.throwIfAborted();
            raw =
                this.options.api === 'responses'
                    ? await this.respond(request, signal)
                    : await this.complete(request, signal);
        } catch (thrown) {
            request.signal.throwIfAborted();
            throw limit.aborted ? tookTooLong(this.place, this.options.timeoutMs, thrown) : this.translated(thrown);
        }
        const { text, ...rest } = raw;
        return { ...rest, value: parseModelJson(text, request.schema) };
    }

    /** Compatible servers need not list every name they take, or any: only the vendor's own list is the last word. */
    async check(signal: AbortSignal): Promise<ModelCheck> {
        const limit = AbortSignal.timeout(CHECK_MS);
        const asked = 'GET /models';
        try {
            const { data } = await this.client.models.list({ signal: AbortSignal.any([signal, limit]), maxRetries: 0 });
            const known = (data ?? []).some(({ id }) => id === this.model);
            if (known || this.options.api === 'chat') return { known, asked };
        } catch (thrown) {
            signal.throwIfAborted();
            if (limit.aborted) throw tookTooLong(this.place, CHECK_MS, thrown);
            if (thrown instanceof this.sdk.NotFoundError) return { known: false, asked };
            throw this.translated(thrown);
        }
        throw httpFailure(this.place, 404, '');
    }

    private async respond<T>(
        { messages, schemaName, schema, maxOutputTokens }: AnswerRequest<T>,
        signal: AbortSignal,
    ): Promise<RawAnswer> {
        const response = await this.client.responses.create(
            {
                model: this.model,
                input: messages,
                store: false,
                max_output_tokens: maxOutputTokens,
                text: {
                    format: { type: 'json_schema', name: schemaName, strict: true, schema: strictJsonSchema(schema) },
                },
            },
            { signal },
        );
        const parts = (response.output ?? []).flatMap((item) => (item.type === 'message' ? item.content : []));
        const refusal = parts.find((part) => part.type === 'refusal');
        if (refusal) throw modelRefused(this.place, refusal.refusal);
        if (response.status === 'incomplete') throw this.incomplete(response.incomplete_details?.reason);
        if (response.status === 'failed') throw httpFailure(this.place, 500, response.error?.message ?? '');
        const text = parts.map((part) => (part.type === 'output_text' ? part.text : '')).join('');
        if (text === '') throw notItsApi(this.place);
        return {
            text,
            usage: tokenUsage(response.usage?.input_tokens, response.usage?.output_tokens),
            model: modelName(response.model, this.model),
            requestId: response._request_id ?? undefined,
        };
    }

    private async complete<T>(
        { messages, schemaName, schema, maxOutputTokens }: AnswerRequest<T>,
        signal: AbortSignal,
    ): Promise<RawAnswer> {
        const completion = await this.client.chat.completions.create(
            {
                model: this.model,
                messages,
                max_tokens: maxOutputTokens,
                response_format: {
                    type: 'json_schema',
                    json_schema: { name: schemaName, strict: true, schema: strictJsonSchema(schema) },
                },
            },
            { signal },
        );
        const choice = completion.choices?.[0];
        if (!choice) throw notItsApi(this.place);
        if (choice.message.refusal) throw modelRefused(this.place, choice.message.refusal);
        if (choice.finish_reason === 'content_filter') throw this.incomplete('content_filter');
        if (choice.finish_reason === 'length') throw this.incomplete('max_output_tokens');
        if (typeof choice.message.content !== 'string') throw notItsApi(this.place);
        return {
            text: choice.message.content,
            usage: tokenUsage(completion.usage?.prompt_tokens, completion.usage?.completion_tokens),
            model: modelName(completion.model, this.model),
            requestId: completion._request_id ?? undefined,
        };
    }

    private incomplete(reason: string | undefined): FixError {
        return reason === 'content_filter'
            ? modelRefused(this.place, 'a content filter stopped it.')
            : cutOff(this.place);
    }

    private translated(thrown: unknown): FixError {
        if (thrown instanceof FixError) return thrown;
        if (thrown instanceof this.sdk.APIConnectionTimeoutError)
            return tookTooLong(this.place, this.options.timeoutMs, thrown);
        if (thrown instanceof this.sdk.APIConnectionError && thrown.cause instanceof FixError) return thrown.cause;
        if (thrown instanceof this.sdk.APIConnectionError) return unreachable(this.place, thrown);
        if (thrown instanceof this.sdk.APIError && typeof thrown.status === 'number') {
            return httpFailure(this.place, thrown.status, thrown.message.replace(/^\d{3} /, ''), thrown);
        }
        return notItsApi(this.place, thrown);
    }
}

/** Loads the SDK (some 30 MB) and makes the model. */
export function loadOpenAi(options: OpenAiOptions): OpenAiModel {
    return new OpenAiModel(require('openai') as typeof import('openai'), options);
}
