import type { Diagnosis, Evidence } from '../model/diagnosis';
import type { SimilarIncident } from '../model/memory';
import { clip } from '../text/cut';
import { plain, plainLine } from '../text/plain-text';
import type { CardSection } from './card';
import { fill, type Texts } from './texts';
import { ago } from './when';

const MAX_EVIDENCE = 6;
const MAX_SIMILAR = 3;

/** Cause with confidence, then the cited evidence: each number with its query. */
export function diagnosisSections(diagnosis: Diagnosis, texts: Texts): CardSection[] {
    const inconclusive = diagnosis.verdict === 'inconclusive';
    const notes = [
        ...(inconclusive
            ? []
            : [fill(texts.diagnosis.confidence, { percent: Math.round(diagnosis.confidence * 100) })]),
        ...(diagnosis.verdict === 'advice' ? [texts.diagnosis.check] : []),
    ];
    return [
        {
            title: inconclusive ? texts.diagnosis.inconclusive : texts.diagnosis.cause,
            body: [clip(plain(diagnosis.cause), 1000), notes.join(' · ')].filter(Boolean).join('\n'),
        },
        { title: texts.diagnosis.evidence, items: evidenceLines(diagnosis, texts) },
    ];
}

/** Past incidents like this one, with how their fix ended. */
export function similarSection(similar: SimilarIncident[], now: Date, texts: Texts): CardSection {
    const items = similar.slice(0, MAX_SIMILAR).map((past) =>
        fill(texts.similar.item, {
            incident: past.incidentId,
            ago: ago(past.at, now, texts),
            cause: clip(plainLine(past.cause ?? texts.similar.noCause), 160),
            fix: clip(plainLine(past.action?.action ?? texts.similar.noFix), 80),
            outcome: texts.outcome[past.outcome],
        }),
    );
    return { title: texts.similar.section, items };
}

/** Who made the diagnosis: the small print of the card. */
export function sourceLine({ source }: Diagnosis, texts: Texts): string {
    if (source.by === 'model')
        return fill(texts.diagnosis.byModel, { model: plainLine(source.model ?? source.vendor ?? 'model') });
    if (source.fallback === undefined) return texts.diagnosis.byRules;
    return fill(texts.diagnosis.fallback, { reason: clip(plainLine(source.fallback), 300) });
}

function evidenceLines(diagnosis: Diagnosis, texts: Texts): string[] {
    const cited = diagnosis.evidence.filter(({ id }) => diagnosis.citations.includes(id));
    if (cited.length === 0) return [texts.diagnosis.uncited];
    const lines = cited.slice(0, MAX_EVIDENCE).map((evidence) => evidenceLine(evidence, texts));
    if (cited.length > MAX_EVIDENCE) lines.push(fill(texts.alert.more, { n: cited.length - MAX_EVIDENCE }));
    return lines;
}

function evidenceLine({ id, title, value, unit, result, query }: Evidence, texts: Texts): string {
    const answer = value === undefined ? clip(plainLine(result), 160) : quantity(value, unit);
    const asked =
        query === undefined ? '' : ` (${fill(texts.diagnosis.query, { query: clip(plainLine(query), 200) })})`;
    return `${id} ${clip(plainLine(title), 120)}: ${answer}${asked}`;
}

/** A ratio reads as a percentage, e.g. `93.3%`; anything else as its number with the unit. */
function quantity(value: number, unit?: string): string {
    if (unit === 'ratio') return `${Number((value * 100).toPrecision(3))}%`;
    return `${Number(value.toPrecision(4))}${unit ? ` ${plainLine(unit)}` : ''}`;
}
