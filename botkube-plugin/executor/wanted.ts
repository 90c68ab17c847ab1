import { z } from 'zod';
import { FixError } from '../../nodes/core/errors';
import { clip } from '../../nodes/core/text/cut';
import { parseJson } from '../../nodes/core/text/json';
import type { Call } from './call';

export const INCIDENT_ID = /^inc-[0-9a-z]{4,20}$/;
const FINGERPRINT = /^[0-9a-f]{16}$/;

/** An alert as its sender told it, without Alertmanager's fingerprint when that is not known. */
export interface ToldAlert {
    fingerprint?: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
    startsAt: string;
}

/** What a call is about: an incident, an alert by fingerprint, or the alerts that have all of these labels. */
export type Wanted =
    | { incidentId: string }
    | { fingerprint: string }
    | { labels: Record<string, string>; event?: ToldAlert };

const texts = z.record(z.string(), z.string());
const prometheusEvent = z.object({ labels: texts, annotations: texts.default({}), activeat: z.string().optional() });

/** Reads what a call is about from its words and flags. Throws `INPUT_INVALID`. */
export function wantedOf({ words, flags, verb }: Call, now: Date): Wanted {
    const name = words.join(' ').trim();
    const id = name.toLowerCase();
    if (INCIDENT_ID.test(id)) return { incidentId: id };
    if (FINGERPRINT.test(id)) return { fingerprint: id };
    const encoded = flags.get('event-b64');
    const event = encoded === undefined ? undefined : eventOf(encoded, now);
    const named = name || flags.get('alert');
    const namespace = flags.get('namespace');
    const labels = {
        ...(named ? { alertname: named } : {}),
        ...(namespace ? { namespace } : {}),
        ...labelsOf(flags.get('label')),
        ...event?.labels,
    };
    if (Object.keys(labels).length > 0) return { labels, ...(event ? { event } : {}) };
    throw new FixError('INPUT_INVALID', 'Which alert or incident?', {
        cure: `Write fix ${verb} with an incident id, a fingerprint or an alert name; fix alerts lists what fires.`,
    });
}

/** The id of the incident in the first word. Throws `INPUT_INVALID`. */
export function incidentIdOf({ words, verb }: Call): string {
    const id = (words[0] ?? '').toLowerCase();
    if (INCIDENT_ID.test(id) || FINGERPRINT.test(id)) return id;
    throw new FixError('INPUT_INVALID', id === '' ? 'Which incident?' : `“${clip(id, 60)}” is no incident id.`, {
        cure: `Write fix ${verb} inc-…; fix incidents lists the newest.`,
    });
}

/** `name=value`, one per line. */
function labelsOf(lines: string | undefined): Record<string, string> {
    const pairs = (lines ?? '')
        .split('\n')
        .filter((line) => line.trim() !== '')
        .map((line): [string, string] => {
            const at = line.indexOf('=');
            if (at < 1)
                throw new FixError('INPUT_INVALID', `--label needs name=value, not “${clip(line, 60)}”.`, {
                    cure: 'Write --label host=web-1.',
                });
            return [
                line.slice(0, at).trim(),
                line
                    .slice(at + 1)
                    .trim()
                    .replace(/^"(.*)"$/s, '$1'),
            ];
        });
    return Object.fromEntries(pairs);
}

/** The alert of Botkube's prometheus source, as its action hands it over. */
function eventOf(encoded: string, now: Date): ToldAlert {
    const json = parseJson(Buffer.from(encoded, 'base64').toString('utf8'));
    const lower =
        typeof json === 'object' && json !== null
            ? Object.fromEntries(Object.entries(json).map(([key, value]) => [key.toLowerCase(), value]))
            : json;
    const event = prometheusEvent.safeParse(lower);
    if (!event.success) {
        throw new FixError('INPUT_INVALID', '--event-b64 is not the event of an alert.', {
            cure: 'Write --event-b64 "{{ .Event | toJson | b64enc }}" in the action.',
        });
    }
    const { labels, annotations, activeat } = event.data;
    return {
        labels,
        annotations,
        startsAt: activeat !== undefined && Number.isFinite(Date.parse(activeat)) ? activeat : now.toISOString(),
    };
}
