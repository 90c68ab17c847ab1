import { element } from './dom.js';
import { request } from './server.js';
import { text } from './texts.js';

const FOLD_LINES = 24;
const HEAD_LINES = 12;
/**
 * A long text is drawn a few lines at a time, so that the page stays alive; a longer line is broken, nothing of it is
 * lost.
 */
const PORTION = 500;
const LONGEST_LINE = 2_000;
const CONTINUED = '↪ ';

/** A diff or other code, coloured by its first character; when long, its beginning, and the rest on demand. */
export function codeBlock(code) {
    const lines = code.split('\n');
    if (lines.length <= FOLD_LINES) return box(lines);
    const rest = lines.slice(HEAD_LINES);
    return element(
        'div',
        { 'data-key': 'code' },
        box(lines.slice(0, HEAD_LINES)),
        element('details', {}, element('summary', {}, text('unfold', { lines: rest.length })), box(rest)),
    );
}

function box(lines) {
    return element(
        'pre',
        { tabindex: '0' },
        ...lines.map((line) => element('span', { class: lineClass(line) }, `${line}\n`)),
    );
}

function lineClass(line) {
    if (/^(\+\+\+|---|@@|# )/.test(line)) return 'meta';
    if (line.startsWith('+')) return 'added';
    if (line.startsWith('-')) return 'removed';
    return undefined;
}

/** The whole dry run: fetched when it is unfolded, and checked by the server to be what the seal covers. */
export function wholeDryRun(id, { digest, lines }) {
    const load = async ({ target }) => {
        const whole = target.querySelector('.whole');
        if (!target.open || whole.isLoaded) return;
        whole.isLoaded = true;
        try {
            whole.replaceChildren();
            await drawWhole(whole, await (await request(`incidents/${id}/preview`)).text());
        } catch (error) {
            whole.isLoaded = false;
            whole.replaceChildren(element('p', { class: 'refusal', role: 'alert' }, error.message));
        }
    };
    return element(
        'details',
        { 'data-key': `whole-${digest}`, ontoggle: (event) => void load(event) },
        element('summary', {}, text('whole', { lines })),
        element('p', { class: 'small' }, text('wholeDigest', { digest })),
        element('div', { class: 'whole', tabindex: '0', 'data-keep': '' }),
    );
}

async function drawWhole(whole, all) {
    const lines = all.replace(/\n$/, '').split('\n').flatMap(broken);
    for (let start = 0; start < lines.length; start += PORTION) {
        whole.append(box(lines.slice(start, start + PORTION)));
        await new Promise((resolve) => setTimeout(resolve));
    }
}

function broken(line) {
    if (line.length <= LONGEST_LINE) return [line];
    return Array.from({ length: Math.ceil(line.length / LONGEST_LINE) }, (_, piece) =>
        line.slice(piece * LONGEST_LINE, (piece + 1) * LONGEST_LINE),
    ).map((piece, index) => (index === 0 ? piece : `${CONTINUED}${piece}`));
}
