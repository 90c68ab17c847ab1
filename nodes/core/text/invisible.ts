/**
 * The one meaning of "invisible" here: characters that show nothing, or a blank that is not the ordinary space, or that
 * move or hide what stands beside them. Two texts that differ by them alone look the same to who approves, and are not
 * the same to a machine. They are
 * - control characters, format characters (directions, joiners, tags) and half characters: Cc, Cf, Cs;
 * - characters that nobody may see by definition: Default_Ignorable_Code_Point (fillers, variation selectors, the
 *   combining grapheme joiner, the vowels inherent in Khmer, …);
 * - line and paragraph separators, and every blank but U+0020: Zl, Zp, Zs, and the blank Braille pattern.
 *
 * What is done with them depends on the place:
 * - parameters and hosts: refused, see {@link hasInvisible};
 * - names, labels, code and diffs: spelled out, see {@link spelled};
 * - prose that is kept (annotations, evidence, a cause): spelled out too, but for what prose is written with: line
 *   feeds, tabs, blanks of all kinds (U+3000 in Chinese, U+00A0 in French), and the parts of an emoji;
 * - prose that people read on a card: left out, see {@link withoutInvisible}; blanks become the ordinary space.
 * The parts of an emoji are U+FE0F right behind a pictogram or in a keycap, and U+200D between two pictograms. Spelled
 * out they would make it unreadable. On a card U+FE0F stays (without it ❤️ loses its colour), and U+200D goes: 👩‍🚒 is then
 * read as 👩🚒. Anywhere else both are invisible like all others.
 */
const HIDDEN = String.raw`[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]`;
const BLANK = String.raw`(?! )\p{Zs}`;
const SELECTOR = String.raw`(?<=\p{Extended_Pictographic})\ufe0f|(?<=[0-9#*])\ufe0f(?=\u20e3)`;
const JOINER = String.raw`(?<=\p{Extended_Pictographic}\ufe0f?|\p{Emoji_Modifier})\u200d(?=\p{Extended_Pictographic})`;

const ANY = new RegExp(`${HIDDEN}|${BLANK}`, 'u');
/** What is spelled out, by where it stands. */
const ALL = {
    name: new RegExp(`${HIDDEN}|${BLANK}`, 'gu'),
    code: new RegExp(`(?![\\n\\t])(?:${HIDDEN}|${BLANK})`, 'gu'),
    prose: new RegExp(`(?!${SELECTOR}|${JOINER})(?![\\n\\t])${HIDDEN}`, 'gu'),
} as const;
/** What is left out on a card. */
const LEFT_OUT = new RegExp(`(?!${SELECTOR})(?![\\n\\t])${HIDDEN}`, 'gu');
/** Blanks of every kind, the blank Braille pattern and the Hangul fillers among them. */
const BLANKS = /[\p{Zs}\u2800\u115f\u1160\u3164\uffa0]/gu;
/** Most texts are plain; they take one look and no copy. */
const PLAIN = /^[\x20-\x7e]*$/;
const PLAIN_LINES = /^[\n\t\x20-\x7e]*$/;

/** Has the text an invisible character? A line feed and a tab are ones. */
export function hasInvisible(text: string): boolean {
    return ANY.test(text);
}

/**
 * The text with every invisible character replaced by what `spell` makes of its number, such as `U+202E`. Spelled out
 * and not removed, so that two different names never look or become the same. In code and prose line feeds and tabs
 * stay, in prose also blanks and whole emoji.
 */
export function spelled(text: string, as: keyof typeof ALL, spell: (codePoint: string) => string): string {
    if ((as === 'name' ? PLAIN : PLAIN_LINES).test(text)) return text;
    return text.replace(ALL[as], (character) => spell(codePoint(character)));
}

/** Prose without invisible characters; line feeds, tabs and U+FE0F of an emoji stay, blanks of other kinds become spaces. */
export function withoutInvisible(text: string): string {
    return PLAIN_LINES.test(text) ? text : text.replace(BLANKS, ' ').replace(LEFT_OUT, '');
}

function codePoint(character: string): string {
    return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}
