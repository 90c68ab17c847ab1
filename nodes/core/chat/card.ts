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

/** A file for a card's thread. */
export interface CardFile {
    name: string;
    title: PlainText;
    text: string;
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

/** One chat platform. Rejects with `CHAT_DOWN` or `CHAT_REJECTED`. */
export interface ChatChannel {
    /** Posts a new card to `target`, a channel of that platform; without one, to the configured channel. */
    post(card: Card, target?: string): Promise<CardReference>;
    /** Replaces the card in place. */
    update(reference: CardReference, card: Card): Promise<void>;
    /** A line in the card's thread. */
    reply(reference: CardReference, text: PlainText): Promise<void>;
    /** Where files can be sent into the card's thread. */
    files?: {
        /** Does the card, as it is shown here, leave out something of a section that is kept as a file? */
        needed(card: Card): boolean;
        send(reference: CardReference, file: CardFile): Promise<void>;
    };
}
