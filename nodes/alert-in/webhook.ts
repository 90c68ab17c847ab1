import type { Request, Response } from 'express';
import { asFixError, type ErrorCode, FixError } from '../core/errors';
import type { Effect } from '../core/intake/intake';
import { type AlertPayload, parsePayload } from '../core/intake/payload';
import { SeenRequests } from '../core/intake/seen-requests';
import { requireHeaders, requireSignature, type WebhookAuth } from '../core/intake/webhook-auth';
import { uncapitalised } from '../core/text/text';
import type { RouteHandler } from '../runtime/http-routes';

export interface Webhook {
    auth: WebhookAuth;
    /** Takes the alerts in; resolves once they are in the store. */
    accept(payload: AlertPayload): Promise<Effect[]>;
    /** Hears why a request was refused. */
    refused(error: FixError): void;
}

/** Alertmanager sends again after 5xx only, so what a retry can fix is 503 and never 4xx. */
const STATUS: Partial<Record<ErrorCode, number>> = {
    AUTH_FAILED: 401,
    TOO_LARGE: 413,
    INPUT_INVALID: 422,
    STORE_DOWN: 503,
    STORE_CONFLICT: 503,
    CANCELLED: 503,
};

/** Refusals that HTTP has an own number for. */
class HttpRefusal extends FixError {
    constructor(
        readonly status: number,
        message: string,
        field: string,
        cure: string,
    ) {
        super('INPUT_INVALID', message, { field, cure });
    }
}

/**
 * Answers 202 after the journal write, also to a signed request that was taken before, of which nothing more is done;
 * otherwise a status with one sentence that names the field and the cure.
 */
export function webhookHandler(webhook: Webhook): RouteHandler {
    const seen = new SeenRequests(webhook.auth.kind === 'hmac' ? webhook.auth.windowSeconds : 0);
    return async (request, response, body) => {
        try {
            const { payload, signature } = await payloadOf(webhook.auth, request, body);
            const isKnown = signature !== undefined && seen.has(signature, new Date());
            const effects = isKnown ? [] : await webhook.accept(payload);
            // Only now: a request that could not be taken may be sent again.
            if (signature !== undefined) seen.add(signature, new Date());
            const incidents = effects.map(({ kind, incident }) => ({ id: incident.id, effect: kind }));
            // Not response.json(): nobody caches this answer, so the hash for an ETag would be work for nothing.
            response.writeHead(202, { 'Content-Type': 'application/json; charset=utf-8' });
            response.end(JSON.stringify({ status: isKnown ? 'known' : 'accepted', incidents }));
        } catch (thrown) {
            const error = asFixError(thrown);
            webhook.refused(error);
            refuse(webhook.auth, request, response, error);
        }
    };
}

async function payloadOf(
    auth: WebhookAuth,
    request: Request,
    read: () => Promise<Buffer>,
): Promise<{ payload: AlertPayload; signature?: string }> {
    if (request.method !== 'POST' && request.method !== 'PUT') {
        throw new HttpRefusal(405, `This address takes no ${request.method}.`, 'method', 'Send alerts with POST.');
    }
    requireHeaders(auth, request.headers);
    requireJson(request);
    const body = await read();
    const signature = requireSignature(auth, request.headers, body, new Date());
    return { payload: await parsePayload(jsonOf(body)), signature };
}

function requireJson({ headers }: Request): void {
    const [type = '', ...parameters] = (headers['content-type'] ?? '')
        .toLowerCase()
        .split(';')
        .map((part) => part.trim());
    const charset =
        parameters
            .find((part) => part.startsWith('charset='))
            ?.slice(8)
            .replaceAll('"', '') ?? 'utf-8';
    if (type !== 'application/json' || !/^utf-?8$/.test(charset)) {
        throw new HttpRefusal(
            415,
            'The body is not announced as JSON in UTF-8.',
            'Content-Type',
            'Send application/json.',
        );
    }
    if (!['', 'identity'].includes(headers['content-encoding'] ?? '')) {
        throw new HttpRefusal(415, 'The body is compressed.', 'Content-Encoding', 'Send it uncompressed.');
    }
}

function jsonOf(body: Buffer): unknown {
    try {
        return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
    } catch {
        throw new HttpRefusal(
            400,
            'The body is not JSON in UTF-8.',
            'body',
            "Send Alertmanager's or Grafana's webhook body as it is.",
        );
    }
}

function refuse(auth: WebhookAuth, request: Request, response: Response, error: FixError): void {
    const status = error instanceof HttpRefusal ? error.status : (STATUS[error.code] ?? 500);
    if (status === 405) response.set('Allow', 'POST, PUT');
    if (status === 401 && auth.kind !== 'hmac')
        response.set('WWW-Authenticate', auth.kind === 'basic' ? 'Basic' : 'Bearer');
    if (!request.readableEnded) {
        response.set('Connection', 'close');
        response.once('finish', () => request.destroy());
    }
    const { code, field } = error;
    response.status(status).json({ error: oneSentence(error), code, ...(field === undefined ? {} : { field }) });
}

/** What is wrong, with the field where the words do not name it yet, and the cure. */
function oneSentence({ message, field, cure }: FixError): string {
    const wrong = message.replace(/\.$/, '');
    const named = field === undefined || message.includes(field) ? wrong : `${wrong} (${field})`;
    return cure === undefined ? `${named}.` : `${named}; ${uncapitalised(cure)}`;
}
