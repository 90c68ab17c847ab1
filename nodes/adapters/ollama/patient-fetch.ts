import { Agent, Response as UndiciResponse, fetch as undiciFetch } from 'undici';

/**
 * A fetch for the Ollama SDK, which can neither be aborted nor wait longer than 300 s for the first byte: this one
 * ends with `signal` and only with it. Error bodies that are not JSON are wrapped, because the SDK prints on them.
 */
export function patientFetch(signal: AbortSignal): typeof fetch {
    const call = async (url: string, init: object): Promise<UndiciResponse> => {
        const response = await undiciFetch(url, { ...init, dispatcher: patient(), signal });
        const isJson = response.headers.get('content-type')?.includes('application/json') ?? false;
        if (response.ok || isJson) return response;
        const error = (await response.text()).slice(0, 1_000) || response.statusText || 'no message';
        return new UndiciResponse(JSON.stringify({ error }), {
            status: response.status,
            headers: { 'content-type': 'application/json' },
        });
    };
    return call as unknown as typeof fetch;
}

let agent: Agent | undefined;

/** One connection pool without undici's own limits; a large model may take minutes to load. */
function patient(): Agent {
    agent ??= new Agent({ headersTimeout: 0, bodyTimeout: 0, keepAliveTimeout: 1_000 });
    return agent;
}
