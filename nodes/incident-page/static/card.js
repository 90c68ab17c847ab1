import { codeBlock, wholeDryRun } from './diff.js';
import { element } from './dom.js';
import { text } from './texts.js';

function section({ title, body, items, code, file }, id) {
    return element(
        'section',
        { 'data-key': title },
        element('h2', {}, title),
        body && element('p', {}, body),
        items && items.length > 0 && element('ul', {}, ...items.map((item) => element('li', {}, item))),
        code && codeBlock(code),
        file?.cut && wholeDryRun(id, file),
    );
}

/** The buttons, or why there are none for this person. */
function decisionBar({ decision, refusal, you, onDecide }) {
    const who = element('p', { class: 'small who' }, `${text('approvers')}: ${decision.approvers.join(', ')}`);
    if (refusal) {
        return element(
            'div',
            { class: 'refused', 'data-key': 'refused' },
            element('p', { class: 'refusal' }, element('strong', {}, text('cannotDecide')), ` ${refusal}`),
            who,
        );
    }
    return element(
        'div',
        { class: 'decision', role: 'group', 'aria-label': text('decision'), 'data-key': 'decision' },
        element(
            'button',
            { class: 'primary', 'data-key': 'approve', onclick: () => onDecide('approve', decision) },
            decision.approve,
        ),
        element(
            'button',
            { class: 'danger', 'data-key': 'reject', onclick: () => onDecide('reject', decision) },
            decision.reject,
        ),
        element('p', { class: 'small who' }, text('asPerson', { name: you?.name ?? you?.id ?? '' })),
    );
}

/** The button that has it diagnosed again, or why there is none for this person. */
function againBar({ refusal, you }, onAgain) {
    if (refusal) {
        return element(
            'div',
            { class: 'refused', 'data-key': 'no-again' },
            element('p', { class: 'refusal' }, element('strong', {}, text('cannotAgain')), ` ${refusal}`),
        );
    }
    return element(
        'div',
        { class: 'decision', role: 'group', 'aria-label': text('again'), 'data-key': 'again-bar' },
        element('button', { class: 'again', 'data-key': 'again', onclick: onAgain }, text('again')),
        element(
            'p',
            { class: 'small who' },
            `${text('againMeaning')} ${text('asPerson', { name: you?.name ?? you?.id ?? '' })}`,
        ),
    );
}

/** The platform-neutral card as HTML; `progress` comes first while the fix is under way, and last afterwards. */
export function cardView(card, deciding, progress, isUnderWay) {
    return element(
        'article',
        { class: `card ${card.tone}` },
        element('h1', { tabindex: '-1' }, card.title),
        element('p', { class: 'summary' }, card.summary),
        card.decision && decisionBar({ decision: card.decision, ...deciding }),
        deciding.again && againBar(deciding.again, deciding.onAgain),
        element(
            'dl',
            { class: 'fields' },
            ...card.fields.map(({ label, value }) =>
                element('div', {}, element('dt', {}, label), element('dd', {}, value)),
            ),
        ),
        isUnderWay && progress,
        ...card.sections.map((one) => section(one, card.incidentId)),
        !isUnderWay && progress,
        element('footer', {}, ...card.footnotes.map((note) => element('p', { class: 'small' }, note))),
    );
}
