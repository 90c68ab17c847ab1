import type { ReplySection } from './reply';

/** A section of the reply, with what only cards have. */
export interface Piece extends ReplySection {
    /** Absolute address. */
    link?: { label: string; url: string };
}
