import { text } from './texts.js';

const FOLD_LINES = 40;

/** An element; text goes in as text only, so nothing an alert says becomes markup. */
export function element(name, attributes = {}, ...children) {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) {
        if (key.startsWith('on')) made.addEventListener(key.slice(2), value);
        else if (value !== undefined && value !== false) made.setAttribute(key, value === true ? '' : value);
    }
    made.append(...children.filter((child) => child !== undefined && child !== null));
    return made;
}

/** A diff or other code, coloured by its first character, folded when long. */
function codeBlock(code) {
    const lines = code.split('\n');
    const shown = (part) => element('pre', { tabindex: '0' }, ...part.map((line) => element('span', { class: lineClass(line) }, `${line}\n`)));
    if (lines.length <= FOLD_LINES) return shown(lines);
    return element('details', {}, element('summary', {}, text('unfold', { lines: lines.length })), shown(lines));
}

function lineClass(line) {
    if (/^(\+\+\+|---|@@)/.test(line)) return 'meta';
    if (line.startsWith('+')) return 'added';
    if (line.startsWith('-')) return 'removed';
    return undefined;
}

function section({ title, body, items, code }) {
    return element('section', {},
        element('h3', {}, title),
        body && element('p', {}, body),
        items && items.length > 0 && element('ul', {}, ...items.map((item) => element('li', {}, item))) || undefined,
        code && codeBlock(code));
}

/** The buttons, or why there are none for this person. */
function decisionBar(decision, refusal, onDecide) {
    const who = element('p', { class: 'small' }, `${text('approvers')}: ${decision.approvers.join(', ')}`);
    if (refusal) {
        return element('div', { class: 'decision' }, element('p', { class: 'refusal', role: 'note' }, text('cannotDecide'), refusal.message, ' ', refusal.cure ?? ''), who);
    }
    return element('div', { class: 'decision' },
        element('button', { class: 'primary', id: 'approve', onclick: () => onDecide('approve', decision) }, decision.approve),
        element('button', { class: 'danger', id: 'reject', onclick: () => onDecide('reject', decision) }, decision.reject),
        who);
}

/** The platform-neutral card as HTML. */
export function cardView(card, refusal, onDecide) {
    return element('article', { class: `card ${card.tone}` },
        element('h1', {}, card.title),
        element('p', { class: 'summary' }, card.summary),
        card.decision && decisionBar(card.decision, refusal, onDecide),
        element('dl', {}, ...card.fields.flatMap(({ label, value }) => [element('dt', {}, label), element('dd', {}, value)])),
        ...card.sections.map(section),
        element('footer', {}, ...card.footnotes.map((note) => element('p', { class: 'small' }, note))));
}
