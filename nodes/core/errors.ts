/**
 * Every failure a user can meet has one of these codes. Codes are stable: flows switch on
 * `msg.error.code` in a Catch node, so a code may be added but never renamed.
 */
export type ErrorCode =
    | 'INPUT_INVALID'
    | 'CONFIG_INVALID'
    | 'CONFIG_MISSING'
    | 'AUTH_FAILED'
    | 'TOO_LARGE'
    | 'INCIDENT_UNKNOWN'
    | 'STAGE_WRONG'
    | 'STORE_DOWN'
    | 'STORE_CONFLICT'
    | 'LEASED_ELSEWHERE'
    | 'RUNBOOK_INVALID'
    | 'ACTION_UNKNOWN'
    | 'PARAMETER_INVALID'
    | 'TARGET_NOT_IN_EVIDENCE'
    | 'HOST_UNKNOWN'
    | 'PROVIDER_AUTH'
    | 'PROVIDER_MODEL_UNKNOWN'
    | 'PROVIDER_RATE_LIMITED'
    | 'PROVIDER_DOWN'
    | 'PROVIDER_TIMEOUT'
    | 'PROVIDER_REFUSED'
    | 'PROVIDER_CUT_OFF'
    | 'PROVIDER_BAD_ANSWER'
    | 'BUDGET_EXCEEDED'
    | 'PROMETHEUS_DOWN'
    | 'PROMETHEUS_REJECTED'
    | 'ALERTMANAGER_DOWN'
    | 'ANSIBLE_MISSING'
    | 'ANSIBLE_FAILED'
    | 'EXECUTOR_DOWN'
    | 'PLAN_SIGNATURE_WRONG'
    | 'PLAN_CHANGED'
    | 'PLAN_EXPIRED'
    | 'PLAN_WITHDRAWN'
    | 'CLOCK_WRONG'
    | 'ALERT_NOT_FIRING'
    | 'ALERT_STATE_UNKNOWN'
    | 'NOT_APPROVED'
    | 'NOT_ENTITLED'
    | 'ALREADY_DECIDED'
    | 'POLICY_DENIED'
    | 'POLICY_STRICTER'
    | 'TARGET_BUSY'
    | 'DRY_RUN_DRIFTED'
    | 'ALREADY_RUN'
    | 'CHAT_REJECTED'
    | 'CHAT_DOWN'
    | 'CANCELLED'
    | 'INTERNAL';

/** What a {@link FixError} can say beside its sentence. */
export interface FixErrorDetails {
    /** Path of the offending field, e.g. `alerts[0].labels`. */
    field?: string;
    /** What the user can do about it, one sentence. */
    cure?: string;
    cause?: unknown;
}

/**
 * The one error type of this package. `code`, `field` and `cure` are own properties, because
 * Node-RED copies only own properties of an error to a Catch node's message.
 */
export class FixError extends Error {
    readonly code: ErrorCode;
    readonly field?: string;
    readonly cure?: string;

    constructor(code: ErrorCode, message: string, details: FixErrorDetails = {}) {
        super(message, details.cause === undefined ? undefined : { cause: details.cause });
        this.name = 'FixError';
        this.code = code;
        if (details.field !== undefined) this.field = details.field;
        if (details.cure !== undefined) this.cure = details.cure;
    }
}

/** Turns anything thrown into a {@link FixError}; an unknown fault becomes `INTERNAL` (or `fallback`). */
export function asFixError(thrown: unknown, fallback: ErrorCode = 'INTERNAL'): FixError {
    if (thrown instanceof FixError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new FixError(fallback, message, { cause: thrown });
}

/**
 * A failure as people read it: the message and, where there is one, the cure behind it. `field`: with the offending
 * field in brackets between the two, for logs. Takes anything thrown.
 */
export function failureText(thrown: unknown, { field = false } = {}): string {
    const error = asFixError(thrown);
    const what = field && error.field !== undefined ? `${error.message} (${error.field})` : error.message;
    if (error.cure === undefined) return what;
    return `${what}${/[.!?:…)。！？]$/.test(what) ? '' : '.'} ${error.cure}`;
}
