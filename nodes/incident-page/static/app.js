import { announce, ask, dismissNotice, notice } from './dialog.js';
import { element, patch } from './dom.js';
import { incidentView } from './incident.js';
import { listView } from './list.js';
import { chooseStore, follow, get, request } from './server.js';
import { language, setLanguage, text } from './texts.js';

/** Times such as "for 12 min" grow old by themselves. */
const REFRESH_MS = 30_000;

const main = document.getElementById('main');
const storeSelect = document.getElementById('store');
const languageSelect = document.getElementById('language');

/** Anchors are written after the entries they name, and nobody is notified. */
const ANCHOR_MS = 3_000;

/** The address that `main` shows, and what was last read out of it. */
let shown;
let spoken = '';
let drawing = Promise.resolve();
/** A second click on a button is no second order. */
let isSending = false;
let again;

const address = () => location.hash.replace(/^#\/?/, '');

/** Draws the view of the address, after the drawing under way. */
function draw() {
    drawing = drawing.then(() => drawOnce()).catch(showFailure);
    return drawing;
}

async function drawOnce() {
    for (const label of document.querySelectorAll('[data-text]')) label.textContent = text(label.dataset.text);
    document.documentElement.lang = language();
    const id = address();
    const view = id ? await incidentElsewhere(id) : await listView(draw);
    if (id !== address()) return;
    const hadFocus = main.contains(document.activeElement);
    if (shown !== id) main.replaceChildren();
    patch(main, view.nodes);
    document.title = view.title;
    if (shown === id && view.spoken !== spoken) announce(view.spoken);
    spoken = view.spoken;
    shown = id;
    clearTimeout(again);
    if (view.unsettled && !document.hidden) again = setTimeout(draw, ANCHOR_MS);
    if (hadFocus && !main.contains(document.activeElement)) main.focus({ preventScroll: true });
}

/** A link from a chat names no store: when the chosen one does not know the incident, the others are asked. */
async function incidentElsewhere(id) {
    const onDecide = (verdict, decision) => void decideOn(id, verdict, decision);
    const onAgain = ({ since }) => void tell(id, 'diagnosis', { since }, () => 'againSent');
    const others = [...storeSelect.options].map(({ value }) => value).filter((value) => value !== storeSelect.value);
    for (;;) {
        try {
            return await incidentView(id, onDecide, onAgain);
        } catch (error) {
            const next = error.code === 'INCIDENT_UNKNOWN' ? others.shift() : undefined;
            if (next === undefined) throw error;
            storeSelect.value = next;
            chooseStore(next);
        }
    }
}

/** Keeps what is shown while the server is away; else says why nothing is shown. */
function showFailure(error) {
    const isAway = error.status === undefined || error.status >= 500;
    if (isAway && shown === address()) return;
    shown = undefined;
    patch(main, [
        element(
            'p',
            { class: 'refusal', role: 'alert' },
            isAway && error.status === undefined ? text('away') : error.message,
        ),
        element(
            'p',
            {},
            error.status === 401
                ? element('a', { href: '..' }, text('editor'))
                : element('a', { href: '#/' }, text('back')),
        ),
    ]);
}

async function decideOn(id, verdict, decision) {
    const reason = await ask(verdict, decision);
    if (reason === undefined) return;
    await tell(
        id,
        'decision',
        { seal: decision.seal, verdict, ...(reason ? { reason } : {}) },
        ({ outcome }) => outcome,
    );
}

/** Sends what a person ordered, and shows what came of it: the text that `saidOf(answer)` names, or the refusal. */
async function tell(id, what, body, saidOf) {
    if (isSending) return;
    isSending = true;
    dismissNotice();
    try {
        const answer = await request(`incidents/${id}/${what}`, {
            method: 'POST',
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(body),
        });
        notice(text(saidOf(await answer.json())), 'good');
    } catch (error) {
        notice(error.status === undefined ? text('away') : error.message);
    } finally {
        isSending = false;
    }
    await draw();
}

function showConnection(isLive) {
    const badge = document.getElementById('connection');
    const label = text(isLive ? 'live' : 'reconnecting');
    if (badge.textContent !== label) badge.textContent = label;
    badge.className = isLive ? 'badge good' : 'badge bad';
}

/** After each deploy there is a new connection, and everything may be different. */
function onConnection(isLive) {
    showConnection(isLive);
    if (isLive) void fillStores().then(draw);
}

async function fillStores() {
    const { stores } = await get('stores').catch(() => ({ stores: [] }));
    const chosen = storeSelect.value;
    storeSelect.replaceChildren(...stores.map(({ id, name }) => element('option', { value: id }, name)));
    if (stores.some(({ id }) => id === chosen)) storeSelect.value = chosen;
    else if (chosen) chooseStore('');
    document.getElementById('store-choice').hidden = stores.length < 2;
}

async function begin() {
    languageSelect.value = language();
    languageSelect.addEventListener('change', () => {
        setLanguage(languageSelect.value);
        showConnection(document.getElementById('connection').classList.contains('good'));
        void draw();
    });
    storeSelect.addEventListener('change', () => {
        chooseStore(storeSelect.value);
        location.hash = '#/';
        void draw();
    });
    window.addEventListener('hashchange', () => {
        dismissNotice();
        void draw().then(() => {
            main.focus({ preventScroll: true });
            window.scrollTo(0, 0);
        });
    });
    document.getElementById('dismiss').addEventListener('click', dismissNotice);
    document.addEventListener('visibilitychange', () => document.hidden || void draw());
    setInterval(() => document.hidden || void draw(), REFRESH_MS);
    await fillStores();
    await draw();
    void follow(onConnection, (ids) => {
        if (address() === '' || ids.has(address())) void draw();
    });
}

void begin();
