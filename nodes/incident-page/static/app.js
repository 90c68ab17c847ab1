import { cardView, element } from './card.js';
import { language, setLanguage, stageText, text } from './texts.js';

const main = document.getElementById('main');
const storeSelect = document.getElementById('store');
const languageSelect = document.getElementById('language');
let show = 'open';

/** The token of whoever is logged in to the editor, which lives one path above this page. */
function token() {
    const editor = new URL('..', location.href).pathname.slice(0, -1);
    const kept = localStorage.getItem(`auth-tokens${editor.replace(/\//g, '-')}`);
    return kept ? JSON.parse(kept).access_token : undefined;
}

async function request(path, options = {}) {
    const url = new URL(`api/${path}`, location.href.replace(/#.*/, ''));
    if (storeSelect.value) url.searchParams.set('store', storeSelect.value);
    url.searchParams.set('language', language());
    const bearer = token();
    const headers = { 'x-alert-to-fix': 'page', ...(bearer ? { authorization: `Bearer ${bearer}` } : {}), ...options.headers };
    const response = await fetch(url, { ...options, headers });
    if (response.ok) return response;
    if (response.status === 401) throw new Error(text('login'));
    const { error } = await response.json().catch(() => ({ error: { message: `${response.status} ${response.statusText}` } }));
    throw new Error([error.message, error.cure].filter(Boolean).join(' '));
}

const get = async (path) => (await request(path)).json();

function time(iso) {
    return new Intl.DateTimeFormat(language(), { dateStyle: 'short', timeStyle: 'medium' }).format(new Date(iso));
}

function incidentRow(incident) {
    const alert = incident.labels.alertname ?? incident.alerts[0]?.labels.alertname ?? '';
    const what = incident.alerts[0]?.annotations.summary ?? '';
    return element('li', { class: `row ${incident.stage}` },
        element('a', { href: `#/${incident.id}` },
            element('span', { class: 'stage' }, stageText(incident.stage)),
            element('strong', {}, alert),
            element('span', { class: 'what' }, what),
            element('span', { class: 'small' }, `${incident.id} · ${incident.severity} · ${time(incident.openedAt)}`)));
}

function tab(name) {
    const chosen = show === name;
    return element('button', { role: 'tab', 'aria-selected': String(chosen), onclick: () => { show = name; void draw(); } }, text(name));
}

async function listView() {
    const { incidents, more } = await get(`incidents?show=${show}`);
    const list = element('ul', { class: 'list' }, ...incidents.map(incidentRow));
    const older = element('button', { onclick: async () => {
        const last = incidents.at(-1);
        const page = await get(`incidents?show=${show}&before=${encodeURIComponent(last.updatedAt)}`);
        incidents.push(...page.incidents);
        list.append(...page.incidents.map(incidentRow));
        older.hidden = !page.more;
    } }, text('more'));
    older.hidden = !more;
    const empty = incidents.length === 0 && element('p', { class: 'empty' }, text(show === 'open' ? 'noneOpen' : 'none'));
    return [element('nav', { role: 'tablist' }, tab('open'), tab('all')), empty || list, older];
}

function timelineRow({ seq, at, type, by, text: what }) {
    return element('li', { value: seq }, element('time', { datetime: at }, time(at)), ' ', element('code', {}, type), ' ', what, ' ', element('span', { class: 'small' }, by));
}

async function incidentView(id) {
    const { incident, timeline, chain, card, refusal } = await get(`incidents/${id}`);
    const chainText = chain.whole ? text('chainWhole') : text('chainBroken', { seq: chain.brokenAt });
    return [
        element('a', { href: '#/', class: 'small' }, `← ${text('back')}`),
        cardView(card, refusal, (verdict, decision) => void decideOn(incident.id, verdict, decision)),
        element('section', { class: 'timeline' },
            element('h2', {}, text('timeline'), ' ', element('span', { class: chain.whole ? 'badge good' : 'badge bad' }, chainText)),
            element('ol', {}, ...timeline.map(timelineRow))),
        incident.run?.log && logView(incident.id) || '',
        element('details', { class: 'raw' }, element('summary', {}, text('raw')), element('pre', { tabindex: '0' }, JSON.stringify(incident, null, 2))),
    ];
}

function logView(id) {
    const pre = element('pre', { tabindex: '0' });
    const load = async () => { pre.textContent = await (await request(`incidents/${id}/log`)).text(); };
    return element('details', { class: 'log', ontoggle: () => void load().catch((error) => { pre.textContent = error.message; }) }, element('summary', {}, text('log')), pre);
}

/** Asks, and resolves to the reason typed (maybe empty), or undefined when cancelled. */
function ask(title, question, button, wantsReason) {
    const dialog = document.getElementById('ask');
    const [ok] = dialog.querySelectorAll('button[value=ok]');
    const reason = dialog.querySelector('textarea');
    dialog.querySelector('h2').textContent = title;
    dialog.querySelector('p').textContent = question;
    dialog.querySelector('label').hidden = !wantsReason;
    ok.textContent = button;
    ok.className = wantsReason ? 'danger' : 'primary';
    reason.value = '';
    dialog.returnValue = 'cancel';
    dialog.showModal();
    return new Promise((resolve) => {
        dialog.addEventListener('close', () => resolve(dialog.returnValue === 'ok' ? reason.value : undefined), { once: true });
    });
}

async function decideOn(id, verdict, decision) {
    const reject = verdict === 'reject';
    const reason = await ask(text(reject ? 'rejectTitle' : 'approveTitle'), decision.confirm, reject ? decision.reject : decision.approve, reject);
    if (reason === undefined) return;
    try {
        await request(`incidents/${id}/decision`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify({ seal: decision.seal, verdict, ...(reason ? { reason } : {}) }),
        });
    } catch (error) {
        notice(error.message);
    }
    await draw();
}

function notice(message) {
    const line = element('p', { class: 'notice', role: 'alert' }, message);
    document.body.append(line);
    setTimeout(() => line.remove(), 10_000);
}

let drawing = Promise.resolve();

/** Draws the view of the address; keeps scroll position and opened details. */
function draw() {
    drawing = drawing.then(async () => {
        for (const label of document.querySelectorAll('[data-text]')) label.textContent = text(label.dataset.text);
        document.documentElement.lang = language();
        const id = location.hash.slice(2);
        try {
            const view = id ? await incidentView(id) : await listView();
            const opened = [...main.querySelectorAll('details')].map(({ open }) => open);
            const focused = document.activeElement?.id;
            main.replaceChildren(...view);
            main.querySelectorAll('details').forEach((details, index) => { details.open = opened[index] ?? false; });
            if (focused) document.getElementById(focused)?.focus();
        } catch (error) {
            main.replaceChildren(element('p', { class: 'refusal', role: 'alert' }, error.message));
        }
    });
    return drawing;
}

/** Follows the stream of changes for ever; draws when the shown incident, or the list, changed. */
async function follow() {
    const connection = document.getElementById('connection');
    for (;;) {
        try {
            const response = await request('changes');
            connection.textContent = text('live');
            connection.className = 'badge good';
            await draw();
            await readChanges(response.body.getReader());
        } catch { /* shown below, tried again */ }
        connection.textContent = text('reconnecting');
        connection.className = 'badge bad';
        await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
}

async function readChanges(reader) {
    const decoder = new TextDecoder();
    let rest = '';
    let redraw;
    for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
        rest = lines.pop();
        const shown = location.hash.slice(2);
        const concerns = lines.some((line) => line.startsWith('data: ') && (!shown || JSON.parse(line.slice(6)).id === shown));
        if (concerns && !redraw) redraw = setTimeout(() => { redraw = undefined; void draw(); }, 150);
    }
}

async function begin() {
    languageSelect.value = language();
    languageSelect.addEventListener('change', () => { setLanguage(languageSelect.value); void draw(); });
    window.addEventListener('hashchange', () => void draw().then(() => window.scrollTo(0, 0)));
    await draw();
    const { stores } = await get('stores').catch(() => ({ stores: [] }));
    storeSelect.append(...stores.map(({ id, name }) => element('option', { value: id }, name)));
    document.getElementById('store-choice').hidden = stores.length < 2;
    storeSelect.addEventListener('change', () => void draw());
    void follow();
}

void begin();
