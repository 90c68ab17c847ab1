/** The model that the environment offers; the rule engine answers when there is none. */
export interface ModelChoice {
    vendor: 'openai' | 'ollama';
    model: string;
    /** Empty: the vendor's own address. */
    baseUrl: string;
    apiKey?: string;
}

const OPENAI_MODEL = 'gpt-5.4-mini';

/** OpenAI when `OPENAI_API_KEY` is set, Ollama when `OLLAMA_HOST` is and it has a model; else undefined. */
export async function chooseModel(env: NodeJS.ProcessEnv): Promise<ModelChoice | undefined> {
    if (env.OPENAI_API_KEY) {
        return { vendor: 'openai', model: env.OPENAI_MODEL ?? OPENAI_MODEL, baseUrl: env.OPENAI_BASE_URL ?? '', apiKey: env.OPENAI_API_KEY };
    }
    if (!env.OLLAMA_HOST) return undefined;
    const baseUrl = /^https?:\/\//.test(env.OLLAMA_HOST) ? env.OLLAMA_HOST : `http://${env.OLLAMA_HOST}`;
    const model = env.OLLAMA_MODEL ?? (await firstOllamaModel(baseUrl));
    return model === undefined ? undefined : { vendor: 'ollama', model, baseUrl };
}

async function firstOllamaModel(baseUrl: string): Promise<string | undefined> {
    try {
        const response = await fetch(new URL('/api/tags', baseUrl), { signal: AbortSignal.timeout(3_000) });
        const { models } = (await response.json()) as { models?: { name: string }[] };
        return models?.[0]?.name;
    } catch {
        return undefined;
    }
}
