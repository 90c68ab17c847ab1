import type { Clock } from '../clock';
import type { Evidence, Series } from '../model/diagnosis';
import { cutClean } from '../text/cut';
import { redact } from '../text/redact';
import { visible, visibleProse } from '../text/text';

/** Longest kept texts of one piece of evidence, characters. */
const LONGEST = { title: 200, query: 2_000, label: 200 } as const;
/** Longest result that any tool may keep, characters; and what it keeps when it names no length. */
export const LONGEST_RESULT = 3_000;
const USUAL_RESULT = 2_000;
/** Most that is kept of time series: each incident is rewritten whole with every step. */
export const MOST_SERIES = 5;
export const MOST_POINTS = 120;
const MOST_LABELS = 20;

/** Evidence before it has an id and a time. `longest`: see `EvidenceTool`. */
export type NewEvidence = Omit<Evidence, 'id' | 'at'> & { longest?: number };

/**
 * Records tool results as E1, E2, …: redacted, invisible characters written out, size-capped, with the question asked.
 */
export class EvidenceLog {
    private readonly recorded: Evidence[] = [];

    constructor(private readonly clock: Clock) {}

    record({ kind, title, query, result, status, mayNameHost, value, unit, series, longest }: NewEvidence): Evidence {
        const evidence: Evidence = {
            id: `E${this.recorded.length + 1}`,
            kind,
            title: line(title, LONGEST.title),
            ...(query === undefined ? {} : { query: prose(query, LONGEST.query) }),
            result: prose(result, Math.min(longest ?? USUAL_RESULT, LONGEST_RESULT)),
            ...(status === undefined ? {} : { status }),
            ...(mayNameHost ? { mayNameHost } : {}),
            ...(value !== undefined && Number.isFinite(value) ? { value } : {}),
            ...(unit === undefined ? {} : { unit }),
            ...(series === undefined ? {} : { series: series.slice(0, MOST_SERIES).map(bounded) }),
            at: this.clock().toISOString(),
        };
        this.recorded.push(evidence);
        return evidence;
    }

    all(): Evidence[] {
        return [...this.recorded];
    }

    /** The named evidence, without repeats and without ids that were never recorded. */
    named(ids: readonly string[]): Evidence[] {
        return this.recorded.filter(({ id }) => ids.includes(id));
    }
}

/** Every n-th point and always the newest, so that the whole stretch of time stays; only values that JSON can carry. */
function bounded({ labels, points }: Series): Series {
    const finite = points.filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value));
    const every = Math.ceil(finite.length / MOST_POINTS);
    return {
        labels: Object.fromEntries(
            Object.entries(labels)
                .slice(0, MOST_LABELS)
                .map(([name, value]) => [line(name, LONGEST.label), line(value, LONGEST.label)]),
        ),
        points: finite.filter((_point, index) => (finite.length - 1 - index) % every === 0),
    };
}

function line(text: string, longest: number): string {
    return cutClean(text, longest, (begin) => redact(visible(begin)));
}

function prose(text: string, longest: number): string {
    return cutClean(text, longest, (begin) => redact(visibleProse(begin)));
}
