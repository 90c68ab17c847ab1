import type { MessageSection } from '../host/types';
import { buttonRows, selectRows } from './controls';
import { type Dialect, proseLine } from './dialect';
import { bytes, LIMITS } from './limits';
import { markdownBytes } from './measure';
import type { Piece } from './piece';
import { clipTo, grouped, split } from './split';

/** A part of a Botkube section; parts of rising `slot` are shown in this order within one section. */
interface Part {
    slot: number;
    section: MessageSection;
}

const SLOT = { description: 1, fields: 2, text: 3, code: 4, list: 5, buttons: 6, selects: 7, small: 8 } as const;

/**
 * A piece of the reply as Botkube sections, in its order, each within Slack's limits and small enough for a message.
 * Long texts, lists and code are split, never cut; only titles and fields are. `id` must be unique in the reply.
 */
export function sectionsOf(piece: Piece, id: string, dialect: Dialect): MessageSection[] {
    const title = clipTo(proseLine(piece.title ?? '', dialect), LIMITS.title);
    const parts = [
        ...textParts(piece.text ?? '', dialect),
        ...fieldParts(piece, dialect),
        ...itemParts(piece, title, dialect),
        ...codeParts(piece.code ?? '', dialect),
        ...buttonRows(piece, dialect).map((section) => ({ slot: SLOT.buttons, section })),
        ...(piece.select
            ? selectRows(piece.select, id, dialect).map((section) => ({
                  slot: dialect.rows ? SLOT.selects : SLOT.buttons,
                  section,
              }))
            : []),
        ...(piece.notes ?? []).flatMap((note) => smallParts(split(dialect.prose(note).trim(), LIMITS.piece))),
    ];
    const listed = parts[0]?.slot === SLOT.list;
    return merged(title === '' || listed ? parts : [{ slot: 0, section: { header: title } }, ...parts]).map(
        (section, index) => (index === 0 ? section : { style: { divider: 'none' }, ...section }),
    );
}

/** Neighbours become one section as long as Botkube shows them in this order and it stays small. */
function merged(parts: Part[]): MessageSection[] {
    const sections: { slot: number; section: MessageSection }[] = [];
    for (const { slot, section } of parts) {
        const last = sections.at(-1);
        const both = last && { ...last.section, ...section, ...bodyOf(last.section, section) };
        if (last && both && slot > last.slot && markdownBytes({ sections: [both] }) <= LIMITS.section)
            Object.assign(last, { slot, section: both });
        else sections.push({ slot, section });
    }
    return sections.map(({ section }) => section);
}

function bodyOf(one: MessageSection, other: MessageSection): MessageSection {
    return one.body || other.body ? { body: { ...one.body, ...other.body } } : {};
}

/** Prose; where a percent sign would break it, as small print. */
function textParts(text: string, dialect: Dialect): Part[] {
    const escaped = dialect.prose(text).trim();
    if (escaped.includes('%') && !dialect.percentSafe) return smallParts(split(escaped, LIMITS.piece));
    return split(dialect.formatted(escaped), LIMITS.piece).map((description) => ({
        slot: SLOT.description,
        section: { description },
    }));
}

function fieldParts({ fields = [] }: Piece, dialect: Dialect): Part[] {
    const made = fields
        .map(({ label, value }) => ({
            key: clipTo(proseLine(label, dialect), LIMITS.fieldKey),
            value: clipTo(proseLine(value, dialect), LIMITS.fieldValue),
        }))
        .filter(({ key, value }) => key !== '' || value !== '');
    return grouped(
        made,
        (some) =>
            some.length <= LIMITS.fields && markdownBytes({ sections: [{ textFields: [...some] }] }) <= LIMITS.piece,
    ).map((textFields) => ({ slot: SLOT.fields, section: { textFields } }));
}

/** Botkube's lists need a title: the piece's own where nothing stands between. Other items are lines of text. */
function itemParts(piece: Piece, title: string, dialect: Dialect): Part[] {
    const lines = (piece.items ?? []).map((item) => proseLine(item, dialect)).filter((line) => line !== '');
    const risky = !dialect.percentSafe && [title, ...lines].some((line) => line.includes('%'));
    const items = lines.flatMap((line) => split(risky ? line : dialect.formatted(line), LIMITS.piece));
    const groups = grouped(items, (some) => bytes(bulleted(some)) <= LIMITS.piece);
    if (risky) return smallParts(groups.map(bulleted));
    const alone = title !== '' && !piece.text && !piece.code && !piece.fields?.length;
    return groups.map((some, index) =>
        alone && index === 0
            ? { slot: SLOT.list, section: { bulletLists: [{ title: dialect.formatted(title), items: some }] } }
            : { slot: SLOT.text, section: { body: { plaintext: bulleted(some) } } },
    );
}

function codeParts(code: string, dialect: Dialect): Part[] {
    const escaped = dialect.code(code);
    if (escaped.includes('%') && !dialect.percentSafe) {
        return smallParts(split(escaped, LIMITS.piece).map((some) => `\`\`\`\n${some}\n\`\`\``));
    }
    return split(dialect.formatted(escaped), LIMITS.piece).map((some) => ({
        slot: SLOT.code,
        section: { body: { codeBlock: oneLineSafe(some) } },
    }));
}

/** A single line stands between single grave accents. */
function oneLineSafe(code: string): string {
    return code.includes('\n') ? code : code.replaceAll('`', 'ˋ');
}

function smallParts(texts: string[]): Part[] {
    return texts.map((text) => ({ slot: SLOT.small, section: { context: [{ text }] } }));
}

function bulleted(items: readonly string[]): string {
    return items.map((item) => `• ${item}`).join('\n');
}
