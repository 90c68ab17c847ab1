import { cardView } from './card.js';
import { codeBlock } from './diff.js';
import { element } from './dom.js';
import { get, request } from './server.js';
import { brokenText, stageText, text, time } from './texts.js';

const UNDER_WAY = ['approved', 'running', 'verifying'];

/** One incident, whole. `onDecide(verdict, decision)` or `onAgain(again)` is called when a button is pressed. */
export async function incidentView(id, onDecide, onAgain) {
    const { incident, timeline, audit, card, refusal, you, again } = await get(`incidents/${id}`);
    return {
        title: `${card.title} – ${stageText(incident.stage)}`,
        spoken: `${card.title}: ${stageText(incident.stage)}`,
        unsettled: audit.state === 'not-anchored',
        nodes: [
            element('a', { href: '#/', class: 'back', 'data-key': 'back' }, `← ${text('back')}`),
            cardView(
                card,
                { refusal, you, onDecide, again, onAgain: () => onAgain(again) },
                progress(incident, timeline),
                UNDER_WAY.includes(incident.stage),
            ),
            timelineSection(timeline, audit),
            details('alerts', text('alerts', { count: incident.alerts.length }), ...incident.alerts.map(alertView)),
            incident.diagnosis && evidence(incident.diagnosis),
            incident.run?.log && logView(incident.id, 'run', text('log')),
            incident.run?.rollback && logView(incident.id, 'rollback', text('rollbackLog')),
            details('raw', text('raw'), element('pre', { tabindex: '0' }, JSON.stringify(incident, null, 2))),
        ].filter(Boolean),
    };
}

function details(key, summary, ...children) {
    return element('details', { class: 'more', 'data-key': key }, element('summary', {}, summary), ...children);
}

/** The tasks of the run as they come; folded when the page is opened after the run. */
function progress({ run, stage }, timeline) {
    if (!run) return undefined;
    const start = timeline.findLastIndex(({ type }) => type === 'run.intended');
    const entries = timeline.slice(start + 1).filter(({ type }) => type === 'run.task' || type === 'rollback.started');
    if (entries.length === 0 && !UNDER_WAY.includes(stage)) return undefined;
    return element(
        'details',
        { class: 'progress', 'data-key': 'progress', open: UNDER_WAY.includes(stage) },
        element('summary', {}, text('progress', { count: entries.length })),
        element('ol', {}, ...entries.map(taskRow)),
    );
}

function taskRow({ seq, type, text: said, data = {} }) {
    const shown =
        type === 'run.task' && data.task
            ? [element('span', { class: `badge ${data.status}` }, data.status), ` ${data.host}: ${data.task}`]
            : [said];
    return element(
        'li',
        { 'data-key': `task-${seq}` },
        ...shown,
        data.diff && element('details', {}, element('summary', {}, text('diff')), codeBlock(data.diff)),
    );
}

function timelineSection(timeline, audit) {
    const tone = { verified: 'badge good', 'not-anchored': 'badge', broken: 'badge bad' }[audit.state];
    return element(
        'section',
        { class: 'timeline', 'data-key': 'timeline' },
        element(
            'h2',
            {},
            text('timeline'),
            ' ',
            element('span', { class: tone, title: text('chainMeaning') }, text(`chain-${audit.state}`, audit)),
        ),
        audit.state === 'broken' && element('p', { class: 'refusal', 'data-key': 'broken' }, brokenText(audit)),
        element('ol', {}, ...timeline.map(timelineRow)),
    );
}

function timelineRow({ seq, at, type, by, text: what }) {
    return element(
        'li',
        { value: seq, 'data-key': `entry-${seq}` },
        element('time', { datetime: at, title: new Date(at).toString() }, time(at)),
        ' ',
        element('span', { class: 'what' }, what),
        ' ',
        element('span', { class: 'small' }, `${type} · ${by}`),
    );
}

function alertView({ fingerprint, labels, annotations, status, startsAt, generatorURL }) {
    return element(
        'section',
        { class: 'alert', 'data-key': fingerprint },
        element(
            'p',
            {},
            element('span', { class: 'badge' }, status),
            ` ${time(startsAt)} `,
            link(generatorURL, text('source')),
            ' ',
            link(annotations.runbook_url, text('runbook')),
        ),
        pairs(labels),
        pairs(annotations),
    );
}

function pairs(values) {
    return element(
        'dl',
        { class: 'pairs' },
        ...Object.entries(values).map(([name, value]) =>
            element('div', {}, element('dt', {}, name), element('dd', {}, value)),
        ),
    );
}

/** A link, if the address is one of the web; alerts may say anything. */
function link(address, label) {
    if (!address || !URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol)) return undefined;
    return element('a', { href: address, target: '_blank', rel: 'noopener noreferrer' }, label);
}

/** Every piece of evidence with its question and whole answer; the card shows the cited ones in short. */
function evidence({ evidence: recorded, citations }) {
    return details(
        'evidence',
        text('evidence', { count: recorded.length }),
        ...recorded.map(({ id, title, query, result, value, unit, at }) =>
            element(
                'section',
                { 'data-key': id },
                element(
                    'h3',
                    {},
                    `${id} ${title}`,
                    value === undefined ? '' : `: ${quantity(value, unit)}`,
                    ' ',
                    citations.includes(id) && element('span', { class: 'badge good' }, text('cited')),
                ),
                query && element('pre', { tabindex: '0', class: 'query' }, query),
                element('pre', { tabindex: '0' }, result),
                element('p', { class: 'small' }, time(at)),
            ),
        ),
    );
}

/** A ratio reads as a percentage, as on the card. */
function quantity(value, unit) {
    return unit === 'ratio' ? `${Number((value * 100).toPrecision(3))}%` : `${value} ${unit ?? ''}`;
}

function logView(id, part, summary) {
    const load = async ({ target }) => {
        const pre = target.querySelector('pre');
        if (!target.open) return;
        pre.textContent = await request(`incidents/${id}/log?of=${part}`).then(
            (answer) => answer.text(),
            (error) => error.message,
        );
    };
    return element(
        'details',
        { class: 'more', 'data-key': `log-${part}`, ontoggle: (event) => void load(event) },
        element('summary', {}, summary),
        element('pre', { tabindex: '0', 'data-keep': '' }),
    );
}
