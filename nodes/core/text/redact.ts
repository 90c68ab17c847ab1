import { breathe } from './breath';

/** Longest text that is searched at a stretch, characters. */
const MAX_TEXT = 200_000;

const PLACEHOLDER = '[redacted]';

/**
 * A shape of secrets, found in a time that grows with the length of the text only: what an attempt has read in vain,
 * no more than a few other attempts read again. So a repetition without an upper bound either ends the match, or stops
 * at what the next attempt begins with, or starts only where a run of its characters starts.
 */
interface Shape {
    /** Group 1, when there is one, is kept. */
    secret: RegExp;
    /** A text without this has no such secret. */
    hint?: string;
    /** The match only may hold a secret: it begins at `first`, and goes on behind the match as `rest`, a sticky one. */
    inside?: { first: RegExp; rest: RegExp };
}

/** Found also in the added and removed lines of a diff. */
const SHAPES: readonly Shape[] = [
    {
        secret: /-----BEGIN [A-Z ]{0,60}PRIVATE KEY(?: BLOCK)?-----[^-]*(?:(?<=\n)-(?!-)[^-]*)*(?:-?-----END [A-Z ]{0,60}PRIVATE KEY(?: BLOCK)?-----)?/g,
        hint: '-----BEGIN ',
    },
    {
        secret: /(?<![\w-])[\w-]{11,}(?=\.[\w-]{8,}\.)/g,
        hint: 'eyJ',
        inside: { first: /\beyJ[\w-]{8}/, rest: /\.[\w-]+\.[\w-]*/y },
    },
    { secret: /\b((?:Bearer|Basic|Token)\s+)[\w.~+/=-]{8,}/gi },
    { secret: /([a-z0-9+.-]:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gi, hint: '://' },
    { secret: /\bxox[abeoprs]-[\w-]{10,}/g, hint: 'xox' },
    { secret: /\bxapp-[\w-]{10,}/g, hint: 'xapp-' },
    { secret: /\bsk-[\w-]{16,}/g, hint: 'sk-' },
    { secret: /\bgh[oprsu]_\w{20,}/g, hint: 'gh' },
    { secret: /\bgithub_pat_\w{20,}/g, hint: 'github_pat_' },
    { secret: /\bglpat-[\w-]{20,}/g, hint: 'glpat-' },
    { secret: /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g, hint: 'IA' },
    { secret: /\bAIza[\w-]{30,}/g, hint: 'AIza' },
    {
        secret: /\$ANSIBLE_VAULT;[^\n]*(?:\n[ +-]?[ \t]{0,40}[0-9a-f]{2,}[ \t\r]*(?=\n|$))*/g,
        hint: '$ANSIBLE_VAULT;',
    },
    {
        secret: /((?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|token)["']?\s{0,4}[:=]\s{0,4})(?!\[redacted\])(?:"[^"]{1,500}"|'[^']{1,500}'|["']?[^\s"',;}]+)/gi,
    },
];

/** Occurs in every secret of the shapes above; most texts have none of it and need no closer look. */
const HINT =
    /@|-----BEGIN|eyJ|bearer|basic|token|pass|secret|key|xox|xapp-|sk-|gh[oprsu]_|github_pat_|glpat-|A[KS]IA|AIza|ANSIBLE_VAULT/i;

/** Where a secret stands in a text. */
type Span = [start: number, end: number];

/** The text with everything that looks like a secret replaced by `[redacted]`; one that is too long is cut. */
export function redact(text: string): string {
    const searched = text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}… [cut]` : text;
    return HINT.test(searched) ? without(searched, secretsIn(searched)) : searched;
}

/** How much of a long text is searched twice, so that a secret lies whole in one portion; a longer one is followed. */
const OVERLAP = 20_000;

/** The same for a text of any length, of which nothing is cut: portion by portion, with turns for everybody else. */
export async function redactWhole(text: string): Promise<string> {
    if (text.length <= MAX_TEXT) return redact(text);
    const secrets: Span[] = [];
    for (let from = 0; from < text.length; from += MAX_TEXT - OVERLAP) {
        const portion = text.slice(from, from + MAX_TEXT);
        if (HINT.test(portion)) secrets.push(...secretsIn(portion, from, text));
        await breathe();
    }
    return without(text, secrets);
}

/** The secrets of a portion, which begins at `from` of `whole`; one that reaches the portion's end goes on in there. */
function secretsIn(portion: string, from = 0, whole = portion): Span[] {
    const spans: Span[] = [];
    for (const { secret, hint, inside } of SHAPES) {
        if (hint !== undefined && !portion.includes(hint)) continue;
        for (const { index, 0: match, 1: kept = '' } of portion.matchAll(secret)) {
            const begin = inside ? match.search(inside.first) : kept.length;
            if (begin === -1) continue;
            const start = from + index;
            const end = inside
                ? endOf(inside.rest, whole, start + match.length)
                : index + match.length < portion.length
                  ? start + match.length
                  : endOf(new RegExp(secret.source, `${secret.flags}y`), whole, start);
            spans.push([start + begin, Math.max(end, start + match.length)]);
        }
    }
    return spans;
}

function endOf(sticky: RegExp, text: string, at: number): number {
    sticky.lastIndex = at;
    return at + (sticky.exec(text)?.[0].length ?? 0);
}

function without(text: string, secrets: Span[]): string {
    let cleaned = '';
    let done = 0;
    for (const [start, end] of secrets.sort((a, b) => a[0] - b[0])) {
        if (start >= done) cleaned += text.slice(done, start) + PLACEHOLDER;
        done = Math.max(done, end);
    }
    return cleaned + text.slice(done);
}

/** How often something was redacted in a text. */
export function redactions(text: string): number {
    return text.split(PLACEHOLDER).length - 1;
}

/**
 * Members of objects that hold a secret whatever it looks like; `secret` alone is what Kubernetes calls the name of
 * one.
 */
const SECRET_NAME =
    /(?:password|passwd|passphrase|[_-]secret|api[_-]?key|access[_-]?key|private[_-]?key|(?:^|[_-])token)$/i;

/**
 * A copy of plain JSON with every string redacted, and texts whose name says that they are secret left out altogether.
 */
export function redactDeep<T>(value: T): T {
    if (typeof value === 'string') return redact(value) as T;
    if (Array.isArray(value)) return value.map((item: unknown) => redactDeep(item)) as T;
    if (value !== null && typeof value === 'object') {
        return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, redactMember(key, member)])) as T;
    }
    return value;
}

function redactMember(name: string, member: unknown): unknown {
    return typeof member === 'string' && member !== '' && SECRET_NAME.test(name) ? PLACEHOLDER : redactDeep(member);
}
