import type { MessageSection } from '../host/types';
import { LIMITS, NOTE_BYTES } from './limits';
import { blocksOf, markdownBytes } from './measure';
import { grouped } from './split';

/** Blocks of a page kept free for a note. */
const NOTE_BLOCKS = 2;

/** A section of a page; `decision`: it has the buttons that decide. */
export interface PagePart {
    section: MessageSection;
    decision: boolean;
}

/**
 * The parts in order on as many pages as they need, each within `budget` bytes of Markdown and Slack's number of
 * blocks.
 */
export function pagesOf(parts: readonly PagePart[], budget: number): PagePart[][] {
    const sized = parts.map((part) => ({
        part,
        bytes: markdownBytes({ sections: [part.section] }),
        blocks: blocksOf(part.section),
    }));
    const pages = grouped(
        sized,
        (page) =>
            sum(page.map((one) => one.bytes)) <= budget - NOTE_BYTES &&
            sum(page.map((one) => one.blocks)) <= LIMITS.blocks - NOTE_BLOCKS,
    );
    return pages.map((page) => page.map(({ part }) => part));
}

function sum(numbers: readonly number[]): number {
    return numbers.reduce((total, number) => total + number, 0);
}
