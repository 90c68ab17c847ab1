import type { MessageSection } from '../host/types';
import { type Dialect, dialectOf } from './dialect';
import { budgetOf, LIMITS, NOTE_BYTES } from './limits';
import { blocksOf, markdownBytes } from './measure';
import type { Piece } from './piece';
import type { ReplyTarget } from './reply';
import { sectionsOf } from './sections';
import { grouped } from './split';

/** Blocks of a page kept free for a note. */
const NOTE_BLOCKS = 2;

/**
 * The messages of one reply: pieces in the order in which they are put, on as many pages as the platform shows. Each
 * page keeps within the bytes of Markdown and Slack's number of blocks, with room for a note.
 */
export class Pages {
    private readonly dialect: Dialect;
    private readonly budget: number;
    private readonly most: number;
    private readonly sections: MessageSection[] = [];
    private pages: MessageSection[][] = [];
    private pieces = 0;
    private full = false;

    /** `most`: at most this many pages; without it, as many as the platform shows. */
    constructor(target: ReplyTarget, most = target.platform === 'slack' ? LIMITS.further + 1 : 1) {
        this.dialect = dialectOf(target);
        this.budget = budgetOf(target) - NOTE_BYTES;
        this.most = most;
    }

    /** Something did not fit. */
    get isCut(): boolean {
        return this.full;
    }

    /** Puts a piece behind the others, or as much of it as fits; true when all of it does. */
    put(piece: Piece): boolean {
        this.pieces += 1;
        const made = sectionsOf(piece, `select-${this.pieces}`, this.dialect);
        if (made.length === 0) return !this.full;
        if (this.full) return false;
        this.sections.push(...made);
        const pages = pagesOf(this.sections, this.budget);
        this.full = pages.length > this.most;
        this.pages = pages.slice(0, this.most);
        return !this.full;
    }

    /** The sections of each page; `note` stands at the end of the last one. */
    all(note?: string): MessageSection[][] {
        if (note === undefined) return this.pages;
        const small: MessageSection = { style: { divider: 'none' }, context: [{ text: this.dialect.prose(note) }] };
        return this.pages.map((page, index) => (index === this.pages.length - 1 ? [...page, small] : page));
    }
}

function pagesOf(sections: readonly MessageSection[], budget: number): MessageSection[][] {
    const sized = sections.map((section) => ({
        section,
        bytes: markdownBytes({ sections: [section] }),
        blocks: blocksOf(section),
    }));
    const pages = grouped(
        sized,
        (page) =>
            sum(page.map((one) => one.bytes)) <= budget &&
            sum(page.map((one) => one.blocks)) <= LIMITS.blocks - NOTE_BLOCKS,
    );
    return pages.map((page) => page.map(({ section }) => section));
}

function sum(numbers: readonly number[]): number {
    return numbers.reduce((total, number) => total + number, 0);
}
