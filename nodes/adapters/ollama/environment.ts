import { z } from 'zod';
import type { Environment, NoModel, OfferedModel } from '../../core/diagnosis/model-vendor';

const PORT = 11_434;
const LONGEST_WAIT_MS = 3_000;

const tags = z.object({ models: z.array(z.object({ name: z.string() })).nullish() });

/** The Ollama that `OLLAMA_HOST` names, when it answers and has the model `OLLAMA_MODEL`, or any. */
export async function offeredByOllama({
    OLLAMA_HOST = '',
    OLLAMA_MODEL,
}: Environment): Promise<OfferedModel | NoModel> {
    const url = addressOf(OLLAMA_HOST);
    const models = await pulledModels(url);
    if (!models) return { reason: `: Ollama at ${url} does not answer` };
    const model = OLLAMA_MODEL
        ? models.find((name) => name === OLLAMA_MODEL || name === `${OLLAMA_MODEL}:latest`)
        : models[0];
    if (model === undefined)
        return { reason: `: Ollama at ${url} has no model${OLLAMA_MODEL ? ` ${OLLAMA_MODEL}` : ''}` };
    return { model, url };
}

/** `OLLAMA_HOST` as Ollama reads it: the scheme may be absent, and then the port too. */
function addressOf(host: string): string {
    if (/^https?:\/\//.test(host)) return host;
    return /:\d+$/.test(host) ? `http://${host}` : `http://${host}:${PORT}`;
}

/** Names of the models that the server has; undefined when no Ollama answers. */
async function pulledModels(url: string): Promise<string[] | undefined> {
    try {
        const response = await fetch(new URL('/api/tags', url), { signal: AbortSignal.timeout(LONGEST_WAIT_MS) });
        if (!response.ok) return undefined;
        const { models } = tags.parse(await response.json());
        return (models ?? []).map(({ name }) => name);
    } catch {
        return undefined;
    }
}
