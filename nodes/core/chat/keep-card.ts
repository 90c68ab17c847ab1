import { FixError } from '../errors';
import type { CardReference, Incident } from '../model/incident';
import type { NewTimelineEntry, TimelineEntry } from '../model/timeline';
import { hold } from '../store/hold';
import type { Incidents } from '../store/incidents';
import type { StoredIncident } from '../store/port';
import { canonicalJson, type JsonObject, sha256 } from '../text/json';
import { buildCard } from './build-card';
import type { Card, ChatChannel } from './card';
import { isInThread, isPreviewDue, sendPreview } from './send-preview';
import { type Language, textsOf } from './texts';
import { threadLines } from './thread-lines';

/** Everything it takes to keep the cards of one chat channel. */
export interface CardDesk {
    incidents: Incidents;
    channel: ChatChannel;
    /** False where a posted card shows the newest state by itself, as on the incident page. */
    follows: boolean;
    /** Id of the chat-channel node: the key in `incident.thread`. */
    chat: string;
    language: Language;
    /** Address of the incident page for one incident. */
    link(incidentId: string): string | undefined;
    /** Who writes the timeline, and who holds leases. */
    node: string;
    instance: string;
    signal: AbortSignal;
    /** Cards that were posted while the store did not take the reference: recorded later instead of posted again. */
    unrecorded: Map<string, CardReference>;
}

const LEASE_MS = 120_000;
const LEASE_PATIENCE_MS = 20_000;
const LEASE_POLL_MS = 200;

/**
 * Posts the incident's card, or brings the posted one up to date. Rejects with `CHAT_DOWN`, `CHAT_REJECTED`,
 * `STORE_DOWN`, `INCIDENT_UNKNOWN`, or `LEASED_ELSEWHERE` when another process stays busy with this card.
 */
export async function postOrUpdateCard(desk: CardDesk, id: string, target?: string): Promise<CardReference> {
    return leased(desk, id, async () => {
        const stored = await desk.incidents.get(id);
        const posted = stored.incident.thread?.[desk.chat];
        if (!posted) return postCard(desk, stored, target);
        return desk.follows ? bringUpToDate(desk, stored, posted) : posted;
    });
}

/**
 * Brings the card up to date when there is one and something has changed since. Rejects as {@link postOrUpdateCard}.
 */
export async function updateCard(desk: CardDesk, id: string): Promise<void> {
    if (!(await isDue(desk, id))) return;
    await leased(desk, id, async () => {
        const stored = await desk.incidents.get(id);
        const posted = stored.incident.thread?.[desk.chat];
        if (posted) await bringUpToDate(desk, stored, posted);
    });
}

/** Writes down that the card could not be brought, once until it can again. `target` is kept for the next start. */
export async function noteFailure(desk: CardDesk, id: string, error: FixError, target?: string): Promise<void> {
    const newest = (await desk.incidents.store.timeline(id)).findLast((entry) => isOwnCardEntry(desk, entry));
    if (newest?.type === 'card.failed') return;
    await record(desk, id, 'card.failed', `The card could not be brought to the chat: ${error.message}`, {
        code: error.code,
        ...(target === undefined ? {} : { target }),
    });
}

/** Where a card is still owed: the failed post of an incident without a card, with its target. */
export async function owedCard(desk: CardDesk, incident: Incident): Promise<{ target?: string } | undefined> {
    if (incident.thread?.[desk.chat]) return undefined;
    const newest = (await desk.incidents.store.timeline(incident.id)).findLast((entry) => isOwnCardEntry(desk, entry));
    if (newest?.type !== 'card.failed') return undefined;
    return typeof newest.data?.target === 'string' ? { target: newest.data.target } : {};
}

/** SHA-256 over everything a card is made from; a mere reminder of the sender leaves it as it is. */
function shownDigest(incident: Incident): string {
    const { thread: _thread, flow: _flow, updatedAt: _updatedAt, notifiedAt: _notifiedAt, ...shown } = incident;
    return sha256(canonicalJson(shown));
}

async function isDue(desk: CardDesk, id: string): Promise<boolean> {
    const { incident } = await desk.incidents.get(id);
    const posted = incident.thread?.[desk.chat];
    if (!posted) return false;
    if (isPreviewDue(desk.channel, incident, posted, cardOf(desk, incident, posted))) return true;
    return posted.shown !== shownDigest(incident) || (await untold(desk, id, posted)).lines.length > 0;
}

async function postCard(desk: CardDesk, stored: StoredIncident, target?: string): Promise<CardReference> {
    const { incident, version } = stored;
    const reference = desk.unrecorded.get(incident.id) ?? {
        ...(await desk.channel.post(cardOf(desk, incident), target)),
        shown: shownDigest(incident),
        threaded: version,
    };
    desk.unrecorded.set(incident.id, reference);
    const { channel, message } = reference;
    await record(desk, incident.id, 'card.posted', `Card posted to ${channel}.`, { channel, message }, reference);
    desk.unrecorded.delete(incident.id);
    return withPreview(desk, incident, reference);
}

async function bringUpToDate(
    desk: CardDesk,
    { incident }: StoredIncident,
    posted: CardReference,
): Promise<CardReference> {
    const shown = shownDigest(incident);
    const { lines, last } = await untold(desk, incident.id, posted);
    if (shown === posted.shown && lines.length === 0) return withPreview(desk, incident, posted);
    if (shown !== posted.shown) await desk.channel.update(posted, cardOf(desk, incident, posted));
    if (lines.length > 0) await desk.channel.reply(posted, lines.join('\n'));
    const reference = { ...posted, shown, threaded: last };
    await record(
        desk,
        incident.id,
        'card.updated',
        'The card shows the newest state.',
        { channel: posted.channel },
        reference,
    );
    return withPreview(desk, incident, reference);
}

/**
 * Sends the whole dry run into the thread, where that is due, and lets the card say so. Noted before it is sent: never
 * twice.
 */
async function withPreview(desk: CardDesk, incident: Incident, posted: CardReference): Promise<CardReference> {
    const nonce = incident.plan?.nonce;
    if (nonce === undefined || !isPreviewDue(desk.channel, incident, posted, cardOf(desk, incident, posted)))
        return posted;
    const note = async (state: 'sending' | 'sent' | 'failed', text: string): Promise<CardReference> => {
        const reference: CardReference = { ...posted, file: { nonce, state } };
        await record(desk, incident.id, 'card.updated', text, { channel: posted.channel, file: state }, reference);
        return reference;
    };
    await note('sending', 'The whole dry run is being sent into the thread.');
    const { sent, text } = await sendPreview(
        desk.channel,
        desk.incidents.store.previews,
        incident,
        posted,
        desk.language,
    );
    const reference = await note(sent ? 'sent' : 'failed', text);
    if (sent) await desk.channel.update(posted, cardOf(desk, incident, reference));
    return reference;
}

async function untold(
    desk: CardDesk,
    id: string,
    { threaded = 0 }: CardReference,
): Promise<{ lines: string[]; last: number }> {
    const entries = await desk.incidents.store.timeline(id, threaded);
    return { lines: threadLines(entries, textsOf(desk.language)), last: entries.at(-1)?.seq ?? threaded };
}

function cardOf(desk: CardDesk, incident: Incident, posted?: CardReference): Card {
    return buildCard(
        incident,
        desk.language,
        desk.incidents.now(),
        desk.link(incident.id),
        isInThread(incident, posted),
    );
}

async function record(
    desk: CardDesk,
    id: string,
    type: NewTimelineEntry['type'],
    text: string,
    data: JsonObject,
    reference?: CardReference,
): Promise<void> {
    await desk.incidents.change(id, (incident) => ({
        incident: reference ? { ...incident, thread: { ...incident.thread, [desk.chat]: reference } } : incident,
        entries: [{ type, by: `node:${desk.node}`, text, data: { chat: desk.chat, ...data } }],
    }));
}

function isOwnCardEntry(desk: CardDesk, { type, data }: TimelineEntry): boolean {
    return type.startsWith('card.') && data?.chat === desk.chat;
}

/** One process at a time works on one card: nobody posts it twice. */
async function leased<T>(desk: CardDesk, id: string, work: () => Promise<T>): Promise<T> {
    const lease = { name: `card:${id}:${desk.chat}`, owner: `${desk.instance}:${desk.node}`, ttlMs: LEASE_MS };
    const waiting = { everyMs: LEASE_POLL_MS, patienceMs: LEASE_PATIENCE_MS, signal: desk.signal };
    const held = await hold(desk.incidents.store.leases, lease, work, waiting);
    if (held) return held.result;
    throw new FixError('LEASED_ELSEWHERE', `Another process is busy with the card of ${id}.`, {
        cure: 'It is brought up to date there.',
    });
}
