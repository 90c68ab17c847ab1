import { element } from './dom.js';
import { get } from './server.js';
import { stageText, text, time } from './texts.js';

/** What the list shows; kept while the page is open. */
const state = { show: 'open', pages: 1 };

/** The list of incidents. `redraw` is called when the reader asked for another view of it. */
export async function listView(redraw) {
    const { incidents, more } = await pages();
    const choose = (name) => () => {
        Object.assign(state, { show: name, pages: 1 });
        redraw();
    };
    const older = () => {
        state.pages += 1;
        redraw();
    };
    const waiting = incidents.filter(({ stage }) => stage === 'waiting').length;
    return {
        title: waiting > 0 ? `(${waiting}) ${text('page')}` : text('page'),
        spoken: waiting > 0 ? text('waiting', { count: waiting }) : '',
        nodes: [
            element('h1', { class: 'visually-hidden' }, text('incidents')),
            element(
                'div',
                { role: 'group', 'aria-label': text('incidents'), class: 'choice' },
                ...['open', 'all'].map((name) =>
                    element(
                        'button',
                        { 'data-key': name, 'aria-pressed': String(state.show === name), onclick: choose(name) },
                        text(name),
                    ),
                ),
            ),
            incidents.length === 0 &&
                element('p', { class: 'empty' }, text(state.show === 'open' ? 'noneOpen' : 'none')),
            incidents.length > 0 && element('ul', { class: 'list' }, ...inOrder(incidents).map(row)),
            more && element('button', { 'data-key': 'older', onclick: older }, text('more')),
        ].filter(Boolean),
    };
}

/** Those that wait for a decision first, among what is open. */
function inOrder(incidents) {
    const rank = ({ stage }) => (stage === 'waiting' ? 0 : 1);
    return state.show === 'open' ? incidents.toSorted((a, b) => rank(a) - rank(b)) : incidents;
}

/** As many pages as the reader has asked for. */
async function pages() {
    const incidents = [];
    let more = true;
    for (let page = 0; page < state.pages && more; page += 1) {
        const last = incidents.at(-1);
        const before = last ? `&before=${encodeURIComponent(`${last.updatedAt},${last.id}`)}` : '';
        const answer = await get(`incidents?show=${state.show}${before}`);
        incidents.push(...answer.incidents);
        ({ more } = answer);
    }
    return { incidents, more };
}

function row({ id, stage, severity, title, summary, needsPerson, reason, openedAt }) {
    return element(
        'li',
        { 'data-key': id, class: `row ${stage}${needsPerson ? ' needs' : ''}` },
        element(
            'a',
            { href: `#/${id}` },
            element('span', { class: 'stage' }, stageText(stage)),
            element('strong', {}, title),
            element('span', { class: 'what' }, summary),
            reason && element('span', { class: 'why' }, reason),
            element('span', { class: 'small' }, [id, severity, time(openedAt)].filter(Boolean).join(' · ')),
        ),
    );
}
