import type { Matcher } from '../text/matcher';

export type Risk = 'low' | 'medium' | 'high';

export type ParameterValue = string | number | boolean;

/** One typed parameter of an action. `from` takes the value from an alert label when nobody names another. */
export interface ParameterSpec {
    type: 'string' | 'integer' | 'number' | 'boolean';
    description: string;
    enum?: ParameterValue[];
    /** Anchored regular expression for strings. Without enum and pattern a string is refused by the loader. */
    pattern?: string;
    maxLength?: number;
    minimum?: number;
    maximum?: number;
    default?: ParameterValue;
    /** Name of an alert label. */
    from?: string;
}

/** One run of a playbook: the fix itself or its rollback. Paths are relative to the library folder. */
export interface PlaybookCall {
    playbook: string;
    tags?: string[];
}

/** How to see that the fix worked. Without `check` the alert itself decides. */
export interface VerifySpec {
    /**
     * PromQL that must return at least one sample once the fix has worked; without a filtering comparison, or with
     * `bool`, all non-zero. May use `{{label}}`.
     */
    check?: string;
    /** How long the alert has to clear, seconds. */
    withinSeconds: number;
}

/** One fix of a runbook. */
export interface Action extends PlaybookCall {
    id: string;
    title: string;
    description: string;
    risk: Risk;
    /** Alert label that names the inventory host, e.g. `host`; or a fixed inventory host as `=name`. */
    target: string;
    parameters: Record<string, ParameterSpec>;
    verify: VerifySpec;
    rollback?: PlaybookCall;
    /** Hint for the gate, shown on the card. */
    approval?: string;
}

/** A PromQL question whose answer becomes evidence. */
export interface Check {
    id: string;
    title: string;
    /** PromQL; `{{label}}` is replaced by the alert's label value, escaped for a double-quoted PromQL string. */
    query: string;
    unit?: string;
    /** Present: a rule of the rule engine. When every listed check holds, `cause` is the diagnosis. */
    holds?: { op: '>' | '>=' | '<' | '<=' | '==' | '!='; value: number };
}

/** A cause the rule engine may conclude: when all named checks hold. */
export interface CauseRule {
    cause: string;
    when: string[];
    /** Between 0 and 1. */
    confidence: number;
    /** Id of the action to propose; absent means advice only. */
    action?: string;
    parameters?: Record<string, ParameterValue>;
}

/** A runbook file: which alerts it is for, what it knows, what it checks, what fixes it offers. */
export interface Runbook {
    id: string;
    title: string;
    /** Any of these matcher lists; all matchers of one list must hold. */
    alerts: Matcher[][];
    /** Markdown for people and for the model. */
    knowledge: string;
    checks: Check[];
    causes: CauseRule[];
    actions: Action[];
    /** SHA-256 of the file. */
    digest: string;
    /** Path of the file, for messages. */
    file: string;
}

/** What the flow sees of a runbook library. */
export interface RunbookLibrary {
    /** The last good version of every runbook. */
    runbooks(): Runbook[];
    /** Problems of the newest read, empty when all files are good. */
    problems(): RunbookProblem[];
}

/** What is wrong in a runbook file. `line` counts from 1. */
export interface RunbookProblem {
    file: string;
    line: number;
    field: string;
    message: string;
    cure: string;
}
