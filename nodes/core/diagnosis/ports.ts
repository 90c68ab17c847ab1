import type { z } from 'zod';
import type { Series } from '../model/diagnosis';

/** One instant query. Values are finite numbers or NaN / ±Infinity as Prometheus gives them. */
export interface Sample {
    labels: Record<string, string>;
    value: number;
    /** Unix seconds. */
    at: number;
}

/** A stretch of time, and the seconds between two of its points. */
export interface TimeRange {
    from: Date;
    to: Date;
    stepSeconds: number;
}

/** Where PromQL is asked. Both reject with `PROMETHEUS_DOWN` or `PROMETHEUS_REJECTED`. */
export interface MetricsSource {
    /** The values of this moment. */
    query(promql: string, signal: AbortSignal): Promise<Sample[]>;
    /** The values over time. A step without a value has no point. */
    range(promql: string, range: TimeRange, signal: AbortSignal): Promise<Series[]>;
}

/** An alert whose state is asked. */
export interface AskedAlert {
    fingerprint: string;
    labels: Record<string, string>;
    /** Since when it fires, ISO 8601. */
    startsAt?: string;
}

/** Whether alerts fire now. */
export interface AlertSource {
    /**
     * State of each fingerprint; of one that fires since `startsAt` where that is known. Rejects with
     * `ALERTMANAGER_DOWN`.
     */
    states(alerts: readonly AskedAlert[], signal: AbortSignal): Promise<Map<string, 'firing' | 'cleared'>>;
    /** Alerts that fire now and share these labels, for the evidence "related alerts". */
    firing(
        labels: Record<string, string>,
        signal: AbortSignal,
    ): Promise<{ fingerprint: string; labels: Record<string, string>; startsAt: string }[]>;
}

/** An alert source that forgets all alerts when it restarts. */
export interface AlertMemory extends AlertSource {
    /** Since when it remembers, on this machine's clock. Rejects with `ALERTMANAGER_DOWN`. */
    since(signal: AbortSignal): Promise<Date>;
}

/** The rules that alerts come from. */
export interface AlertingRules {
    /**
     * Which of these names belong to rules that were evaluated without error in the last ten minutes and find
     * nothing; every rule of the name. A name that no rule has is not among them. Rejects with `PROMETHEUS_DOWN` or `PROMETHEUS_REJECTED`.
     */
    inactive(names: readonly string[], signal: AbortSignal): Promise<Set<string>>;
}

export interface ChatMessage {
    role: 'system' | 'user' | 'assistant';
    content: string;
}

export interface ModelAnswer<T> {
    value: T;
    /** `uncounted`: the server's figures were no numbers, and count as 0. */
    usage: { inputTokens: number; outputTokens: number; uncounted?: true };
    model: string;
    requestId?: string;
}

/** One question to a language model. */
export interface AnswerRequest<T> {
    messages: ChatMessage[];
    schemaName: string;
    /** Only required members (nullable for "none"), no free-form maps: the rules of strict JSON-schema output. */
    schema: z.ZodType<T>;
    maxOutputTokens: number;
    signal: AbortSignal;
}

/**
 * A language model that answers with JSON of a given schema. Retries and the per-call deadline are the adapter's.
 * Rejects with a `PROVIDER_*` {@link FixError}; never hangs beyond `signal`.
 */
export interface LanguageModel {
    readonly vendor: string;
    readonly model: string;
    answer<T>(request: AnswerRequest<T>): Promise<ModelAnswer<T>>;
    /** Asks the server whether it has the model; nothing is generated or paid for. Rejects as `answer` does. */
    check?(signal: AbortSignal): Promise<ModelCheck>;
}

/** What a server said of a model. */
export interface ModelCheck {
    /** False when the server answers, but does not say that it has the model. */
    known: boolean;
    /** What was asked, e.g. `GET /models`. */
    asked: string;
}
