import { z } from 'zod';
import type { MetricsSource, Sample } from '../../core/diagnosis/ports';
import { FixError } from '../../core/errors';
import { authorizationHeader, readLimited, type HttpAuth } from '../../core/http';
import { parseJson } from '../../core/json';
import { cut } from '../../core/text';

export interface PrometheusOptions {
    /** Address without `/api/v1`, e.g. `http://127.0.0.1:9090` or `https://example.com/prometheus`. */
    url: string;
    auth: HttpAuth;
    timeoutMs: number;
}

/** Largest answer that is read, bytes. */
const LARGEST = 2_000_000;
/** Most samples asked for; servers before 2.47 do not know the limit. */
const MOST_SAMPLES = 1_000;

const number = z.string().transform((text) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text)));
const point = z.tuple([z.number(), number]);
const data = z.discriminatedUnion('resultType', [
    z.object({ resultType: z.literal('vector'), result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: point.optional() })) }),
    z.object({ resultType: z.literal('scalar'), result: point }),
    z.object({ resultType: z.literal('matrix'), result: z.array(z.unknown()) }),
    z.object({ resultType: z.literal('string'), result: z.unknown() }),
]);
const success = z.object({ status: z.literal('success'), data });
const failure = z.object({ status: z.literal('error'), errorType: z.string().optional(), error: z.string() });

/** Instant queries of Prometheus' HTTP API, https://prometheus.io/docs/prometheus/latest/querying/api/#instant-queries */
export class PrometheusMetrics implements MetricsSource {
    private readonly endpoint: string;

    constructor(private readonly options: PrometheusOptions) {
        this.endpoint = `${options.url.replace(/\/+$/, '')}/api/v1/query`;
    }

    async query(promql: string, signal: AbortSignal): Promise<Sample[]> {
        signal.throwIfAborted();
        const { timeoutMs, auth } = this.options;
        const limit = AbortSignal.timeout(timeoutMs);
        try {
            const response = await fetch(this.endpoint, {
                method: 'POST',
                headers: { accept: 'application/json', ...authorizationHeader(auth) },
                body: new URLSearchParams({ query: promql, timeout: `${timeoutMs}ms`, limit: String(MOST_SAMPLES) }),
                redirect: 'error',
                signal: AbortSignal.any([signal, limit]),
            });
            const body = await readLimited(response, LARGEST);
            if (body === undefined) throw rejected(`its answer is larger than ${LARGEST} bytes`, 'Ask for fewer series.');
            return readAnswer(response.status, body);
        } catch (thrown) {
            signal.throwIfAborted();
            if (thrown instanceof FixError) throw thrown;
            throw unreachable(this.endpoint, limit.aborted ? `did not answer within ${timeoutMs} ms` : undefined, thrown);
        }
    }
}

function readAnswer(status: number, body: string): Sample[] {
    const parsed = parseJson(body);
    const failed = failure.safeParse(parsed);
    if (status === 401 || status === 403) throw down(`refuses our sign-in (HTTP ${status})`, 'Check token or user and password of the Prometheus server node.');
    if (failed.success) throw failureOf(status, failed.data.error);
    const answer = success.safeParse(parsed);
    if (answer.success) return samplesOf(answer.data.data);
    throw down(`answered HTTP ${status} with something that is not its API`, 'Check the address; it must be the one without /api/v1.');
}

function samplesOf(answer: z.infer<typeof data>): Sample[] {
    if (answer.resultType === 'scalar') return [{ labels: {}, at: answer.result[0], value: answer.result[1] }];
    if (answer.resultType !== 'vector') {
        throw rejected(`the query gives a ${answer.resultType}, not values of one moment`, 'Use an instant query, e.g. without a range such as [5m] at the end.');
    }
    return answer.result.flatMap(({ metric, value }) => (value ? [{ labels: metric, at: value[0], value: value[1] }] : []));
}

/** 400: bad query; 422: cannot be executed; 503: time-out or abort; others: the server is in trouble. */
function failureOf(status: number, error: string): FixError {
    const said = cut(error, 500);
    if (status === 400 || status === 422) return rejected(said, 'Correct the query; try it in the Prometheus web page.');
    return down(`answered HTTP ${status}: ${said}`, 'Look at the Prometheus server.');
}

function unreachable(endpoint: string, what: string | undefined, thrown: unknown): FixError {
    const cause = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
    return new FixError('PROMETHEUS_DOWN', `Prometheus at ${new URL(endpoint).origin} ${what ?? `cannot be reached: ${cause}`}.`, {
        cure: 'Check the address and that the server runs.',
        cause: thrown,
    });
}

function down(what: string, cure: string): FixError {
    return new FixError('PROMETHEUS_DOWN', `Prometheus ${what}.`, { cure });
}

function rejected(what: string, cure: string): FixError {
    return new FixError('PROMETHEUS_REJECTED', `Prometheus rejects the query: ${what}.`, { field: 'query', cure });
}
