import type { MemoryRecord, SimilarIncident } from '../model/memory';
import type { Likeness } from './port';

/** How much each resemblance counts; together less than 1, which only the same thing reaches. */
const WEIGHTS = { alertname: 0.35, labels: 0.35, text: 0.25 };

/** Below this a past incident says nothing about this one. */
const LEAST_SCORE = 0.2;

/**
 * The past incidents that resemble this one, nearest first, then newest; at most `limit`. The same input gives the same
 * answer.
 */
export function similarTo(incident: Likeness, records: readonly MemoryRecord[], limit: number): SimilarIncident[] {
    return records
        .filter(({ incidentId }) => incidentId !== incident.incidentId)
        .map((record) => ({ record, score: scoreOf(incident, record) }))
        .filter(({ score }) => score >= LEAST_SCORE)
        .sort(
            (a, b) =>
                b.score - a.score || order(b.record.at, a.record.at) || order(a.record.incidentId, b.record.incidentId),
        )
        .slice(0, limit)
        .map(({ record: { identity: _identity, labels: _labels, text: _text, ...shown }, score }) => ({
            ...shown,
            score,
        }));
}

function scoreOf(incident: Likeness, record: MemoryRecord): number {
    if (incident.identity === record.identity) return 1;
    const alertname = incident.alertname === record.alertname ? 1 : 0;
    const labels = overlap(pairsOf(incident.labels), pairsOf(record.labels));
    const text = overlap(wordsOf(incident.text), wordsOf(record.text));
    const score = WEIGHTS.alertname * alertname + WEIGHTS.labels * labels + WEIGHTS.text * text;
    return Math.round(score * 100) / 100;
}

function pairsOf(labels: Record<string, string>): Set<string> {
    return new Set(
        Object.entries(labels)
            .filter(([name]) => name !== 'alertname')
            .map(([name, value]) => `${name}=${value}`),
    );
}

/** Lower-case words; each Chinese character counts as one. */
function wordsOf(text: string): Set<string> {
    return new Set(
        text
            .toLowerCase()
            .replace(/\p{Script=Han}/gu, ' $& ')
            .match(/[\p{L}\p{N}]+/gu) ?? [],
    );
}

/** Shared members by all members, 0 to 1. */
function overlap(a: Set<string>, b: Set<string>): number {
    const shared = [...a].filter((member) => b.has(member)).length;
    const all = a.size + b.size - shared;
    return all === 0 ? 0 : shared / all;
}

function order(a: string, b: string): number {
    return a < b ? -1 : a > b ? 1 : 0;
}
