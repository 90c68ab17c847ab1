import type { NextFunction, Request, Response } from 'express';
import { asFixError, type ErrorCode, FixError } from '../core/errors';

/** The page loads nothing from elsewhere, and nobody may frame it: a framed Approve could be clicked unseen. */
const HEADERS = {
    'content-security-policy':
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    'x-frame-options': 'DENY',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
};

/** Sets the headers that every answer of the page carries. */
export function protect(_request: Request, response: Response, next: NextFunction): void {
    response.set(HEADERS);
    next();
}

/** Incidents are kept by no cache. */
export function neverStored(_request: Request, response: Response, next: NextFunction): void {
    response.set('cache-control', 'no-store');
    next();
}

/**
 * The error as `{"error": {code, message, field, cure, text}}` with the status that fits its code. `text` is the same
 * for the person in front of the page, in their language; message and cure where it is absent.
 */
export function answerError(response: Response, thrown: unknown, textOf?: (error: FixError) => string): void {
    const error = asFixError(thrown);
    if (response.headersSent) {
        response.end();
        return;
    }
    const { code, message, field, cure } = error;
    response.status(statusOf(code)).json({ error: { code, message, field, cure, text: textOf?.(error) } });
}

/** Answers what Node-RED's own parsers refuse before a request comes to us, such as malformed JSON, in our form. */
export function answerRefusedBody(thrown: unknown, _request: Request, response: Response, next: NextFunction): void {
    response.set(HEADERS);
    const status: unknown = thrown instanceof Object && 'status' in thrown ? thrown.status : undefined;
    if (status === 413) answerError(response, new FixError('TOO_LARGE', 'The body is too large.', { field: 'body' }));
    else if (status === 400 || status === 415)
        answerError(response, new FixError('INPUT_INVALID', 'The body is not valid JSON.', { field: 'body' }));
    else next(thrown);
}

function statusOf(code: ErrorCode): number {
    switch (code) {
        case 'INPUT_INVALID':
            return 400;
        case 'AUTH_FAILED':
        case 'NOT_ENTITLED':
        case 'POLICY_DENIED':
            return 403;
        case 'INCIDENT_UNKNOWN':
        case 'CONFIG_MISSING':
            return 404;
        case 'ALREADY_DECIDED':
        case 'STAGE_WRONG':
        case 'ALERT_NOT_FIRING':
        case 'PLAN_CHANGED':
        case 'PLAN_EXPIRED':
        case 'PLAN_WITHDRAWN':
        case 'PLAN_SIGNATURE_WRONG':
            return 409;
        case 'TOO_LARGE':
            return 413;
        case 'STORE_DOWN':
            return 503;
        default:
            return 500;
    }
}
