import { z } from 'zod';
import type { AlertingRules } from '../../core/diagnosis/ports';
import { PrometheusApi, type PrometheusOptions } from './prometheus-api';

/** Largest answer that is read, bytes; servers before 2.47 answer all rules. */
const LARGEST = 20_000_000;

const data = z.object({
    groups: z.array(
        z.object({
            /** Seconds between two evaluations. */
            interval: z.number().default(0),
            rules: z.array(
                z.object({
                    name: z.string(),
                    type: z.string(),
                    /** `inactive`, `pending` or `firing`. */
                    state: z.string().optional(),
                    health: z.string(),
                    lastEvaluation: z.string(),
                }),
            ),
        }),
    ),
});
/** A rule whose next evaluation is late by more says nothing of now, milliseconds. */
const LATE_MS = 600_000;

/** Alerting rules of Prometheus, https://prometheus.io/docs/prometheus/latest/querying/api/#rules */
export class PrometheusRules implements AlertingRules {
    private readonly api: PrometheusApi;

    constructor(options: PrometheusOptions) {
        this.api = new PrometheusApi(options);
    }

    async inactive(names: readonly string[], signal: AbortSignal): Promise<Set<string>> {
        const query = new URLSearchParams([['type', 'alert'], ...names.map((name) => ['rule_name[]', name])]);
        const { groups } = await this.api.ask(
            { path: `/rules?${query}`, data, largest: LARGEST, isWhole: true },
            signal,
        );
        const rules = groups
            .flatMap((group) =>
                group.rules.map((rule) => ({
                    ...rule,
                    nextEvaluation: Date.parse(rule.lastEvaluation) + group.interval * 1_000,
                })),
            )
            .filter(({ type }) => type === 'alerting');
        const tooLate = Date.now() - LATE_MS;
        return new Set(
            names.filter((name) => {
                const named = rules.filter((rule) => rule.name === name);
                return (
                    named.length > 0 &&
                    named.every(
                        ({ state, health, nextEvaluation }) =>
                            state === 'inactive' && health === 'ok' && nextEvaluation > tooLate,
                    )
                );
            }),
        );
    }
}
