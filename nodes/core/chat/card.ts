import type { CardReference } from '../model/incident';

/** Text that must not be interpreted by a chat platform. Renderers escape it. */
export type PlainText = string;

/** A platform-neutral card. Renderers turn it into blocks, Markdown or HTML; they hold no rules of their own. */
export interface Card {
    incidentId: string;
    /** Colour and icon. */
    tone: 'firing' | 'waiting' | 'running' | 'good' | 'bad' | 'neutral';
    title: PlainText;
    /** One line under the title. */
    summary: PlainText;
    fields: { label: PlainText; value: PlainText }[];
    sections: CardSection[];
    /** Present only while a decision is possible. */
    decision?: CardDecision;
    /** Small print: source of the diagnosis, seal, warning about AI. */
    footnotes: PlainText[];
    /** Absolute or admin-relative address of the incident page. */
    link?: string;
}

export interface CardSection {
    title: PlainText;
    /**
     * Nobody decides without having seen this whole: where it does not fit, renderers leave the buttons out and say so.
     */
    essential?: true;
    /**
     * The dry run: nobody decides without having seen this whole either, but a file beside the card shows it as well.
     */
    wholeOrFile?: true;
    body?: PlainText;
    items?: PlainText[];
    /** Monospaced, e.g. a diff; renderers fold or cut it and say so. */
    code?: PlainText;
    /**
     * All of it is kept as a file, where `code` is only a part (`cut`), or is cut by a renderer, which then says
     * `note`.
     */
    file?: { digest: string; lines: number; cut: boolean; note: PlainText };
}

export interface CardDecision {
    /** Digest of the seal; a click decides on exactly this. */
    seal: string;
    approve: PlainText;
    reject: PlainText;
    /** Question asked before the click counts. */
    confirm: PlainText;
    expiresAt: string;
    approvers: PlainText[];
}

/** A file beside a card: a dry run as text, later a picture. */
export interface Attachment {
    /** What it is, e.g. `dry-run:<nonce>`. A card gets each key at most once. */
    key: string;
    /** File name with extension. */
    name: string;
    /** Such as `text/x-diff` or `image/png`. */
    mediaType: string;
    title: PlainText;
    bytes: Uint8Array;
}

/**
 * How people decide in a chat. `buttons`: on the card. `link`: the card leads to the incident page. `command`: the card
 * shows what to type. `none`: not through this chat, and the card does not offer it.
 */
export type Decisions = 'buttons' | 'link' | 'command' | 'none';

/**
 * One chat platform, with what it can do; only `post` is asked of every chat. What is missing is done by the next best
 * in {@link file://./keep-card.ts}. Every method rejects with `CHAT_DOWN` or `CHAT_REJECTED`.
 */
export interface ChatChannel {
    decisions: Decisions;
    /** A posted card shows the newest state by itself, as on the incident page: nobody has to bring it up to date. */
    live?: true;
    /** Posts a new card to `target`, a channel of that platform; without one, to the configured channel. */
    post(card: Card, target?: string): Promise<CardReference>;
    /** Replaces the card in place. Without it, news is posted as a new short card. */
    update?(reference: CardReference, card: Card): Promise<void>;
    /** Lines in the card's thread. Without it, the lines that matter go into the news. */
    reply?(reference: CardReference, text: PlainText): Promise<void>;
    /** Sends a file into the card's thread. Without it, the card names the incident page. */
    attach?(reference: CardReference, attachment: Attachment): Promise<void>;
    /**
     * Does the card, as it is shown here, hold all of every section that is kept as a file? Asked where files can be
     * attached; without it no card does.
     */
    showsWhole?(card: Card): boolean;
}
