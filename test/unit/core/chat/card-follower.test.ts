import { setTimeout as pause } from 'node:timers/promises';
import { withdrawing } from '../../../../nodes/core/approval/withdraw';
import type { Card, CardFile, ChatChannel } from '../../../../nodes/core/chat/card';
import { CardFollower } from '../../../../nodes/core/chat/card-follower';
import { FixError } from '../../../../nodes/core/errors';
import type { Incident } from '../../../../nodes/core/model/incident';
import { sha256 } from '../../../../nodes/core/text/json';
import { aPlan, atTheGate } from '../../../support/approvals';
import { anIncident } from '../../../support/incidents';
import { until } from '../../../support/processes';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

/** A chat that remembers what it was given. */
class Recorder implements ChatChannel {
    readonly posts: Card[] = [];
    readonly updates: Card[] = [];
    readonly replies: string[] = [];
    /** Thrown by everything while set. */
    failure: FixError | undefined;
    /** Called after a card has been taken. */
    afterPost: () => Promise<void> = async () => {};

    async post(card: Card, target = 'default'): ReturnType<ChatChannel['post']> {
        if (this.failure) throw this.failure;
        this.posts.push(card);
        await this.afterPost();
        return { channel: target, message: String(this.posts.length), postedAt: new Date().toISOString() };
    }

    async update(_reference: unknown, card: Card): Promise<void> {
        if (this.failure) throw this.failure;
        this.updates.push(card);
    }

    async reply(_reference: unknown, text: string): Promise<void> {
        if (this.failure) throw this.failure;
        this.replies.push(text);
    }
}

let opened: TemporaryStore;
let chat: Recorder;
let closing: AbortController;
let followers: CardFollower[];
const told: (FixError | undefined)[] = [];

beforeEach(async () => {
    opened = await temporarySqlite();
    chat = new Recorder();
    closing = new AbortController();
    followers = [];
    told.length = 0;
});
afterEach(async () => {
    closing.abort();
    await Promise.all(followers.map((follower) => follower.stop()));
    await opened.close();
});

function follower(instance: string, chatId = 'chat'): CardFollower {
    const made = new CardFollower(
        {
            incidents: opened.incidents,
            channel: chat,
            follows: true,
            chat: chatId,
            language: 'en-US',
            link: () => undefined,
            node: 'out',
            instance,
            signal: closing.signal,
            unrecorded: new Map(),
        },
        (error) => told.push(error),
    );
    followers.push(made);
    return made;
}

const withdrawn = (incident: Incident): Promise<Incident> =>
    opened.incidents.change(incident.id, withdrawing('It resolved.', 'node:alert-in'));

test('two processes post one card', async () => {
    const incident = await atTheGate(opened.incidents, {});
    const references = await Promise.all(['a', 'b', 'c'].map((name) => follower(name).show(incident.id)));
    expect(chat.posts).toHaveLength(1);
    expect(new Set(references.map(({ message }) => message))).toEqual(new Set(['1']));
});

test('two processes update a changed card once, and tell the thread once', async () => {
    const incident = await atTheGate(opened.incidents, {});
    const both = ['a', 'b'].map((name) => follower(name));
    await both[0]?.show(incident.id);
    for (const one of both) await one.follow();
    await withdrawn(incident);
    await until(() => chat.replies.length > 0);
    await pause(1_500);
    expect(chat.updates.map(({ decision }) => decision)).toEqual([undefined]);
    expect(chat.replies).toEqual(['Withdrawn: It resolved.']);
});

test('an incident has a card on each chat', async () => {
    const incident = await atTheGate(opened.incidents, {});
    await follower('a', 'one').show(incident.id);
    await follower('a', 'two').show(incident.id, 'elsewhere');
    const { thread } = (await opened.incidents.get(incident.id)).incident;
    expect(thread).toMatchObject({ one: { channel: 'default' }, two: { channel: 'elsewhere' } });
});

test('a card whose reference the store did not take is recorded later, not posted again', async () => {
    const incident = await atTheGate(opened.incidents, {});
    const one = follower('a');
    chat.afterPost = () => opened.store.close();
    await expect(one.show(incident.id)).rejects.toMatchObject({ code: 'STORE_DOWN' });
    await opened.store.open();
    await until(async () => (await opened.incidents.get(incident.id)).incident.thread?.chat !== undefined);
    expect(chat.posts).toHaveLength(1);
});

test('while the chat is down the failure is written down once, and the newest state comes when it is back', async () => {
    const incident = await atTheGate(opened.incidents, {});
    const one = follower('a');
    await one.follow();
    await one.show(incident.id);
    chat.failure = new FixError('CHAT_DOWN', 'gone');
    await withdrawn(incident);
    await until(() => told.filter((error) => error?.code === 'CHAT_DOWN').length >= 2);
    chat.failure = undefined;
    await until(() => chat.updates.length > 0);
    const failed = (await opened.store.timeline(incident.id)).filter(({ type }) => type === 'card.failed');
    expect(failed).toHaveLength(1);
    expect(chat.updates.at(-1)?.decision).toBeUndefined();
});

test('an incident that the store does not know is refused and not tried again', async () => {
    await expect(follower('a').show('inc-n0t0here')).rejects.toMatchObject({ code: 'INCIDENT_UNKNOWN' });
    expect(chat.posts).toEqual([]);
});

describe('the whole dry run', () => {
    const FILES = { needed: () => true, send: async () => {} };
    const text = '# changed web-1: Write\n+all of it\n';

    async function waitingWithPreview(kept = text): Promise<Incident> {
        const bare = anIncident();
        const preview = { digest: sha256(text), characters: text.length, lines: 2, redacted: 0, cut: true as const };
        const plan = aPlan(bare, { dryRun: { tasks: [], hosts: {}, digest: '', at: '', preview } });
        await opened.store.previews.keep(bare.id, plan.nonce, kept);
        return atTheGate(opened.incidents, {}, { ...bare, stage: 'planned', plan: { ...plan, incidentId: bare.id } });
    }

    const notes = (card: Card | undefined): string[] =>
        card?.sections.flatMap(({ file }) => (file ? [file.note] : [])) ?? [];

    test('goes into the thread once, also after a restart, and then the card says so', async () => {
        const sent: CardFile[] = [];
        Object.assign(chat, {
            files: { ...FILES, send: async (_reference: unknown, file: CardFile) => void sent.push(file) },
        });
        const { id, seal } = await waitingWithPreview();
        await Promise.all(['a', 'b'].map((name) => follower(name).show(id)));
        const restarted = follower('c');
        await restarted.follow();
        await restarted.show(id);
        expect(sent).toEqual([
            { name: `dry-run-${id}.diff`, title: `The whole dry run, seal ${seal?.digest.slice(0, 8)}`, text },
        ]);
        expect(notes(chat.posts[0])).toEqual([expect.stringContaining('on the incident page')]);
        expect(notes(chat.updates.at(-1))).toEqual([expect.stringContaining('file in this thread')]);
    });

    test.each([
        ['the chat refuses files', text, new FixError('CHAT_REJECTED', 'Slack refused: missing_scope.')],
        ['what is kept is not what was sealed', `${text}+more`, undefined],
    ])('stays on the page when %s; the card is there all the same', async (_what, kept, failure) => {
        const sent: CardFile[] = [];
        const send = async (_reference: unknown, file: CardFile): Promise<void> => {
            if (failure) throw failure;
            sent.push(file);
        };
        Object.assign(chat, { files: { ...FILES, send } });
        const { id } = await waitingWithPreview(kept);
        const one = follower('a');
        await one.show(id);
        await one.show(id);
        expect(sent).toEqual([]);
        expect(chat.posts).toHaveLength(1);
        expect(notes(chat.posts[0])).toEqual([expect.stringContaining('on the incident page')]);
        const failed = (await opened.store.timeline(id)).filter(({ data }) => data?.file === 'failed');
        expect(failed).toHaveLength(1);
    });
});
