import type { TimelineEntry, TimelineType } from '../model/timeline';
import type { Card } from './card';
import type { Texts } from './texts';
import { threadLines } from './thread-lines';

/** What a person must hear of, also where a posted card can never change. */
const NEWS: ReadonlySet<TimelineType> = new Set<TimelineType>([
    'diagnosis.made',
    'diagnosis.inconclusive',
    'plan.failed',
    'approval.waiting',
    'approval.granted',
    'approval.rejected',
    'approval.expired',
    'approval.withdrawn',
    'approval.denied',
    'approval.escalated',
    'run.ended',
    'run.refused',
    'run.unknown',
    'run.cancelled',
    'rollback.ended',
    'verification.made',
    'incident.closed',
    'incident.reopened',
]);

/** Is there anything among these entries that a person must hear of? */
export function isNews(entries: readonly TimelineEntry[]): boolean {
    return entries.some(({ type }) => NEWS.has(type));
}

/**
 * The news as a short card: what happened since, and the present state. Only while a decision is asked for it shows the
 * fix as well, because nobody decides without having seen that.
 */
export function newsCard(card: Card, entries: readonly TimelineEntry[], texts: Texts): Card {
    const items = threadLines(
        entries.filter(({ type }) => type !== 'run.task'),
        texts,
    );
    const asked = card.decision ? card.sections.filter(({ essential }) => essential) : [];
    return {
        ...card,
        fields: [],
        sections: [...(items.length > 0 ? [{ title: texts.chat.news, items }] : []), ...asked],
    };
}
