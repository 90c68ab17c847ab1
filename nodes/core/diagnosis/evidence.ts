import type { Clock } from '../clock';
import type { Evidence } from '../model/diagnosis';
import { redact } from '../text/redact';
import { cutClean, visible, visibleProse } from '../text/text';

/** Longest kept texts of one piece of evidence, characters. */
const LONGEST = { title: 200, query: 2_000, result: 3_000 } as const;

/**
 * Title of what the model asked by itself. With `label_replace` it can make such an answer name any host, so these
 * answers never make a host valid.
 */
export const MODEL_QUERY = 'Query of the model';

const cleanProse = (text: string): string => redact(visibleProse(text));

export type NewEvidence = Pick<Evidence, 'kind' | 'title' | 'query' | 'result' | 'value' | 'unit'>;

/**
 * Records tool results as E1, E2, …: redacted, invisible characters written out, size-capped, with the question asked.
 */
export class EvidenceLog {
    private readonly recorded: Evidence[] = [];

    constructor(private readonly clock: Clock) {}

    record({ kind, title, query, result, value, unit }: NewEvidence): Evidence {
        const evidence: Evidence = {
            id: `E${this.recorded.length + 1}`,
            kind,
            title: cutClean(title, LONGEST.title, (text) => redact(visible(text))),
            ...(query === undefined ? {} : { query: cutClean(query, LONGEST.query, cleanProse) }),
            result: cutClean(result, LONGEST.result, cleanProse),
            ...(value !== undefined && Number.isFinite(value) ? { value } : {}),
            ...(unit === undefined ? {} : { unit }),
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
