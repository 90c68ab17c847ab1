import { bytes } from './limits';

/** What must not be cut apart: an entity, an escaped character, a doubled percent sign, a character of two halves. */
const UNIT = /&(?:amp|lt|gt);|\\[^]|%%|[^]/gu;

/**
 * Pieces of an escaped text, each of at most `most` bytes, cut at a line's end or a space where there is one in the
 * last third.
 */
export function split(escaped: string, most: number): string[] {
    if (bytes(escaped) <= most) return trimmed([escaped]);
    const pieces: string[] = [];
    let piece = '';
    let size = 0;
    for (const [unit] of escaped.matchAll(UNIT)) {
        const length = bytes(unit);
        if (size + length > most) {
            const end = cutAt(piece);
            pieces.push(piece.slice(0, end));
            piece = piece.slice(end);
            size = bytes(piece);
        }
        piece += unit;
        size += length;
    }
    return trimmed([...pieces, piece]);
}

/** The beginning of an escaped text with `note` at its end where something was cut. */
export function clipTo(escaped: string, most: number, note = '…'): string {
    if (bytes(escaped) <= most) return escaped;
    return `${split(escaped, most - bytes(note))[0] ?? ''}${note}`;
}

/** The things in order, in groups that `fits` accepts; a thing that fits nowhere stands alone. */
export function grouped<T>(things: readonly T[], fits: (group: readonly T[]) => boolean): T[][] {
    const groups: T[][] = [];
    for (const thing of things) {
        const last = groups.at(-1);
        if (last && fits([...last, thing])) last.push(thing);
        else groups.push([thing]);
    }
    return groups;
}

function trimmed(pieces: string[]): string[] {
    return pieces.map((text) => text.replace(/^\n+/, '').trimEnd()).filter((text) => text.trim() !== '');
}

function cutAt(piece: string): number {
    const late = (piece.length * 2) / 3;
    const ends = [piece.lastIndexOf('\n') + 1, piece.lastIndexOf(' ') + 1];
    return ends.find((end) => end > late) ?? piece.length;
}
