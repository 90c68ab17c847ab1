import { z } from 'zod';
import type { ModelVendor } from '../../core/diagnosis/model-vendor';
import { offeredByOllama } from './environment';

const LEAST_CONTEXT = 1_024;
const MOST_CONTEXT = 2_000_000;
/** A Go duration, or whole seconds; a negative one keeps the model loaded. */
const KEEP_ALIVE = /^-?(?:\d+|(?:\d+(?:\.\d+)?(?:ms|s|m|h))+)$/;

const fields = {
    numCtx: {
        schema: z.number().int().min(LEAST_CONTEXT).max(MOST_CONTEXT).default(16_384),
        label: { 'en-US': 'Context', 'zh-CN': '上下文' },
        unit: { 'en-US': 'tokens (num_ctx)', 'zh-CN': '令牌（num_ctx）' },
        cure: {
            'en-US': `Enter the size of the context window in tokens, from ${LEAST_CONTEXT} to ${MOST_CONTEXT}.`,
            'zh-CN': `请输入上下文窗口的大小，${LEAST_CONTEXT} 到 ${MOST_CONTEXT} 个令牌。`,
        },
    },
    keepAlive: {
        schema: z.string().trim().regex(KEEP_ALIVE).default('10m'),
        label: { 'en-US': 'Keep alive', 'zh-CN': '保持加载' },
        cure: {
            'en-US': 'Enter how long the model stays loaded, such as 10m or 1h.',
            'zh-CN': '请输入模型保持加载的时间，例如 10m 或 1h。',
        },
    },
};

/** A local Ollama, or one behind a proxy that wants a key. */
export const ollama: ModelVendor<typeof fields> = {
    id: 'ollama',
    label: { 'en-US': 'Ollama', 'zh-CN': 'Ollama' },
    url: 'http://127.0.0.1:11434',
    exampleModel: 'qwen3:8b',
    key: 'optional',
    fields,
    packages: ['undici'],
    environment: { variable: 'OLLAMA_HOST', offer: offeredByOllama },
    load: (settings) => {
        const { loadOllama } = require('./ollama-model') as typeof import('./ollama-model');
        return loadOllama(settings);
    },
};
