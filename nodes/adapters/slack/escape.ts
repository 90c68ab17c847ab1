const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

/** Escapes Slack's control characters: afterwards the text holds no mention, broadcast or link. */
export function escapeMarkdown(text: string): string {
    return text.replace(/[&<>]/g, (character) => ENTITIES[character] ?? character);
}

/**
 * The longest beginning of `text` whose escaped form has at most `length` characters; never half a character or entity.
 */
export function escapeWithin(text: string, length: number): { escaped: string; whole: boolean } {
    let escaped = '';
    for (const character of text) {
        const piece = escapeMarkdown(character);
        if (escaped.length + piece.length > length) return { escaped, whole: false };
        escaped += piece;
    }
    return { escaped, whole: true };
}

/**
 * Text for between two code fences: three or more grave accents in a row would close the block, so they become
 * look-alikes.
 */
export function withoutFences(code: string): string {
    return code.replace(/`{3,}/g, (run) => 'ˋ'.repeat(run.length));
}

/** At most `length` characters with `note` at the end when something was cut. */
export function cutTo(text: string, length: number, note: string): string {
    if (text.length <= length) return text;
    return text.slice(0, Math.max(0, length - note.length)).replace(/[\ud800-\udbff]$/, '') + note;
}
