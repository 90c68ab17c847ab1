import type { Card, CardDecision, CardSection, Decisions } from './card';
import type { Texts } from './texts';

/** What a medium made of a section. */
export interface Placed<Out> {
    out: Out;
    /** Nothing of the section is cut. */
    whole: boolean;
}

/** A message, or several, with limited room. It is given the parts of a card in the order in which they get room. */
export interface Medium<Out> {
    /** Things stand in the order in which they were placed; otherwise the renderer puts them in the card's order. */
    streams?: true;
    /** There are no files beside the message: what would be whole in one must be whole in the message. */
    alone?: true;
    /** Takes as much of the section as there is room for; undefined when nothing of it fits. */
    place(section: CardSection): Placed<Out> | undefined;
    /**
     * Takes what is needed to decide; false when there is no room for it. Called once, after everything essential.
     * Without a decision there is nothing to decide, or `note` says why not here.
     */
    decide(decision: CardDecision | undefined, note?: string): boolean;
}

/** A card in a medium. */
export interface Fitted<Out> {
    /** What is shown of the sections, in the card's order. */
    shown: Out[];
    /** Sections are missing entirely. */
    shortened: boolean;
    /** A decision is asked for and not offered here; the text to show instead. */
    note?: string;
    /** Every section that is kept as a file is shown whole. */
    whole: boolean;
}

/**
 * Puts a card into a medium. What a person must have seen to decide gets room first; then the decision itself, and only
 * if all of that is shown whole; then the rest in the card's order, up to the first section that does not fit.
 */
export function fitCard<Out>(card: Card, medium: Medium<Out>, texts: Texts): Fitted<Out> {
    // Copies, so that two sections that are one object stay two.
    const sections = card.sections.map((section) => ({ ...section }));
    const placed = new Map<CardSection, Placed<Out>>();
    const put = (section: CardSection): boolean => {
        const made = medium.place(section);
        if (made) placed.set(section, made);
        return made !== undefined;
    };
    const { first, rest } = byNeed({ ...card, sections }, medium);
    first.forEach(put);
    const isSeen = first.every((section) => placed.get(section)?.whole === true && !isPart(section, medium));
    const offered = isSeen ? card.decision : undefined;
    const note = card.decision && !offered ? texts.chat.notWhole : undefined;
    const hasRoom = medium.decide(offered, note);
    const shortened = !first.every((section) => placed.has(section)) || !rest.every(put);
    return {
        shown: sections.map((section) => placed.get(section)).flatMap((one) => (one ? [one.out] : [])),
        shortened,
        ...(note !== undefined || (offered && !hasRoom) ? { note: texts.chat.notWhole } : {}),
        whole: sections.every((section) => !section.file || (!section.file.cut && placed.get(section)?.whole === true)),
    };
}

/** The sections in the order in which they get room: what is essential before the rest. */
export function byNeed<Out>(
    { sections, decision }: Card,
    { streams, alone }: Pick<Medium<Out>, 'streams' | 'alone'>,
): { first: CardSection[]; rest: CardSection[] } {
    if (streams && !decision) return { first: [], rest: sections };
    const isNeeded = ({ essential, wholeOrFile }: CardSection): boolean =>
        essential === true || (alone === true && wholeOrFile === true);
    return { first: sections.filter(isNeeded), rest: sections.filter((section) => !isNeeded(section)) };
}

/** Only a part stands on the card already, and nothing beside this message shows the rest. */
function isPart({ wholeOrFile, file }: CardSection, { alone }: Pick<Medium<unknown>, 'alone'>): boolean {
    return alone === true && wholeOrFile === true && file?.cut === true;
}

/** The card as a chat can show it where people decide in this way: without buttons it says where to decide instead. */
export function cardFor(decisions: Decisions, card: Card, texts: Texts): Card {
    const { decision, ...others } = card;
    if (!decision || decisions === 'buttons' || decisions === 'command') return card;
    if (decisions === 'none') return { ...others, footnotes: [texts.chat.notHere, ...card.footnotes] };
    return { ...others, sections: [...card.sections, whereToDecide(card, texts)] };
}

/** Instead of buttons: the way to the incident page. */
export function whereToDecide({ link }: Pick<Card, 'link'>, texts: Texts): CardSection {
    return { title: texts.chat.decide, essential: true, body: link ?? texts.chat.onPage };
}

/** Counts what a message may still hold: characters, bytes or blocks. */
export class Budget {
    constructor(private room: number) {}

    get left(): number {
        return this.room;
    }

    has(length: number): boolean {
        return this.room >= length;
    }

    /** Takes that much; false, and nothing is taken, when there is not enough. */
    spend(length: number): boolean {
        if (!this.has(length)) return false;
        this.room -= length;
        return true;
    }

    /** The text, or as much of it as there is room for. */
    take(text: string): string {
        const taken = text.length <= this.room ? text : text.slice(0, this.room).replace(/[\ud800-\udbff]$/, '');
        this.room -= taken.length;
        return taken;
    }
}
