import type { ReplySection } from './reply';

/** A section of the reply, with what only cards have. */
export interface Piece extends ReplySection {
    /** The two buttons of a decision: never without all that comes before them. */
    decision?: true;
    /** Absolute address. */
    link?: { label: string; url: string };
}
