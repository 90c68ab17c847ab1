import { cut } from '../../text/cut';
import type { Answer } from '../evidence-tool';
import type { Sample } from '../ports';

/** Most samples written down of one query. */
const MOST_SAMPLES = 20;

/** The samples of an instant query as an answer; a single sample is also its value. */
export function samplesAnswer(samples: readonly Sample[]): Answer {
    if (samples.length === 0) return { result: 'No samples.', status: 'no-data' };
    const lines = samples.map(({ labels, value }) => `${cut(labelsText(labels), 300)} ${value}`);
    const [only] = samples;
    return {
        result: listText(lines, MOST_SAMPLES),
        ...(only && samples.length === 1 ? { value: only.value } : {}),
    };
}

/** Labels as Prometheus writes them: `{a="1", b="2"}`. */
export function labelsText(labels: Readonly<Record<string, string>>): string {
    return `{${Object.entries(labels)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(', ')}}`;
}

/** At most this many lines, and how many more there are. */
export function listText(lines: readonly string[], most: number): string {
    const more = lines.length > most ? [`… and ${lines.length - most} more`] : [];
    return [...lines.slice(0, most), ...more].join('\n');
}
