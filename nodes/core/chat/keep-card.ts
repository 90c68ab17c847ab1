import { type FixError, failureText } from '../errors';
import type { CardReference, Incident } from '../model/incident';
import type { TimelineEntry } from '../model/timeline';
import type { StoredIncident } from '../store/port';
import { canonicalJson, sha256 } from '../text/json';
import { attachDue, hasPreview, isAttachmentDue } from './attachments';
import { buildCard } from './build-card';
import type { Card, ChatChannel } from './card';
import { alone, type CardContext, newestCardEntry, record, recordPost } from './card-context';
import { cardFor } from './fit';
import { isNews, newsCard } from './news';
import { textsOf } from './texts';
import { threadLines } from './thread-lines';

/**
 * Posts the incident's card, or brings what is in the chat up to date. Rejects with `CHAT_DOWN`, `CHAT_REJECTED`,
 * `STORE_DOWN`, `INCIDENT_UNKNOWN`, or `LEASED_ELSEWHERE` when another process stays busy with this card.
 */
export async function postOrUpdateCard(context: CardContext, id: string, target?: string): Promise<CardReference> {
    return alone(context, id, async () => {
        const stored = await context.incidents.get(id);
        const posted = stored.incident.thread?.[context.chat];
        return posted ? bringUpToDate(context, stored, posted) : postCard(context, stored, target);
    });
}

/**
 * Brings the chat up to date when a card is there and something has changed since. Rejects as {@link postOrUpdateCard}.
 */
export async function updateCard(context: CardContext, id: string): Promise<void> {
    if (!(await isDue(context, id))) return;
    await alone(context, id, async () => {
        const stored = await context.incidents.get(id);
        const posted = stored.incident.thread?.[context.chat];
        if (posted) await bringUpToDate(context, stored, posted);
    });
}

/** Writes down that the chat did not take something, once until it does again. `target` is kept for the next start. */
export async function noteFailure(context: CardContext, id: string, error: FixError, target?: string): Promise<void> {
    if ((await newestCardEntry(context, id))?.type === 'card.failed') return;
    await record(context, id, {
        type: 'card.failed',
        text: `The card could not be brought to the chat: ${failureText(error)}`,
        data: { code: error.code, ...(target === undefined ? {} : { target }) },
    });
}

/** Where a card is still owed: the failed post of an incident without a card, with its target. */
export async function owedCard(context: CardContext, incident: Incident): Promise<{ target?: string } | undefined> {
    if (incident.thread?.[context.chat]) return undefined;
    const newest = await newestCardEntry(context, incident.id);
    if (newest?.type !== 'card.failed') return undefined;
    return typeof newest.data?.target === 'string' ? { target: newest.data.target } : {};
}

/** SHA-256 over everything a card is made from; a mere reminder of the sender leaves it as it is. */
function shownDigest(incident: Incident, posted?: CardReference): string {
    const { thread: _thread, flow: _flow, updatedAt: _updatedAt, notifiedAt: _notifiedAt, ...shown } = incident;
    return sha256(canonicalJson(hasPreview(incident, posted) ? { ...shown, previewInThread: true } : shown));
}

async function isDue(context: CardContext, id: string): Promise<boolean> {
    if (context.channel.live) return false;
    const { incident } = await context.incidents.get(id);
    const posted = incident.thread?.[context.chat];
    if (!posted) return false;
    if (context.unrecorded.has(id) || isAttachmentDue(context, incident, posted, cardOf(context, incident, posted)))
        return true;
    return hasWork(workOf(context.channel, incident, posted, await since(context, id, posted), context));
}

async function postCard(
    context: CardContext,
    { incident, version }: StoredIncident,
    target?: string,
): Promise<CardReference> {
    const posted = await context.channel.post(cardOf(context, incident), target);
    const { channel, message } = posted;
    const reference: CardReference = { ...posted, shown: shownDigest(incident), threaded: version };
    await recordPost(context, incident.id, {
        type: 'card.posted',
        text: `Card posted to ${channel}.`,
        data: { channel, message },
        reference,
    });
    return withAttachments(context, incident, reference);
}

/** What has to be done in a chat: each only where the chat can do it. */
interface Work {
    /** Replace the card. */
    update: boolean;
    /** Lines for the thread. */
    lines: string[];
    /** Post the news, because the card cannot be replaced. */
    news: boolean;
}

function workOf(
    { update, reply }: ChatChannel,
    incident: Incident,
    posted: CardReference,
    entries: readonly TimelineEntry[],
    { language }: CardContext,
): Work {
    const news = !update && isNews(entries);
    return {
        update: update !== undefined && posted.shown !== shownDigest(incident, posted),
        lines: reply && !news ? threadLines(entries, textsOf(language)) : [],
        news,
    };
}

function hasWork({ update, lines, news }: Work): boolean {
    return update || news || lines.length > 0;
}

async function bringUpToDate(
    context: CardContext,
    { incident, version }: StoredIncident,
    posted: CardReference,
): Promise<CardReference> {
    const { channel } = context;
    if (channel.live) return posted;
    // Newer entries wait until the state that they led to is read as well.
    const entries = (await since(context, incident.id, posted)).filter(({ seq }) => seq <= version);
    const work = workOf(channel, incident, posted, entries, context);
    if (!hasWork(work)) return withAttachments(context, incident, posted);
    const reference = work.news
        ? await postNews(context, incident, posted, entries)
        : await changeCard(context, incident, posted, work, lastOf(entries, posted));
    return withAttachments(context, incident, reference);
}

/** The next best where a posted card cannot be replaced: what a person must hear of, as a new short card. */
async function postNews(
    context: CardContext,
    incident: Incident,
    posted: CardReference,
    entries: readonly TimelineEntry[],
): Promise<CardReference> {
    const texts = textsOf(context.language);
    const news = newsCard(wholeCard(context, incident, posted), entries, texts);
    const { channel, message } = await context.channel.post(
        cardFor(context.channel.decisions, news, texts),
        posted.channel,
    );
    const change = { threaded: lastOf(entries, posted) };
    const recorded = await recordPost(context, incident.id, {
        type: 'card.posted',
        text: `The news was posted to ${channel} as a new card; the cards before it stay as they are.`,
        data: { channel, message, news: true },
        reference: change,
    });
    return recorded ?? { ...posted, ...change };
}

async function changeCard(
    context: CardContext,
    incident: Incident,
    posted: CardReference,
    { update, lines }: Work,
    threaded: number,
): Promise<CardReference> {
    const { channel } = context;
    if (update) await channel.update?.(posted, cardOf(context, incident, posted));
    if (lines.length > 0) await channel.reply?.(posted, lines.join('\n'));
    const change = { threaded, ...(update ? { shown: shownDigest(incident, posted) } : {}) };
    const recorded = await record(context, incident.id, {
        ...(update
            ? { type: 'card.updated', text: 'The card shows the newest state.' }
            : { type: 'card.answered', text: 'The thread of the card has the newest lines.' }),
        data: { channel: posted.channel },
        reference: change,
    });
    return recorded ?? { ...posted, ...change };
}

/** Attaches what is due, and lets the card say so where it can. */
async function withAttachments(
    context: CardContext,
    incident: Incident,
    posted: CardReference,
): Promise<CardReference> {
    const card = cardOf(context, incident, posted);
    if (!isAttachmentDue(context, incident, posted, card)) return posted;
    const reference = await attachDue(context, incident, posted, card);
    if (!context.channel.update || !hasPreview(incident, reference) || hasPreview(incident, posted)) return reference;
    const work = { update: true, lines: [], news: false };
    return changeCard(context, incident, reference, work, reference.threaded ?? 0);
}

/** What happened since the chat was last given something. */
function since({ incidents }: CardContext, id: string, { threaded = 0 }: CardReference): Promise<TimelineEntry[]> {
    return incidents.store.timeline(id, threaded);
}

function lastOf(entries: readonly TimelineEntry[], { threaded = 0 }: CardReference): number {
    return entries.at(-1)?.seq ?? threaded;
}

/** The card as this chat can show it. Buttons come last: when all of the dry run is there, on the card or as a file. */
function cardOf(context: CardContext, incident: Incident, posted?: CardReference): Card {
    const { channel, language } = context;
    const card = wholeCard(context, incident, posted);
    const isThere = channel.live || hasPreview(incident, posted) || showsDryRun(channel, card);
    const decisions = isThere || channel.decisions === 'none' ? channel.decisions : 'link';
    return cardFor(decisions, card, textsOf(language));
}

/** A chat that does not say what it shows whole is asked for no more than what stands on the card. */
function showsDryRun(channel: ChatChannel, card: Card): boolean {
    if (channel.showsWhole) return channel.showsWhole(card);
    return !card.sections.some(({ wholeOrFile, file }) => wholeOrFile && file?.cut);
}

function wholeCard({ incidents, language, link }: CardContext, incident: Incident, posted?: CardReference): Card {
    return buildCard(incident, language, incidents.now(), link(incident.id), hasPreview(incident, posted));
}
