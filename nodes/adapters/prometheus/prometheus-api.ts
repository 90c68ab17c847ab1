import { z } from 'zod';
import { FixError } from '../../core/errors';
import { authorizationHeader, type HttpAuth, readLimited } from '../../core/http';
import { cut } from '../../core/text/cut';
import { parseJson } from '../../core/text/json';

export interface PrometheusOptions {
    /** Address without `/api/v1`, e.g. `http://127.0.0.1:9090` or `https://example.com/prometheus`. */
    url: string;
    auth: HttpAuth;
    timeoutMs: number;
}

/** One question to the API. */
interface Question<Data> {
    /** Behind `/api/v1`, e.g. `/query`. */
    path: string;
    /** Sent with POST; without it the question is a GET. */
    form?: URLSearchParams;
    /** Form of the answer's `data`. */
    data: z.ZodType<Data>;
    /** Largest answer that is read, bytes. */
    largest: number;
    /** Refuses what the server calls incomplete, e.g. because a store behind a Thanos did not answer. */
    isWhole?: boolean;
}

const failure = z.object({ status: z.literal('error'), errorType: z.string().optional(), error: z.string() });

/**
 * Prometheus' HTTP API, https://prometheus.io/docs/prometheus/latest/querying/api/ . Rejects with `PROMETHEUS_DOWN` or
 * `PROMETHEUS_REJECTED`.
 */
export class PrometheusApi {
    private readonly base: string;

    constructor(private readonly options: PrometheusOptions) {
        this.base = `${options.url.replace(/\/+$/, '')}/api/v1`;
    }

    async ask<Data>({ path, form, data, largest, isWhole }: Question<Data>, signal: AbortSignal): Promise<Data> {
        signal.throwIfAborted();
        const { timeoutMs, auth } = this.options;
        const limit = AbortSignal.timeout(timeoutMs);
        try {
            const response = await fetch(`${this.base}${path}`, {
                headers: { accept: 'application/json', ...authorizationHeader(auth) },
                ...(form && { method: 'POST', body: form }),
                redirect: 'error',
                signal: AbortSignal.any([signal, limit]),
            });
            const body = await readLimited(response, largest);
            if (body === undefined)
                throw rejected(`its answer is larger than ${largest} bytes`, 'Ask for fewer series.');
            const { warnings = [], ...answer } = readAnswer(response.status, body, data);
            if (isWhole && warnings.length > 0)
                throw down(`answered in part: ${cut(warnings.join('; '), 500)}`, 'Look at the Prometheus server.');
            return answer.data;
        } catch (thrown) {
            signal.throwIfAborted();
            if (thrown instanceof FixError) throw thrown;
            throw unreachable(this.base, limit.aborted ? `did not answer within ${timeoutMs} ms` : undefined, thrown);
        }
    }
}

function readAnswer<Data>(status: number, body: string, data: z.ZodType<Data>): { data: Data; warnings?: string[] } {
    const parsed = parseJson(body);
    const failed = failure.safeParse(parsed);
    if (status === 401 || status === 403)
        throw down(
            `refuses our sign-in (HTTP ${status})`,
            'Check token or user and password of the Prometheus server node.',
        );
    if (failed.success) throw failureOf(status, failed.data.error);
    const answer = z
        .object({ status: z.literal('success'), data, warnings: z.array(z.string()).optional() })
        .safeParse(parsed);
    if (answer.success) return answer.data;
    throw down(
        `answered HTTP ${status} with something that is not its API`,
        'Check the address; it must be the one without /api/v1.',
    );
}

/** 400: bad query; 422: cannot be executed; 503: time-out or abort; others: the server is in trouble. */
function failureOf(status: number, error: string): FixError {
    const said = cut(error, 500);
    if (status === 400 || status === 422)
        return rejected(said, 'Correct the query; try it in the Prometheus web page.');
    return down(`answered HTTP ${status}: ${said}`, 'Look at the Prometheus server.');
}

function unreachable(base: string, what: string | undefined, thrown: unknown): FixError {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
    return new FixError(
        'PROMETHEUS_DOWN',
        `Prometheus at ${new URL(base).origin} ${what ?? `cannot be reached: ${cause}`}.`,
        {
            cure: 'Check the address and that the server runs.',
            cause: thrown,
        },
    );
}

function down(what: string, cure: string): FixError {
    return new FixError('PROMETHEUS_DOWN', `Prometheus ${what}.`, { cure });
}

/** The server is there, and does not give what was asked for. */
export function rejected(what: string, cure: string): FixError {
    return new FixError('PROMETHEUS_REJECTED', `Prometheus rejects the query: ${what}.`, { field: 'query', cure });
}
