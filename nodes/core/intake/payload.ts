import { z } from 'zod';
import { FixError } from '../errors';
import type { Alert, IncidentSource } from '../model/incident';
import { cut } from '../text/cut';
import { canonicalJson, sha256 } from '../text/json';
import { redact } from '../text/redact';
import { uncapitalised, visible, visibleProse } from '../text/text';

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

type Texts = Record<string, string>;

const texts = z.record(z.string(), z.string());
/** What needs no closer look: the same in one pass, many times faster, but without the name of what is wrong. */
const textsAtOnce = z.custom<Texts>(
    (value) =>
        typeof value === 'object' &&
        value !== null &&
        !Array.isArray(value) &&
        !Object.hasOwn(value, '__proto__') &&
        Object.values(value).every((text) => typeof text === 'string'),
);
const moment = z
    .string()
    .refine((text) => !Number.isNaN(Date.parse(text)), 'must be a time such as 2026-01-31T08:00:00Z');

const alertShape = (labels: z.ZodType<Texts>) =>
    z.object({
        status: z.enum(['firing', 'resolved']),
        labels,
        annotations: labels.nullish(),
        startsAt: moment,
        endsAt: moment.nullish(),
        generatorURL: z.string().nullish(),
        fingerprint: z.string().nullish(),
    });

/**
 * Alertmanager's webhook, version "4" (https://prometheus.io/docs/alerting/latest/configuration/#webhook_config), and
 * Grafana's, version "1"
 * (https://grafana.com/docs/grafana/latest/alerting/configure-notifications/manage-contact-points/integrations/webhook-notifier/).
 * Everything else in the body is dropped unseen, however deep.
 */
const payloadShape = (labels: z.ZodType<Texts>) =>
    z.object({
        version: z.enum(['4', '1']),
        receiver: z.string().max(BOUNDS.name),
        status: z.enum(['firing', 'resolved']),
        groupKey: z.string().max(BOUNDS.label).nullish(),
        groupLabels: labels.nullish(),
        externalURL: z.string().nullish(),
        truncatedAlerts: z.number().int().nonnegative().nullish(),
        alerts: z.array(alertShape(labels)).min(1),
    });

const quickShape = payloadShape(textsAtOnce);
const exactShape = payloadShape(texts);

type RawPayload = z.infer<typeof exactShape>;
type RawAlert = RawPayload['alerts'][number];

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
    const quick = quickShape.safeParse(body);
    if (quick.success) return quick.data;
    const result = exactShape.safeParse(body);
    if (result.success) return result.data;
    const [issue] = result.error.issues;
    const field = fieldPath(issue?.path ?? []);
    throw new FixError(
        'INPUT_INVALID',
        `The webhook body is wrong at ${field}: ${uncapitalised(issue?.message ?? 'unreadable')}.`,
        {
            field,
            cure: 'Send Alertmanager\'s webhook body (version "4") or Grafana\'s (version "1"), without a custom payload template.',
        },
    );
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
    const cleaner = new Cleaner();
    return {
        dialect,
        receiver,
        ...(externalURL === undefined ? {} : { externalURL }),
        groupKey: whole(raw.groupKey ?? '') || canonicalJson([receiver, wholeTexts(raw.groupLabels ?? {})]),
        status: raw.status,
        alerts: raw.alerts.map((alert, index) => normaliseAlert(alert, index, cleaner)),
        truncated: (raw.truncatedAlerts ?? 0) + left,
    };
}

/** Alertmanager passes a receiver's name through Go's regular-expression quoting: `ops.flow` arrives as `ops\.flow`. */
function unquoted(receiver: string): string {
    return receiver.replace(/\\([\\.+*?()|[\]{}^$])/g, '$1');
}

function normaliseAlert(raw: RawAlert, index: number, cleaner: Cleaner): Alert {
    const generatorURL = address(raw.generatorURL);
    const endsAt = raw.status === 'resolved' ? setTime(raw.endsAt) : undefined;
    return {
        fingerprint: fingerprintOf(raw),
        status: raw.status,
        labels: bounded(raw.labels, () => `alerts[${index}].labels`, BOUNDS.label, cleaner.label),
        annotations: bounded(
            raw.annotations ?? {},
            () => `alerts[${index}].annotations`,
            BOUNDS.annotationRefused,
            cleaner.annotation,
        ),
        startsAt: new Date(raw.startsAt).toISOString(),
        ...(endsAt === undefined ? {} : { endsAt }),
        ...(generatorURL === undefined ? {} : { generatorURL }),
    };
}

function fingerprintOf({ fingerprint, labels }: RawAlert): string {
    if (fingerprint && /^[0-9a-f]{1,64}$/i.test(fingerprint)) return fingerprint.toLowerCase();
    return sha256(canonicalJson(wholeTexts(labels))).slice(0, 16);
}

/** A text that can be part of a digest: one with half a character has it written out, so that no two become the same. */
function whole(text: string): string {
    return text.isWellFormed() ? text : visible(text);
}

function wholeTexts(texts: Texts): Texts {
    return Object.fromEntries(Object.entries(texts).map(([name, text]) => [whole(name), whole(text)]));
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

/**
 * Cleans the texts of one payload; most alerts of a group share most of their labels, and each text is looked at once.
 */
class Cleaner {
    readonly label = once((text) => redact(visible(text)));
    readonly annotation = once((text) => redact(visibleProse(cut(text, BOUNDS.annotation))));
}

function once(clean: (text: string) => string): (text: string) => string {
    const known = new Map<string, string>();
    return (text) => {
        const cleaned = known.get(text) ?? clean(text);
        known.set(text, cleaned);
        return cleaned;
    };
}

function bounded(raw: Texts, field: () => string, longest: number, clean: (text: string) => string): Texts {
    const names = Object.keys(raw);
    if (names.length > BOUNDS.names) throw tooMuch(field(), `has ${names.length} entries; ${BOUNDS.names} are taken`);
    return Object.fromEntries(
        names.map((name) => {
            const text = raw[name] ?? '';
            if (name.length > BOUNDS.name)
                throw tooMuch(field(), `has a name of ${name.length} characters; ${BOUNDS.name} are taken`);
            if (text.length > longest) {
                throw tooMuch(
                    `${field()}${fieldPath(['x', name]).slice(1)}`,
                    `has ${text.length} characters; ${longest} are taken`,
                );
            }
            return [visible(name), clean(text)];
        }),
    );
}

function tooMuch(field: string, what: string): FixError {
    return new FixError('INPUT_INVALID', `The webhook body is wrong at ${field}: it ${what}.`, {
        field,
        cure: 'Shorten it in the alerting rule.',
    });
}
