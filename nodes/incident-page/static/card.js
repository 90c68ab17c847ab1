import { element } from './dom.js';
import { text } from './texts.js';

const FOLD_LINES = 24;
const HEAD_LINES = 12;

/** A diff or other code, coloured by its first character; when long, its beginning, and the rest on demand. */
export function codeBlock(code) {
    const lines = code.split('\n');
    if (lines.length <= FOLD_LINES) return box(lines);
    const rest = lines.slice(HEAD_LINES);
    return element('div', { 'data-key': 'code' },
        box(lines.slice(0, HEAD_LINES)),
        element('details', {}, element('summary', {}, text('unfold', { lines: rest.length })), box(rest)));
}

function box(lines) {
    return element('pre', { tabindex: '0' }, ...lines.map((line) => element('span', { class: lineClass(line) }, `${line}\n`)));
}

function lineClass(line) {
    if (/^(\+\+\+|---|@@|# )/.test(line)) return 'meta';
    if (line.startsWith('+')) return 'added';
    if (line.startsWith('-')) return 'removed';
    return undefined;
}

function section({ title, body, items, code }) {
    return element('section', { 'data-key': title },
        element('h2', {}, title),
        body && element('p', {}, body),
        items && items.length > 0 && element('ul', {}, ...items.map((item) => element('li', {}, item))),
        code && codeBlock(code));
}

/** The buttons, or why there are none for this person. */
function decisionBar({ decision, refusal, you, onDecide }) {
    const who = element('p', { class: 'small who' }, `${text('approvers')}: ${decision.approvers.join(', ')}`);
    if (refusal) {
        return element('div', { class: 'refused', 'data-key': 'refused' },
            element('p', { class: 'refusal' }, element('strong', {}, text('cannotDecide')), ` ${refusal}`), who);
    }
    return element('div', { class: 'decision', role: 'group', 'aria-label': text('decision'), 'data-key': 'decision' },
        element('button', { class: 'primary', 'data-key': 'approve', onclick: () => onDecide('approve', decision) }, decision.approve),
        element('button', { class: 'danger', 'data-key': 'reject', onclick: () => onDecide('reject', decision) }, decision.reject),
        element('p', { class: 'small who' }, text('asPerson', { name: you?.name ?? you?.id ?? '' })));
}

/** The platform-neutral card as HTML; `progress` comes first while the fix is under way, and last afterwards. */
export function cardView(card, deciding, progress, isUnderWay) {
    return element('article', { class: `card ${card.tone}` },
        element('h1', { tabindex: '-1' }, card.title),
        element('p', { class: 'summary' }, card.summary),
        card.decision && decisionBar({ decision: card.decision, ...deciding }),
        element('dl', { class: 'fields' }, ...card.fields.map(({ label, value }) =>
            element('div', {}, element('dt', {}, label), element('dd', {}, value)))),
        isUnderWay && progress,
        ...card.sections.map(section),
        !isUnderWay && progress,
        element('footer', {}, ...card.footnotes.map((note) => element('p', { class: 'small' }, note))));
}
