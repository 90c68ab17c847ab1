import { FixError } from '../errors';
import { limitedResponse } from '../http';
import { cutClean } from '../text/cut';
import { redact } from '../text/redact';
import { fullStop, visible } from '../text/text';

/** The server that a language-model adapter talks to, as error messages describe it. */
export interface ProviderPlace {
    /** Its name at the start of a sentence, e.g. `Ollama`. */
    name: string;
    model: string;
    /** Address of the server. */
    url: string;
    /** How to get a missing model, one sentence. */
    missingModelCure: string;
    /** What to do when the prompt or the answer does not fit, one sentence. */
    cutOffCure: string;
}

/** The error for an HTTP status that is not 2xx. `detail` is the server's own message; it may be empty. */
export function httpFailure(place: ProviderPlace, status: number, detail: string, cause?: unknown): FixError {
    const said = detail.trim() === '' ? '' : `: ${cutClean(detail.trim(), 300, (text) => redact(visible(text)))}`;
    const answered = `${place.name} answered HTTP ${status}${said}`;
    if (status === 401 || status === 403) {
        return new FixError('PROVIDER_AUTH', `${answered}.`, {
            cure: 'Check the API key in the LLM provider, and that the key may use this model.',
            cause,
        });
    }
    if (status === 404) {
        return new FixError(
            'PROVIDER_MODEL_UNKNOWN',
            `${place.name} does not know the model "${place.model}"${said}.`,
            {
                field: 'model',
                cure: place.missingModelCure,
                cause,
            },
        );
    }
    if (status === 408 || status === 504) return tookTooLong(place, undefined, cause);
    if (status === 429) {
        return new FixError('PROVIDER_RATE_LIMITED', `${answered}.`, {
            cure: 'Try again later, or raise the quota of the account.',
            cause,
        });
    }
    if (status >= 500)
        return new FixError('PROVIDER_DOWN', `${answered}.`, {
            cure: `Check the server at ${place.url}: it reports an internal error.`,
            cause,
        });
    if (/context|num_ctx|too (?:long|many tokens)|exceed/i.test(detail))
        return cutOff(place, `the prompt does not fit the model's context${said}`, cause);
    return new FixError('PROVIDER_REFUSED', `${answered}.`, {
        cure: 'Choose a model and server that support structured JSON output.',
        cause,
    });
}

/** The server cannot be reached at all. `thrown` is the fault of the connection. */
export function unreachable(place: ProviderPlace, thrown: unknown): FixError {
    const inner = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause : thrown;
    const why = inner instanceof Error ? inner.message || inner.name : String(inner);
    return new FixError(
        'PROVIDER_DOWN',
        fullStop(`${place.name} at ${place.url} cannot be reached: ${cutClean(why, 200, visible)}`),
        {
            field: 'url',
            cure: 'Check the address in the LLM provider, and that the server runs.',
            cause: thrown,
        },
    );
}

/** No answer in time. `milliseconds` is the limit, where it was ours. */
export function tookTooLong(place: ProviderPlace, milliseconds?: number, cause?: unknown): FixError {
    const time = milliseconds === undefined ? 'in time' : `within ${milliseconds / 1_000} s`;
    return new FixError('PROVIDER_TIMEOUT', `${place.name} did not answer ${time}.`, {
        field: 'timeout',
        cure: 'Raise the time-out in the LLM provider, or choose a faster model.',
        cause,
    });
}

/** The model declined to answer; `words` is what it said instead. */
export function modelRefused(place: ProviderPlace, words: string): FixError {
    return new FixError(
        'PROVIDER_REFUSED',
        `The model ${place.model} refused to answer: ${cutClean(words, 200, visible)}`,
        {
            cure: 'Look at the alert text; choose another model if it is harmless.',
        },
    );
}

/** The prompt or the answer does not fit into the model's context or limit. */
export function cutOff(
    place: ProviderPlace,
    what = 'the answer was cut off at the token limit',
    cause?: unknown,
): FixError {
    return new FixError('PROVIDER_CUT_OFF', `${place.name}, model ${place.model}: ${what}.`, {
        cure: place.cutOffCure,
        cause,
    });
}

/** The server answered, but not in the format that is expected of it. */
export function notItsApi(place: ProviderPlace, cause?: unknown): FixError {
    return new FixError('PROVIDER_BAD_ANSWER', `The answer of ${place.url} is not in the format of ${place.name}.`, {
        field: 'url',
        cure: 'Check the address in the LLM provider.',
        cause,
    });
}

/** Longest answer of a server that is read, bytes: a model says a hundredth of that. */
const LONGEST_ANSWER = 4_000_000;

/** The answer, read to its end. Rejects with `PROVIDER_BAD_ANSWER` when it is longer than any model's. */
export async function requireShort(response: Response, place: ProviderPlace): Promise<Response> {
    const short = await limitedResponse(response, LONGEST_ANSWER);
    if (short) return short;
    throw new FixError(
        'PROVIDER_BAD_ANSWER',
        `${place.name} answered with more than ${LONGEST_ANSWER / 1_000_000} million bytes.`,
        { field: 'url', cure: 'Check the address in the LLM provider.' },
    );
}
