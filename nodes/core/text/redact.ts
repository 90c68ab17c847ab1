import { cut } from './cut';

/** Longest text that is searched for secrets; longer ones are cut first, so that matching stays linear and short. */
const MAX_TEXT = 200_000;

const PLACEHOLDER = '[redacted]';

/**
 * Shapes of secrets, also as the added or removed lines of a diff. A repetition that may start anywhere has an upper
 * bound, so
 * that time grows with the text only. Group 1, when there is one, is kept.
 */
const SECRET_SHAPES: readonly RegExp[] = [
    /-----BEGIN [A-Z ]*PRIVATE KEY(?: BLOCK)?-----[^-]*(?:(?<=\n)-(?!-)[^-]*)*(?:-?-----END [A-Z ]*PRIVATE KEY(?: BLOCK)?-----)?/g,
    /\beyJ[\w-]{8,1500}\.[\w-]{8,}\.[\w-]*/g,
    /\b((?:Bearer|Basic|Token)\s+)[\w.~+/=-]{8,}/gi,
    /(\b[a-z][a-z0-9+.-]{0,40}:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gi,
    /\bxox[abeoprs]-[\w-]{10,}/g,
    /\bxapp-[\w-]{10,}/g,
    /\bsk-[\w-]{16,}/g,
    /\bgh[oprsu]_\w{20,}/g,
    /\bgithub_pat_\w{20,}/g,
    /\bglpat-[\w-]{20,}/g,
    /\b(?:AKIA|ASIA)[A-Z0-9]{16}\b/g,
    /\bAIza[\w-]{30,}/g,
    /\$ANSIBLE_VAULT;[^\n]*(?:\n[ +-]?[ \t]{0,40}[0-9a-f]{2,}[ \t\r]*(?=\n|$))*/g,
    /(["']?\b[\w-]{0,40}(?:password|passwd|passphrase|secret|api[_-]?key|access[_-]?key|private[_-]?key|auth[_-]?token|token)["']?\s{0,4}[:=]\s{0,4})(?!\[redacted\])(?:"[^"]{1,500}"|'[^']{1,500}'|[^\s"',;}]{1,500})/gi,
];

/** Occurs in every secret of the shapes above; most texts have none of it and need no closer look. */
const HINT =
    /@|-----BEGIN|eyJ|bearer|basic|token|pass|secret|key|xox|xapp-|sk-|gh[oprsu]_|github_pat_|glpat-|A[KS]IA|AIza|ANSIBLE_VAULT/i;

/** The text with everything that looks like a secret replaced by `[redacted]`. */
export function redact(text: string): string {
    const searched = cut(text, MAX_TEXT);
    if (!HINT.test(searched)) return searched;
    return SECRET_SHAPES.reduce(
        (cleaned, shape) =>
            cleaned.replace(shape, (_match, kept: unknown) =>
                typeof kept === 'string' ? kept + PLACEHOLDER : PLACEHOLDER,
            ),
        searched,
    );
}

/** How much of a long text is searched twice: longer than any secret, so that each lies whole in one portion. */
const OVERLAP = 20_000;

/** The same for a text of any length, of which nothing is cut. */
export function redactWhole(text: string): string {
    if (text.length <= MAX_TEXT) return redact(text);
    const secrets: [start: number, end: number][] = [];
    for (let from = 0; from < text.length; from += MAX_TEXT - OVERLAP) {
        const portion = text.slice(from, from + MAX_TEXT);
        for (const shape of HINT.test(portion) ? SECRET_SHAPES : []) {
            for (const { index, 0: match, 1: kept = '' } of portion.matchAll(shape))
                secrets.push([from + index + kept.length, from + index + match.length]);
        }
    }
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
