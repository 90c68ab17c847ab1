import { z } from 'zod';
import { FixError } from '../../errors';
import { sharedLabels } from '../../incident/labels';
import type { Incident } from '../../model/incident';
import { cut } from '../../text/cut';
import { parseMatchers } from '../../text/matcher';
import type { EvidenceTool, Question } from '../evidence-tool';
import type { AlertSource } from '../ports';
import type { Sources } from '../sources';
import { labelsText, listText } from './texts';

/** Labels that say which neighbourhood an alert belongs to, the closest first. */
const NEIGHBOURHOOD = ['host', 'instance', 'service', 'job', 'namespace', 'cluster'];
const MOST_ALERTS = 20;

const input = z.object({ labels: z.string().describe('label matchers with = only, e.g. host="web-1"') });

/**
 * Other alerts that fire now. The first question is about the closest label that all alerts of the incident share; the
 * model chooses its own labels, and could choose those of any host, so its answers name none.
 */
export function relatedAlertsTool({ alerts }: Sources): EvidenceTool<z.infer<typeof input>> | undefined {
    if (!alerts) return undefined;
    return {
        name: 'related_alerts',
        says: 'other alerts that fire now and have these labels.',
        mayNameHost: 'initial',
        input,
        ask: ({ labels }, incident) => firing(alerts, exactLabels(labels), incident),
        initial: (incident) => {
            const shared = sharedLabels(incident.alerts);
            const closest = NEIGHBOURHOOD.find((name) => shared[name]);
            return closest === undefined ? [] : [firing(alerts, { [closest]: shared[closest] ?? '' }, incident)];
        },
    };
}

function exactLabels(text: string): Record<string, string> {
    const matchers = parseMatchers(text.trim());
    if (matchers.length === 0 || matchers.some(({ op }) => op !== '='))
        throw new FixError('INPUT_INVALID', 'Name at least one label, with = only, e.g. host="web-1".');
    return Object.fromEntries(matchers.map(({ name, value }) => [name, value]));
}

function firing(source: AlertSource, labels: Record<string, string>, incident: Incident): Question {
    const own = new Set(incident.alerts.map(({ fingerprint }) => fingerprint));
    return {
        title: 'Other alerts that fire now',
        query: labelsText(labels),
        answer: async (signal) => {
            const others = (await source.firing(labels, signal)).filter(({ fingerprint }) => !own.has(fingerprint));
            if (others.length === 0) return { result: 'No other alert fires.', status: 'no-data' };
            const lines = others.map((alert) => `${cut(labelsText(alert.labels), 500)} since ${alert.startsAt}`);
            return { result: listText(lines, MOST_ALERTS) };
        },
    };
}
