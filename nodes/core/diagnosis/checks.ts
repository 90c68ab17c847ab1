import type { Alert, Incident } from '../model/incident';
import type { Check, Runbook } from '../model/runbook';
import { matchingAlerts } from '../runbook/choose';
import { fillQuery } from '../runbook/promql';
import { askMetrics, recordSamples } from './ask';
import type { EvidenceLog } from './evidence';
import type { MetricsSource } from './ports';

/** Most queries of one diagnosis before the model asks its own; the rest is left out and said so. */
const MOST_QUERIES = 24;
/** Queries under way at a time. */
const AT_ONCE = 4;

/** Whether a check of a runbook holds, and the evidence for it. */
export interface CheckResult {
    runbook: string;
    check: string;
    holds: boolean;
    evidence: string[];
    /** Why Prometheus gave no answer, when it gave none to one of its queries. */
    unanswered?: string;
}

interface Question {
    runbook: Runbook;
    check: Check;
    query: string;
}

/**
 * Asks the checks of the runbooks, once for each different query that the matching alerts give. A check holds when
 * each of its queries came back with samples and all of them fulfil it.
 */
export async function runChecks(
    runbooks: readonly Runbook[],
    incident: Pick<Incident, 'alerts'>,
    metrics: MetricsSource,
    log: EvidenceLog,
    signal: AbortSignal,
): Promise<CheckResult[]> {
    const questions = runbooks.flatMap((runbook) => questionsOf(runbook, matchingAlerts(runbook, incident)));
    const asked = questions.slice(0, MOST_QUERIES);
    const answers = await inTurns(asked, ({ query }) => askMetrics(metrics, query, signal));
    const results = new Map<string, CheckResult>();
    asked.forEach(({ runbook, check, query }, index) => {
        const { samples, evidence, unanswered } = recordSamples(
            log,
            { title: check.title, query, unit: check.unit },
            answers[index] ?? [],
        );
        const holds = samples.length > 0 && samples.every(({ value }) => fulfils(check, value));
        const key = JSON.stringify([runbook.id, check.id]);
        const before = results.get(key) ?? { runbook: runbook.id, check: check.id, holds: true, evidence: [] };
        const missing = unanswered === undefined ? {} : { unanswered };
        results.set(key, {
            ...before,
            ...missing,
            holds: before.holds && holds,
            evidence: [...before.evidence, evidence.id],
        });
    });
    for (const { runbook, check } of questions.slice(MOST_QUERIES)) {
        const unasked = results.get(JSON.stringify([runbook.id, check.id]));
        if (unasked) unasked.holds = false;
    }
    return [...results.values()];
}

function questionsOf(runbook: Runbook, alerts: readonly Alert[]): Question[] {
    return runbook.checks.flatMap((check) => {
        const queries = new Set(alerts.map(({ labels }) => fillQuery(check.query, labels)));
        return [...queries].map((query) => ({ runbook, check, query }));
    });
}

function fulfils({ holds }: Check, value: number): boolean {
    if (!holds || Number.isNaN(value)) return false;
    switch (holds.op) {
        case '>':
            return value > holds.value;
        case '>=':
            return value >= holds.value;
        case '<':
            return value < holds.value;
        case '<=':
            return value <= holds.value;
        case '==':
            return value === holds.value;
        case '!=':
            return value !== holds.value;
    }
}

/** Maps in order with at most {@link AT_ONCE} calls under way. */
async function inTurns<T, R>(items: readonly T[], call: (item: T) => Promise<R>): Promise<R[]> {
    const results: R[] = [];
    for (let at = 0; at < items.length; at += AT_ONCE) {
        results.push(...(await Promise.all(items.slice(at, at + AT_ONCE).map(call))));
    }
    return results;
}
