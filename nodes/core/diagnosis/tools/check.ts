import type { Alert } from '../../model/incident';
import type { Check, Runbook } from '../../model/runbook';
import { matchingAlerts, matchingRunbooks } from '../../runbook/choose';
import { fillQuery } from '../../runbook/promql';
import type { Answer, EvidenceTool, Question } from '../evidence-tool';
import type { MetricsSource, Sample } from '../ports';
import type { Sources } from '../sources';
import { samplesAnswer } from './texts';

/** Most queries of one diagnosis before the model asks its own. */
const MOST_QUERIES = 24;

interface Query {
    runbook: Runbook;
    check: Check;
    query: string;
}

/**
 * The checks of the matching runbooks, asked once for each different query that the matching alerts give. An answer
 * holds when it has samples and all of them fulfil the check.
 */
export function checkTool({ runbooks, metrics }: Sources): EvidenceTool {
    return {
        name: 'check',
        says: 'the PromQL checks of the runbooks.',
        mayNameHost: true,
        initial: (incident) => {
            const matching = matchingRunbooks(runbooks, incident);
            const queries = matching.flatMap((runbook) => queriesOf(runbook, matchingAlerts(runbook, incident)));
            if (queries.length === 0) return [];
            return metrics ? questionsOf(queries, metrics) : [notAsked('no Prometheus server is configured')];
        },
    };
}

function queriesOf(runbook: Runbook, alerts: readonly Alert[]): Query[] {
    return runbook.checks.flatMap((check) => {
        const queries = new Set(alerts.map(({ labels }) => fillQuery(check.query, labels)));
        return [...queries].map((query) => ({ runbook, check, query }));
    });
}

/** A check of which a query is left out does not hold. */
function questionsOf(queries: readonly Query[], metrics: MetricsSource): Question[] {
    const left = queries.slice(MOST_QUERIES);
    const isWhole = ({ runbook, check }: Query): boolean =>
        !left.some((query) => query.runbook === runbook && query.check === check);
    return [
        ...queries.slice(0, MOST_QUERIES).map((query) => questionOf(query, isWhole(query), metrics)),
        ...(left.length > 0
            ? [notAsked(`${left.length} of ${queries.length} queries; the limit is ${MOST_QUERIES}`)]
            : []),
    ];
}

function questionOf({ runbook, check, query }: Query, isWhole: boolean, metrics: MetricsSource): Question {
    return {
        title: check.title,
        query,
        unit: check.unit,
        check: { runbook: runbook.id, check: check.id },
        answer: async (signal) => {
            const samples = await metrics.query(query, signal);
            return { ...samplesAnswer(samples), holds: isWhole && fulfilled(check, samples) };
        },
    };
}

function notAsked(why: string): Question {
    const answer: Answer = { result: `Not asked: ${why}.`, status: 'no-data' };
    return { title: 'Checks of the runbooks', answer: () => Promise.resolve(answer) };
}

function fulfilled(check: Check, samples: readonly Sample[]): boolean {
    return samples.length > 0 && samples.every(({ value }) => fulfils(check, value));
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
