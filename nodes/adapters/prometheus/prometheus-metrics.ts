import { z } from 'zod';
import type { MetricsSource, Sample, TimeRange } from '../../core/diagnosis/ports';
import type { Series } from '../../core/model/diagnosis';
import { PrometheusApi, type PrometheusOptions, rejected } from './prometheus-api';

/** Largest answer that is read, bytes. */
const LARGEST = 2_000_000;
/** Most samples asked for; servers before 2.47 do not know the limit. */
const MOST_SAMPLES = 1_000;
/** Most series of a range; older servers do not know the limit and give all. */
const MOST_SERIES = 100;

const number = z
    .string()
    .transform((text) => (text === '+Inf' ? Infinity : text === '-Inf' ? -Infinity : Number(text)));
const point = z.tuple([z.number(), number]);
const data = z.discriminatedUnion('resultType', [
    z.object({
        resultType: z.literal('vector'),
        result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: point.optional() })),
    }),
    z.object({ resultType: z.literal('scalar'), result: point }),
    z.object({ resultType: z.literal('matrix'), result: z.array(z.unknown()) }),
    z.object({ resultType: z.literal('string'), result: z.unknown() }),
]);

const rangeData = z.object({
    resultType: z.literal('matrix'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(point).default([]) })),
});

/** PromQL of Prometheus, https://prometheus.io/docs/prometheus/latest/querying/api/#expression-queries */
export class PrometheusMetrics implements MetricsSource {
    private readonly api: PrometheusApi;

    constructor(private readonly options: PrometheusOptions) {
        this.api = new PrometheusApi(options);
    }

    async query(promql: string, signal: AbortSignal): Promise<Sample[]> {
        const form = this.form(promql, { limit: String(MOST_SAMPLES) });
        return samplesOf(await this.api.ask({ path: '/query', form, data, largest: LARGEST }, signal));
    }

    async range(promql: string, { from, to, stepSeconds }: TimeRange, signal: AbortSignal): Promise<Series[]> {
        const form = this.form(promql, {
            start: String(from.getTime() / 1_000),
            end: String(to.getTime() / 1_000),
            step: String(stepSeconds),
            limit: String(MOST_SERIES),
        });
        const { result } = await this.api.ask(
            { path: '/query_range', form, data: rangeData, largest: LARGEST },
            signal,
        );
        return result.slice(0, MOST_SERIES).map(({ metric, values }) => ({ labels: metric, points: values }));
    }

    private form(promql: string, more: Record<string, string>): URLSearchParams {
        return new URLSearchParams({ query: promql, timeout: `${this.options.timeoutMs}ms`, ...more });
    }
}

function samplesOf(answer: z.infer<typeof data>): Sample[] {
    if (answer.resultType === 'scalar') return [{ labels: {}, at: answer.result[0], value: answer.result[1] }];
    if (answer.resultType !== 'vector') {
        throw rejected(
            `the query gives a ${answer.resultType}, not values of one moment`,
            'Use an instant query, e.g. without a range such as [5m] at the end.',
        );
    }
    return answer.result.flatMap(({ metric, value }) =>
        value ? [{ labels: metric, at: value[0], value: value[1] }] : [],
    );
}
