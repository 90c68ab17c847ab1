import type { MessageSection } from '../host/types';
import { LIMITS } from './limits';
import { blocksOf, markdownBytes } from './measure';
import { grouped } from './split';

/** Bytes and blocks of a page kept free for a note. */
const NOTE = { bytes: 200, blocks: 2 } as const;

/** A section of a page; `decision`: it has the buttons that decide. */
export interface PagePart {
    section: MessageSection;
    decision: boolean;
}

/** The parts in order on as many pages as they need, each within `budget` bytes of Markdown and Slack's number of blocks. */
export function pagesOf(parts: readonly PagePart[], budget: number): PagePart[][] {
    const sized = parts.map((part) => ({ part, bytes: markdownBytes({ sections: [part.section] }), blocks: blocksOf(part.section) }));
    const pages = grouped(sized, (page) =>
        sum(page.map((one) => one.bytes)) <= budget - NOTE.bytes && sum(page.map((one) => one.blocks)) <= LIMITS.blocks - NOTE.blocks);
    return pages.map((page) => page.map(({ part }) => part));
}

function sum(numbers: readonly number[]): number {
    return numbers.reduce((total, number) => total + number, 0);
}
