/** What is kept of an ended incident, to be found again. */
export interface MemoryRecord {
    incidentId: string;
    /** The recurrence key: the same when the same thing goes wrong again, see `core/memory/recurrence.ts`. */
    identity: string;
    alertname: string;
    labels: Record<string, string>;
    /** Searchable text: summary, cause. */
    text: string;
    cause?: string;
    action?: { runbook: string; action: string; parameters: Record<string, string | number | boolean> };
    outcome: MemoryOutcome;
    at: string;
}

/** How the fix ended, or `no-fix` when none ran. */
export type MemoryOutcome =
    | 'cleared'
    | 'not-cleared'
    | 'cleared-anyway'
    | 'failed'
    | 'rolled-back'
    | 'refused'
    | 'unknown'
    | 'no-fix';

/** A past incident that resembles this one. `score`: 1 is the same thing again. */
export interface SimilarIncident extends Omit<MemoryRecord, 'identity' | 'labels' | 'text'> {
    score: number;
}
