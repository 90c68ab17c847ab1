import { FixError } from '../errors';
import type { CardReference } from '../model/incident';
import type { NewTimelineEntry, TimelineEntry } from '../model/timeline';
import { hold } from '../store/hold';
import type { Incidents } from '../store/incidents';
import type { JsonObject } from '../text/json';
import type { ChatChannel } from './card';
import type { Language } from './texts';

/** Everything it takes to keep the cards of one chat channel. */
export interface CardContext {
    incidents: Incidents;
    channel: ChatChannel;
    /** Id of the chat-channel node: the key in `incident.thread`. */
    chat: string;
    language: Language;
    /** Address of the incident page for one incident. */
    link(incidentId: string): string | undefined;
    /** Who writes the timeline, and who holds leases. */
    node: string;
    instance: string;
    signal: AbortSignal;
    /** What was posted while the store did not take the note of it: noted later instead of posted again. */
    unrecorded: Map<string, CardNote>;
}

/** What was done in the chat: the timeline entry, and what changes in the reference of the card. */
export interface CardNote {
    type: NewTimelineEntry['type'];
    text: string;
    data: JsonObject;
    /** A whole reference for a first post; nothing for a failure. */
    reference?: Partial<CardReference>;
}

const LEASE_MS = 120_000;
const LEASE_PATIENCE_MS = 20_000;
const LEASE_POLL_MS = 200;

/** Writes down what was done, and answers the reference as it is then. Rejects with `STORE_DOWN`. */
export async function record(
    context: CardContext,
    id: string,
    { type, text, data, reference }: CardNote,
): Promise<CardReference | undefined> {
    const { chat, node } = context;
    const after = await context.incidents.change(id, (incident) => ({
        incident: reference
            ? { ...incident, thread: { ...incident.thread, [chat]: merged(incident.thread?.[chat], reference) } }
            : incident,
        entries: [{ type, by: `node:${node}`, text, data: { chat, ...data } }],
    }));
    return after.thread?.[chat];
}

/** The same for what must not be done twice: when the store does not take the note, the next piece of work writes it. */
export async function recordPost(context: CardContext, id: string, note: CardNote): Promise<CardReference | undefined> {
    context.unrecorded.set(id, note);
    const reference = await record(context, id, note);
    context.unrecorded.delete(id);
    return reference;
}

/** The newest entry that this chat channel wrote about the card. */
export async function newestCardEntry(
    { incidents, chat }: CardContext,
    id: string,
): Promise<TimelineEntry | undefined> {
    const entries = await incidents.store.timeline(id);
    return entries.findLast(({ type, data }) => type.startsWith('card.') && data?.chat === chat);
}

/** Works on a card as the only process that does, after what was left unrecorded has been written down. */
export async function alone<T>(context: CardContext, id: string, work: () => Promise<T>): Promise<T> {
    const lease = { name: `card:${id}:${context.chat}`, owner: `${context.instance}:${context.node}`, ttlMs: LEASE_MS };
    const waiting = { everyMs: LEASE_POLL_MS, patienceMs: LEASE_PATIENCE_MS, signal: context.signal };
    const afterLeft = async (): Promise<T> => {
        const left = context.unrecorded.get(id);
        if (left) await recordPost(context, id, left);
        return work();
    };
    const held = await hold(context.incidents.store.leases, lease, afterLeft, waiting);
    if (held) return held.result;
    throw new FixError('LEASED_ELSEWHERE', `Another process is busy with the card of ${id}.`, {
        cure: 'It is brought up to date there.',
    });
}

/** Another process may have gone further meanwhile: what it has given to the chat stays given. */
function merged(before: CardReference | undefined, change: Partial<CardReference>): CardReference {
    const { threaded } = change;
    return {
        ...before,
        ...change,
        ...(threaded === undefined ? {} : { threaded: Math.max(threaded, before?.threaded ?? 0) }),
    } as CardReference;
}
