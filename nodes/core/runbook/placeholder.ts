const PLACEHOLDER = /\{\{\s*([^\s{}"]{1,200})\s*\}\}/g;

/** Replaces every `{{label}}` of a text by what `fill` makes of the label's value; a missing label has the value ''. */
export function fillPlaceholders(
    text: string,
    labels: Readonly<Record<string, string>>,
    fill: (value: string) => string,
): string {
    return text.replace(PLACEHOLDER, (_found, name: string) =>
        fill(Object.hasOwn(labels, name) ? (labels[name] ?? '') : ''),
    );
}

/** The first `{{label}}` of a text. */
export function firstPlaceholder(text: string): string | undefined {
    return text.match(PLACEHOLDER)?.[0];
}

/** The text with `\ufffd` in place of half surrogate pairs, which no wire format can carry. */
export function wellFormed(text: string): string {
    return text.replace(/\p{Cs}/gu, '\ufffd');
}
