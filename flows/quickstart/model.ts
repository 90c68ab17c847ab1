/** A model that the environment offers. */
export interface ModelChoice {
    vendor: 'openai' | 'ollama';
    model: string;
    /** Empty: the vendor's own address. */
    baseUrl: string;
    apiKey?: string;
}

/** Why there is no model, as words to put behind "the rule engine"; that one diagnoses then. */
export interface NoModel {
    reason: string;
}

const OPENAI_MODEL = 'gpt-5.4-mini';
const OLLAMA_PORT = 11_434;

/** OpenAI when `OPENAI_API_KEY` is set, Ollama when `OLLAMA_HOST` is, answers and has the model. */
export async function chooseModel(env: NodeJS.ProcessEnv): Promise<ModelChoice | NoModel> {
    if (env.OPENAI_API_KEY) {
        return {
            vendor: 'openai',
            model: env.OPENAI_MODEL ?? OPENAI_MODEL,
            baseUrl: env.OPENAI_BASE_URL ?? '',
            apiKey: env.OPENAI_API_KEY,
        };
    }
    if (env.OLLAMA_HOST) return chooseOllama(ollamaUrl(env.OLLAMA_HOST), env.OLLAMA_MODEL);
    return { reason: ' (set OPENAI_API_KEY or OLLAMA_HOST for a model)' };
}

/** `OLLAMA_HOST` as Ollama reads it: the scheme may be absent, and then the port too. */
function ollamaUrl(host: string): string {
    if (/^https?:\/\//.test(host)) return host;
    return /:\d+$/.test(host) ? `http://${host}` : `http://${host}:${OLLAMA_PORT}`;
}

async function chooseOllama(baseUrl: string, wanted: string | undefined): Promise<ModelChoice | NoModel> {
    const models = await ollamaModels(baseUrl);
    if (!models) return { reason: `: Ollama at ${baseUrl} does not answer` };
    const model = wanted ? models.find((name) => name === wanted || name === `${wanted}:latest`) : models[0];
    if (model === undefined) return { reason: `: Ollama at ${baseUrl} has no model${wanted ? ` ${wanted}` : ''}` };
    return { vendor: 'ollama', model, baseUrl };
}

/** Names of the models that were pulled; undefined when no Ollama answers. */
async function ollamaModels(baseUrl: string): Promise<string[] | undefined> {
    try {
        const response = await fetch(new URL('/api/tags', baseUrl), { signal: AbortSignal.timeout(3_000) });
        if (!response.ok) return undefined;
        const { models } = (await response.json()) as { models?: { name: string }[] | null };
        return (models ?? []).map(({ name }) => name);
    } catch {
        return undefined;
    }
}
