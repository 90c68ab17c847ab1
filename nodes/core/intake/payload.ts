import { z } from 'zod';
import { FixError } from '../errors';
import type { Alert, IncidentSource } from '../model/incident';
import { canonicalJson, sha256 } from '../text/json';
import { redact } from '../text/redact';
import { uncapitalised, visible } from '../text/text';
import { BOUNDS, Cleaner, charactersOf, fieldPath, requireBounds, requireRoom, type Texts } from './payload-texts';

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
/** RFC 3339, as Alertmanager and Grafana write times. */
const MOMENT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/i;
const moment = z
    .string()
    .refine(
        (text) => MOMENT.test(text) && !Number.isNaN(Date.parse(text)),
        'must be a time such as 2026-01-31T08:00:00Z',
    );

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

/**
 * Reads a parsed webhook body, in portions with turns for everybody else. Rejects with `INPUT_INVALID` with the field's
 * path and the cure.
 */
export async function parsePayload(body: unknown): Promise<AlertPayload> {
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

async function normalise(raw: RawPayload, left: number): Promise<AlertPayload> {
    const dialect = raw.version === '4' ? 'alertmanager' : 'grafana';
    const receiver = visible(dialect === 'alertmanager' ? unquoted(raw.receiver) : raw.receiver);
    const externalURL = address(raw.externalURL);
    const alerts = await normaliseAlerts(raw.alerts);
    return {
        dialect,
        receiver,
        ...(externalURL === undefined ? {} : { externalURL }),
        groupKey: whole(raw.groupKey ?? '') || canonicalJson([receiver, wholeTexts(raw.groupLabels ?? {})]),
        status: raw.status,
        alerts,
        truncated: (raw.truncatedAlerts ?? 0) + left + raw.alerts.length - alerts.length,
    };
}

/** Alertmanager passes a receiver's name through Go's regular-expression quoting: `ops.flow` arrives as `ops\.flow`. */
function unquoted(receiver: string): string {
    return receiver.replace(/\\([\\.+*?()|[\]{}^$])/g, '$1');
}

/** The alerts, as many as {@link BOUNDS} let in, the first one always. */
async function normaliseAlerts(raw: readonly RawAlert[]): Promise<Alert[]> {
    const cleaner = new Cleaner();
    const alerts: Alert[] = [];
    for (const [index, alert] of raw.entries()) {
        if (index > 0 && cleaner.taken > BOUNDS.characters) break;
        alerts.push(await normaliseAlert(alert, index, cleaner));
    }
    return alerts;
}

async function normaliseAlert(raw: RawAlert, index: number, cleaner: Cleaner): Promise<Alert> {
    const generatorURL = address(raw.generatorURL);
    const endsAt = raw.status === 'resolved' ? setTime(raw.endsAt) : undefined;
    const field = `alerts[${index}]`;
    requireBounds(raw.labels, `${field}.labels`, BOUNDS.label);
    requireBounds(raw.annotations ?? {}, `${field}.annotations`, BOUNDS.annotationRefused);
    requireRoom(raw.labels, `${field}.labels`);
    const labels = await cleaner.labels(raw.labels);
    return {
        fingerprint: fingerprintOf(raw),
        status: raw.status,
        labels,
        annotations: await cleaner.annotations(raw.annotations ?? {}, BOUNDS.alert - charactersOf(labels)),
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
