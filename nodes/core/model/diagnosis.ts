import type { ParameterValue } from './runbook';

/** A recorded tool result; the only thing a diagnosis may cite. */
export interface Evidence {
    /** `E1`, `E2`, … in the order of recording. */
    id: string;
    kind: 'alert' | 'promql' | 'related-alerts' | 'past-incidents' | 'runbook';
    title: string;
    /** What was asked, e.g. the PromQL, so that a person can ask it again. */
    query?: string;
    /** The answer as text, redacted and size-capped. */
    result: string;
    /** The number a PromQL check came to, when it came to one. */
    value?: number;
    unit?: string;
    at: string;
}

/** An action of a matching runbook with its parameters and target, checked by code. */
export interface Proposal {
    runbook: string;
    action: string;
    title: string;
    parameters: Record<string, ParameterValue>;
    /** Inventory host names. */
    hosts: string[];
}

/** Who made the diagnosis, and what it cost. */
export interface DiagnosisSource {
    by: 'model' | 'rules';
    vendor?: string;
    model?: string;
    /** Why the rule engine answered although a model is configured: one sentence for the card. */
    fallback?: string;
    /** `uncounted`: calls whose tokens the server did not count in numbers; they are 0 here. */
    usage?: { inputTokens: number; outputTokens: number; calls: number; uncounted?: number };
    milliseconds: number;
    requestIds?: string[];
}

export interface Diagnosis {
    verdict: 'proposal' | 'advice' | 'inconclusive';
    cause: string;
    /** Between 0 and 1. */
    confidence: number;
    /** Ids of evidence; checked to exist. */
    citations: string[];
    evidence: Evidence[];
    proposal?: Proposal;
    /** Why nothing is proposed although it could have been: one sentence. */
    reason?: string;
    source: DiagnosisSource;
    at: string;
}
