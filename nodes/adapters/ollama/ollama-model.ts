import type { ChatRequest, ChatResponse, Ollama } from 'ollama';
import { pause } from '../../core/clock';
import { modelName, tokenUsage } from '../../core/diagnosis/from-wire';
import { parseModelJson, strictJsonSchema } from '../../core/diagnosis/model-json';
import type { ModelSettings } from '../../core/diagnosis/model-vendor';
import type { AnswerRequest, LanguageModel, ModelAnswer, ModelCheck } from '../../core/diagnosis/ports';
import {
    cutOff,
    httpFailure,
    notItsApi,
    type ProviderPlace,
    requireShort,
    tookTooLong,
    unreachable,
} from '../../core/diagnosis/provider-errors';
import { FixError } from '../../core/errors';
import { patientFetch } from './patient-fetch';

/** `url` without `/api`; `apiKey`, for a server behind a proxy, is sent as Bearer token when not empty. */
export interface OllamaOptions extends ModelSettings {
    /** Size of the context window in tokens; Ollama's own default is too small for a diagnosis. */
    numCtx: number;
    /** How long the model stays loaded, e.g. `10m`; a number alone is seconds. */
    keepAlive: string;
}

/** Members the server knows and the SDK's types do not: an overlong prompt is an error, never silently cut. */
type StrictChat = ChatRequest & { stream: false; truncate: false; shift: false };

/** Longest wait for what the server knows of the model; it is not loaded for that. */
const CHECK_MS = 5_000;
const RETRY_AFTER_MS = 500;

/** A model on an Ollama server, through the official SDK, https://docs.ollama.com/api/chat */
export class OllamaModel implements LanguageModel {
    readonly vendor: string;
    readonly model: string;
    private readonly place: ProviderPlace;

    /** `sdk` is the loaded module, see {@link loadOllama}. */
    constructor(
        private readonly sdk: typeof import('ollama'),
        private readonly options: OllamaOptions,
    ) {
        this.vendor = options.vendor;
        this.model = options.model;
        this.place = {
            name: 'Ollama',
            model: options.model,
            url: options.url,
            missingModelCure: `Run on the server: ollama pull ${options.model}`,
            cutOffCure: 'Raise num_ctx in the LLM provider, or choose a model with a larger context.',
        };
    }

    async answer<T>(request: AnswerRequest<T>): Promise<ModelAnswer<T>> {
        const limit = AbortSignal.timeout(this.options.timeoutMs);
        const signal = AbortSignal.any([request.signal, limit]);
        let response: ChatResponse;
        try {
            response = await this.chat(this.chatRequest(request), signal);
        } catch (thrown) {
            request.signal.throwIfAborted();
            throw limit.aborted ? tookTooLong(this.place, this.options.timeoutMs, thrown) : thrown;
        }
        const text: unknown = response.message?.content;
        if (typeof text !== 'string') throw notItsApi(this.place);
        if (response.done_reason === 'length') throw cutOff(this.place);
        return {
            value: parseModelJson(text, request.schema),
            usage: tokenUsage(response.prompt_eval_count, response.eval_count),
            model: modelName(response.model, this.model),
        };
    }

    async check(signal: AbortSignal): Promise<ModelCheck> {
        const limit = AbortSignal.timeout(CHECK_MS);
        try {
            await this.client(AbortSignal.any([signal, limit])).show({ model: this.model });
            return { known: true, asked: 'POST /api/show' };
        } catch (thrown) {
            signal.throwIfAborted();
            throw limit.aborted ? tookTooLong(this.place, CHECK_MS, thrown) : this.translated(thrown);
        }
    }

    private chatRequest<T>({ messages, schema, maxOutputTokens }: AnswerRequest<T>): StrictChat {
        const { keepAlive, numCtx } = this.options;
        return {
            model: this.model,
            messages,
            stream: false,
            format: strictJsonSchema(schema),
            keep_alive: /^-?\d+$/.test(keepAlive) ? Number(keepAlive) : keepAlive,
            truncate: false,
            shift: false,
            options: { num_ctx: numCtx, num_predict: maxOutputTokens, temperature: 0 },
        };
    }

    /** Repeats what may pass by itself: an unreachable or busy server. */
    private async chat(request: StrictChat, signal: AbortSignal): Promise<ChatResponse> {
        const client = this.client(signal);
        for (let attempt = 0; ; attempt += 1) {
            signal.throwIfAborted();
            try {
                return await client.chat(request);
            } catch (thrown) {
                signal.throwIfAborted();
                const error = this.translated(thrown);
                const passing = error.code === 'PROVIDER_DOWN' || error.code === 'PROVIDER_RATE_LIMITED';
                if (!passing || attempt >= this.options.retries) throw error;
                await pause(RETRY_AFTER_MS * 2 ** attempt, signal);
            }
        }
    }

    private client(signal: AbortSignal): Ollama {
        const { url, apiKey } = this.options;
        return new this.sdk.Ollama({
            host: url,
            fetch: this.shortFetch(signal),
            ...(apiKey === '' ? {} : { headers: { Authorization: `Bearer ${apiKey}` } }),
        });
    }

    private shortFetch(signal: AbortSignal): typeof fetch {
        const ask = patientFetch(signal);
        return async (address, init) => requireShort(await ask(address, init), this.place);
    }

    private translated(thrown: unknown): FixError {
        if (thrown instanceof FixError) return thrown;
        const status = thrown instanceof Error && 'status_code' in thrown ? thrown.status_code : undefined;
        if (typeof status === 'number')
            return httpFailure(this.place, status, thrown instanceof Error ? thrown.message : '', thrown);
        if (thrown instanceof Error && thrown.name === 'SyntaxError') return notItsApi(this.place, thrown);
        return unreachable(this.place, thrown);
    }
}

/** Loads the SDK and makes the model. */
export function loadOllama(options: OllamaOptions): OllamaModel {
    return new OllamaModel(require('ollama') as typeof import('ollama'), options);
}
