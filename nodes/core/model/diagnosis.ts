import type { ParameterValue } from './runbook';
import type { Signature } from './signature';

/** One time series: its labels, and its values over time, the oldest first. */
export interface Series {
    labels: Record<string, string>;
    points: [unixSeconds: number, value: number][];
}

/** A recorded tool result; the only thing a diagnosis may cite. */
export interface Evidence {
    /** `E1`, `E2`, … in the order of recording. */
    id: string;
    /** Name of the evidence tool that made it, e.g. `promql`. */
    kind: string;
    title: string;
    /** What was asked, e.g. the PromQL, so that a person can ask it again. */
    query?: string;
    /** The answer as text, redacted and size-capped. */
    result: string;
    /** Absent when the source answered with data. */
    status?: 'no-data' | 'not-answered';
    /**
     * Whether its text may make a host the target of a fix. Set by the tool that made it; absent means no, also in
     * incidents of earlier versions.
     */
    mayNameHost?: boolean;
    /** The number a query came to, when it came to one. */
    value?: number;
    unit?: string;
    /** For charts; at most as much as `core/diagnosis/evidence.ts` keeps. */
    series?: Series[];
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
    /** Of the step that made it; a dry run takes up no other. See {@link file://../signing/provenance.ts}. */
    signed?: Signature;
}
