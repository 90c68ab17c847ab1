import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { Attachment, Card, CardSection, ChatChannel } from '../../nodes/core/chat/card';
import { CardFollower } from '../../nodes/core/chat/card-follower';
import { Budget, fitCard, type Placed } from '../../nodes/core/chat/fit';
import { textsOf } from '../../nodes/core/chat/texts';
import type { FixError } from '../../nodes/core/errors';
import type { CardReference } from '../../nodes/core/model/incident';
import type { TimelineEntry } from '../../nodes/core/model/timeline';
import { type TemporaryStore, temporarySqlite } from './stores';

/** A chat that can update and answer, and remembers what it was given. */
export class Recorder implements ChatChannel {
    readonly decisions = 'buttons';
    readonly posts: Card[] = [];
    readonly updates: Card[] = [];
    readonly replies: string[] = [];
    /** Thrown by everything while set. */
    failure: FixError | undefined;
    /** Called after a card has been taken. */
    afterPost: () => Promise<void> = async () => {};

    async post(card: Card, target = 'default'): Promise<CardReference> {
        if (this.failure) throw this.failure;
        this.posts.push(card);
        await this.afterPost();
        return { channel: target, message: String(this.posts.length), postedAt: new Date().toISOString() };
    }

    async update(_reference: CardReference, card: Card): Promise<void> {
        if (this.failure) throw this.failure;
        this.updates.push(card);
    }

    async reply(_reference: CardReference, text: string): Promise<void> {
        if (this.failure) throw this.failure;
        this.replies.push(text);
    }
}

/** The same with files. */
export class FilingRecorder extends Recorder {
    readonly files: Attachment[] = [];
    /** Thrown instead of taking a file. */
    refusal: FixError | undefined;

    async attach(_reference: CardReference, attachment: Attachment): Promise<void> {
        if (this.refusal) throw this.refusal;
        this.files.push(attachment);
    }
}

const LONGEST_PRINT = 3_000;
const END = '\n----\n';

/** The poorest chat: it only prints to a file. Nothing printed can change, and nobody can answer. */
export class Printer implements ChatChannel {
    /** Called after a card was printed. */
    afterPrint: () => Promise<void> = async () => {};
    private readonly file: string;

    constructor(
        folder: string,
        readonly decisions: ChatChannel['decisions'] = 'link',
    ) {
        this.file = path.join(folder, 'printed.txt');
        appendFileSync(this.file, '');
    }

    /** What was printed so far. */
    get printed(): string[] {
        return readFileSync(this.file, 'utf8').split(END).slice(0, -1);
    }

    async post(card: Card): Promise<CardReference> {
        appendFileSync(this.file, `${printed(card)}${END}`);
        await this.afterPrint();
        return { channel: 'printer', message: String(this.printed.length), postedAt: new Date().toISOString() };
    }
}

function printed(card: Card): string {
    const budget = new Budget(LONGEST_PRINT);
    const head = budget.take(`${card.title}\n${card.summary}`);
    let end = '';
    const place = (section: CardSection): Placed<string> | undefined => {
        const text = [section.title, section.body, ...(section.items ?? []), section.code].filter(Boolean).join('\n');
        return budget.spend(text.length) ? { out: text, whole: true } : undefined;
    };
    const decide = (decision: Card['decision'], note = ''): boolean => {
        end = decision ? `${decision.approve} | ${decision.reject}` : note;
        return budget.spend(end.length);
    };
    const { shown } = fitCard(card, { place, decide }, textsOf('en-US'));
    return [head, ...shown, end].filter(Boolean).join('\n');
}

/** A store and followers that keep the cards of one chat in it. */
export class ChatScene {
    readonly told: (FixError | undefined)[] = [];
    private readonly closing = new AbortController();
    private readonly followers: CardFollower[] = [];

    private constructor(readonly opened: TemporaryStore) {}

    static async open(): Promise<ChatScene> {
        return new ChatScene(await temporarySqlite());
    }

    /** A follower as the Node-RED process `instance` has it. */
    follower(channel: ChatChannel, instance = 'a', chat = 'chat', page?: string): CardFollower {
        const made = new CardFollower(
            {
                incidents: this.opened.incidents,
                channel,
                chat,
                language: 'en-US',
                link: (id) => (page === undefined ? undefined : `${page}/${id}`),
                node: 'out',
                instance,
                signal: this.closing.signal,
                unrecorded: new Map(),
            },
            (error) => this.told.push(error),
        );
        this.followers.push(made);
        return made;
    }

    /** Entries of the incident's timeline about its card or its attachments. */
    async cardEntries(id: string): Promise<TimelineEntry[]> {
        return (await this.opened.store.timeline(id)).filter(({ type }) => /^(?:card|attachment)\./.test(type));
    }

    async close(): Promise<void> {
        this.closing.abort();
        await Promise.all(this.followers.map((follower) => follower.stop()));
        await this.opened.close();
    }
}
