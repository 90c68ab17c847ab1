import { z } from 'zod';
import { FixError } from '../errors';
import { canonicalJson, sha256 } from '../json';
import { redact } from '../redact';
import { cut, visible, visibleProse } from '../text';
import type { Alert, IncidentSource } from './incident';

/** One webhook call, whatever its dialect. */
export interface AlertPayload {
    dialect: IncidentSource['dialect'];
    receiver: string;
    externalURL?: string;
    /** The sender's own key of the group; opaque. */
    groupKey: string;
    status: Alert['status'];
    alerts: Alert[];
    /** Alerts of the group that are not in `alerts`: left out by the sender, or above {@link BOUNDS}. */
    truncated: number;
}

/** What is taken at most. Above `alerts` and `annotation` it is cut and marked, above the others refused. */
export const BOUNDS = {
    alerts: 1_000,
    names: 128,
    name: 1_024,
    label: 16_384,
    annotation: 8_192,
    annotationRefused: 262_144,
    address: 4_096,
} as const;

const texts = z.record(z.string(), z.string());
const moment = z.string().refine((text) => !Number.isNaN(Date.parse(text)), 'must be a time such as 2026-01-31T08:00:00Z');

const alertShape = z.object({
    status: z.enum(['firing', 'resolved']),
    labels: texts,
    annotations: texts.nullish(),
    startsAt: moment,
    endsAt: moment.nullish(),
    generatorURL: z.string().nullish(),
    fingerprint: z.string().nullish(),
});

/**
 * Alertmanager's webhook, version "4" (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), and
 * Grafana's, version "1" (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
 * Everything else in the body is dropped unseen, however deep.
 */
const payloadShape = z.object({
    version: z.enum(['4', '1']),
    receiver: z.string().max(BOUNDS.name),
    status: z.enum(['firing', 'resolved']),
    groupKey: z.string().max(BOUNDS.label).nullish(),
    groupLabels: texts.nullish(),
    externalURL: z.string().nullish(),
    truncatedAlerts: z.number().int().nonnegative().nullish(),
    alerts: z.array(alertShape).min(1),
});

type RawPayload = z.infer<typeof payloadShape>;
type RawAlert = z.infer<typeof alertShape>;

/** Reads a parsed webhook body. Throws `INPUT_INVALID` with the field's path and the cure. */
export function parsePayload(body: unknown): AlertPayload {
    if (typeof body === 'object' && body !== null && Array.isArray((body as { alerts?: unknown }).alerts)) {
        const { alerts } = body as { alerts: unknown[] };
        const kept = alerts.length > BOUNDS.alerts ? alerts.slice(0, BOUNDS.alerts) : alerts;
        return normalise(read({ ...body, alerts: kept }), alerts.length - kept.length);
    }
    return normalise(read(body), 0);
}

function read(body: unknown): RawPayload {
    const result = payloadShape.safeParse(body);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const field = fieldPath(issue?.path ?? []);
    throw new FixError('INPUT_INVALID', `The webhook body is wrong at ${field}: ${issue?.message ?? 'unreadable'}.`, {
        field,
        cure: "Send Alertmanager's webhook body (version \"4\") or Grafana's (version \"1\"), without a custom payload template.",
    });
}

/** `['alerts', 0, 'labels', 'a b']` as `alerts[0].labels["a b"]`. */
function fieldPath(path: readonly PropertyKey[]): string {
    const written = path.map((part) => {
        if (typeof part === 'number') return `[${part}]`;
        const name = String(part);
        return /^\w{1,64}$/.test(name) ? `.${name}` : `[${JSON.stringify(cut(visible(name), 64))}]`;
    });
    return written.join('').replace(/^\./, '') || 'body';
}

function normalise(raw: RawPayload, left: number): AlertPayload {
    const dialect = raw.version === '4' ? 'alertmanager' : 'grafana';
    const receiver = visible(dialect === 'alertmanager' ? unquoted(raw.receiver) : raw.receiver);
    const externalURL = address(raw.externalURL);
    return {
        dialect,
        receiver,
        ...(externalURL === undefined ? {} : { externalURL }),
        groupKey: raw.groupKey || canonicalJson([receiver, raw.groupLabels ?? {}]),
        status: raw.status,
        alerts: raw.alerts.map(normaliseAlert),
        truncated: (raw.truncatedAlerts ?? 0) + left,
    };
}

/** Alertmanager passes a receiver's name through Go's regular-expression quoting: `ops.flow` arrives as `ops\.flow`. */
function unquoted(receiver: string): string {
    return receiver.replace(/\\([\\.+*?()|[\]{}^$])/g, '$1');
}

function normaliseAlert(raw: RawAlert, index: number): Alert {
    const generatorURL = address(raw.generatorURL);
    const endsAt = raw.status === 'resolved' ? setTime(raw.endsAt) : undefined;
    return {
        fingerprint: fingerprintOf(raw),
        status: raw.status,
        labels: labelsOf(raw.labels, `alerts[${index}].labels`),
        annotations: annotationsOf(raw.annotations ?? {}, `alerts[${index}].annotations`),
        startsAt: new Date(raw.startsAt).toISOString(),
        ...(endsAt === undefined ? {} : { endsAt }),
        ...(generatorURL === undefined ? {} : { generatorURL }),
    };
}

function fingerprintOf({ fingerprint, labels }: RawAlert): string {
    if (fingerprint && /^[0-9a-f]{1,64}$/i.test(fingerprint)) return fingerprint.toLowerCase();
    return sha256(canonicalJson(labels)).slice(0, 16);
}

/** Go writes "not set" as the year 1. */
function setTime(time: string | null | undefined): string | undefined {
    return !time || time.startsWith('0001-') ? undefined : new Date(time).toISOString();
}

/** Only addresses that a browser may follow. */
function address(url: string | null | undefined): string | undefined {
    if (!url || url.length > BOUNDS.address || !/^https?:\/\//i.test(url)) return undefined;
    return redact(visible(url));
}

function labelsOf(raw: Record<string, string>, field: string): Record<string, string> {
    return bounded(raw, field, BOUNDS.label, (text) => redact(visible(text)));
}

function annotationsOf(raw: Record<string, string>, field: string): Record<string, string> {
    return bounded(raw, field, BOUNDS.annotationRefused, (text) => redact(visibleProse(cut(text, BOUNDS.annotation))));
}

function bounded(
    raw: Record<string, string>,
    field: string,
    longest: number,
    clean: (text: string) => string,
): Record<string, string> {
    const entries = Object.entries(raw);
    if (entries.length > BOUNDS.names) throw tooMuch(field, `has ${entries.length} entries; ${BOUNDS.names} are taken`);
    return Object.fromEntries(entries.map(([name, text]) => {
        if (name.length > BOUNDS.name) throw tooMuch(field, `has a name of ${name.length} characters; ${BOUNDS.name} are taken`);
        if (text.length > longest) {
            throw tooMuch(`${field}${fieldPath(['x', name]).slice(1)}`, `has ${text.length} characters; ${longest} are taken`);
        }
        return [visible(name), clean(text)];
    }));
}

function tooMuch(field: string, what: string): FixError {
    return new FixError('INPUT_INVALID', `The webhook body is wrong at ${field}: it ${what}.`, {
        field,
        cure: 'Shorten it in the alerting rule.',
    });
}
