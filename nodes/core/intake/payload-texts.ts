import { FixError } from '../errors';
import { Breath, breathe } from '../text/breath';
import { cut, cutClean } from '../text/cut';
import { redact } from '../text/redact';
import { visible, visibleProse } from '../text/text';

/**
 * What is taken at most. Above `alerts`, `annotation`, `alert` and `characters` it is left out or cut, and marked; above
 * the others refused. `alert` is the sum of all texts of one alert, `characters` that of all alerts; labels, which are
 * not cut, are refused above `alert`.
 */
export const BOUNDS = {
    alerts: 1_000,
    characters: 1_000_000,
    alert: 131_072,
    names: 128,
    name: 1_024,
    label: 16_384,
    annotation: 8_192,
    annotationRefused: 262_144,
    address: 4_096,
} as const;

/** The work that each text is, however short, as characters. */
const WORK_OF_A_TEXT = 50;

/** Labels or annotations. */
export type Texts = Record<string, string>;

/**
 * Cleans the texts of one payload, with turns for everybody else; most alerts of a group share most of their labels, and
 * each text is looked at once.
 */
export class Cleaner {
    private readonly breath = new Breath();
    private readonly label = once((text) => cutClean(text, BOUNDS.label, (begin) => redact(visible(begin))));
    private readonly annotation = once((text) =>
        cutClean(text, BOUNDS.annotation, (begin) => redact(visibleProse(begin))),
    );

    /** How much was cleaned so far, characters. */
    get taken(): number {
        return this.breath.spent;
    }

    labels(raw: Texts): Promise<Texts> {
        return this.cleaned(raw, this.label);
    }

    /** Annotations for which there is no room are cut to a mark. */
    annotations(raw: Texts, room: number): Promise<Texts> {
        let left = room;
        return this.cleaned(raw, (text) => {
            left -= Math.min(text.length, BOUNDS.annotation);
            return left >= 0 ? this.annotation(text) : cut(text, 0);
        });
    }

    private async cleaned(raw: Texts, clean: (text: string) => string): Promise<Texts> {
        const texts: [name: string, text: string][] = [];
        for (const [name, text] of Object.entries(raw)) {
            if (this.breath.spend(name.length + text.length + WORK_OF_A_TEXT)) await breathe();
            texts.push([visible(name), clean(text)]);
        }
        return Object.fromEntries(texts);
    }
}

function once(clean: (text: string) => string): (text: string) => string {
    const known = new Map<string, string>();
    return (text) => {
        const cleaned = known.get(text) ?? clean(text);
        known.set(text, cleaned);
        return cleaned;
    };
}

/** The sum of all names and texts. */
export function charactersOf(texts: Texts): number {
    return Object.entries(texts).reduce((sum, [name, text]) => sum + name.length + text.length, 0);
}

/** Throws `INPUT_INVALID` when labels or annotations are more, or longer, than what is taken. */
export function requireBounds(raw: Texts, field: string, longest: number): void {
    const names = Object.keys(raw);
    if (names.length > BOUNDS.names) throw tooMuch(field, `has ${names.length} entries; ${BOUNDS.names} are taken`);
    for (const name of names) {
        const { length } = raw[name] ?? '';
        if (name.length > BOUNDS.name)
            throw tooMuch(field, `has a name of ${name.length} characters; ${BOUNDS.name} are taken`);
        if (length > longest) {
            throw tooMuch(
                `${field}${fieldPath(['x', name]).slice(1)}`,
                `has ${length} characters; ${longest} are taken`,
            );
        }
    }
}

/** Throws `INPUT_INVALID` when the labels together are longer than what is taken. */
export function requireRoom(labels: Texts, field: string): void {
    const characters = charactersOf(labels);
    if (characters > BOUNDS.alert)
        throw tooMuch(field, `has ${characters} characters in all; ${BOUNDS.alert} are taken`);
}

function tooMuch(field: string, what: string): FixError {
    return new FixError('INPUT_INVALID', `The webhook body is wrong at ${field}: it ${what}.`, {
        field,
        cure: 'Shorten it in the alerting rule.',
    });
}

/** `['alerts', 0, 'labels', 'a b']` as `alerts[0].labels["a b"]`. */
export function fieldPath(path: readonly PropertyKey[]): string {
    const written = path.map((part) => {
        if (typeof part === 'number') return `[${part}]`;
        const name = String(part);
        return /^\w{1,64}$/.test(name) ? `.${name}` : `[${JSON.stringify(cut(visible(name), 64))}]`;
    });
    return written.join('').replace(/^\./, '') || 'body';
}
