import type { NodeAPI, NodeDef } from 'node-red';
import { loadOllama } from '../adapters/ollama/ollama-model';
import { apiFor, loadOpenAi, OPENAI_URL } from '../adapters/openai/openai-model';
import type { LanguageModel } from '../core/diagnosis/ports';
import { FixError } from '../core/errors';
import type { ServiceNode } from '../runtime/config-node';
import { defineNode } from '../runtime/define-node';
import { requireResolved } from '../runtime/env';
import { requireNumber, requireUrl } from '../runtime/fields';
import type { LlmProviderService } from '../runtime/services';

interface Config extends NodeDef {
    vendor: 'openai' | 'ollama';
    model: string;
    /** Empty for the vendor's own. */
    url: string;
    /** Longest wait for one answer, seconds. */
    timeout: number | string;
    retries: number | string;
    /** Ollama only: context window in tokens, and how long the model stays loaded. */
    numCtx: number | string;
    keepAlive: string;
    /** What one diagnosis may cost. */
    calls: number | string;
    tokens: number | string;
    deadline: number | string;
}

interface Credentials {
    apiKey?: string;
}

const OLLAMA_URL = 'http://127.0.0.1:11434';

/** A language model and what one diagnosis may cost. */
export = function llmProvider(RED: NodeAPI): void {
    defineNode<Config, Credentials>(
        RED,
        'llm-provider',
        ({ node, config }) => {
            requireResolved({ model: config.model, url: config.url, ...node.credentials });
            const load = loaderOf(config, node.credentials?.apiKey?.trim() ?? '');
            let model: LanguageModel | undefined;
            (node as ServiceNode<LlmProviderService>).service = {
                model: async () => (model ??= load()),
                budget: {
                    callsPerDiagnosis: requireNumber('calls', config.calls, 1, 50),
                    tokensPerDiagnosis: requireNumber('tokens', config.tokens, 1_000, 10_000_000),
                    deadlineSeconds: requireNumber('deadline', config.deadline, 1, 3_600),
                },
            };
            return {};
        },
        { credentials: { apiKey: { type: 'password' } } },
    );
};

/** Checks the configuration now, loads the vendor's SDK later. */
function loaderOf(config: Config, apiKey: string): () => LanguageModel {
    const common = {
        model: requireText('model', config.model, 'Enter the name of the model, such as gpt-5-mini or qwen3:8b.'),
        apiKey,
        timeoutMs: requireNumber('timeout', config.timeout, 1, 3_600) * 1_000,
        retries: requireNumber('retries', config.retries, 0, 5),
    };
    if (config.vendor === 'ollama') {
        const url = requireUrl('url', config.url?.trim() || OLLAMA_URL);
        const numCtx = requireNumber('numCtx', config.numCtx, 1_024, 2_000_000);
        const keepAlive = requireText(
            'keepAlive',
            config.keepAlive,
            'Enter how long the model stays loaded, such as 10m.',
        );
        return () => loadOllama({ url, numCtx, keepAlive, ...common });
    }
    const url = requireUrl('url', config.url?.trim() || OPENAI_URL);
    const api = apiFor(url);
    if (api === 'responses')
        requireText('apiKey', apiKey, 'Enter the API key, or ${OPENAI_API_KEY} to take it from the environment.');
    return () => loadOpenAi({ url, api, ...common });
}

function requireText(field: string, value: string | undefined, cure: string): string {
    if (value?.trim()) return value.trim();
    throw new FixError('CONFIG_INVALID', `The field ${field} is empty.`, { field, cure });
}
