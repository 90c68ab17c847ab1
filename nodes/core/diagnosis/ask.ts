import { asFixError } from '../errors';
import type { Evidence } from '../model/diagnosis';
import { redact } from '../text/redact';
import { cut, cutClean, visible } from '../text/text';
import type { EvidenceLog, NewEvidence } from './evidence';
import type { MetricsSource, Sample } from './ports';

/** Most samples written down of one query. */
const MOST_SAMPLES = 20;
/** Longest reason of an answer that did not come, characters. */
const LONGEST_REASON = 300;

/** The samples of one PromQL query, and the evidence they became; no samples when the source was down. */
export interface Asked {
    samples: Sample[];
    evidence: Evidence;
    /** Why there was no answer, for people. */
    unanswered?: string;
}

/** Asks a PromQL query. A failure becomes evidence that says so, unless `signal` was aborted. */
export async function askMetrics(
    metrics: MetricsSource,
    query: string,
    signal: AbortSignal,
): Promise<Sample[] | Error> {
    try {
        return await metrics.query(query, signal);
    } catch (thrown) {
        signal.throwIfAborted();
        return asFixError(thrown, 'PROMETHEUS_DOWN');
    }
}

/** Writes down what a query came to. */
export function recordSamples(
    log: EvidenceLog,
    asked: Pick<NewEvidence, 'title' | 'query' | 'unit'>,
    answer: Sample[] | Error,
): Asked {
    if (answer instanceof Error) {
        const evidence = log.record({ kind: 'promql', ...asked, result: `Not answered: ${answer.message}` });
        return {
            samples: [],
            evidence,
            unanswered: cutClean(answer.message, LONGEST_REASON, (text) => redact(visible(text))),
        };
    }
    const [only] = answer;
    const value = answer.length === 1 ? only?.value : undefined;
    return {
        samples: answer,
        evidence: log.record({
            kind: 'promql',
            ...asked,
            result: samplesText(answer),
            ...(value === undefined ? {} : { value }),
        }),
    };
}

function samplesText(samples: readonly Sample[]): string {
    if (samples.length === 0) return 'No samples.';
    const lines = samples.slice(0, MOST_SAMPLES).map(({ labels, value }) => `${cut(labelsText(labels), 300)} ${value}`);
    if (samples.length > MOST_SAMPLES) lines.push(`… and ${samples.length - MOST_SAMPLES} more`);
    return lines.join('\n');
}

/** Labels as Prometheus writes them: `{a="1", b="2"}`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
    return `{${Object.entries(labels)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(', ')}}`;
}
