import { language, text } from './texts.js';

const RETRY_MS = 2_000;
const REDRAW_MS = 200;

/** The chosen store; empty for the first one. */
let store = '';
let stream = new AbortController();

/** Asks this store from now on. */
export function chooseStore(id) {
    store = id;
    stream.abort();
}

/** The token of whoever is logged in to the editor, which lives one path above this page. */
function token() {
    const editor = new URL('..', location.href).pathname.slice(0, -1);
    const kept = localStorage.getItem(`auth-tokens${editor.replace(/\//g, '-')}`);
    return kept ? JSON.parse(kept)?.access_token : undefined;
}

/** What the server refused, in words for the reader. */
export class Refused extends Error {
    constructor(status, { code, message, cure, text: sentence }) {
        super(sentence ?? [message, cure].filter(Boolean).join(' '));
        this.status = status;
        this.code = code;
    }
}

/** Asks the page's API. Rejects with {@link Refused}, or with a TypeError when the server cannot be reached. */
export async function request(path, options = {}) {
    const url = new URL(`api/${path}`, location.href.replace(/[?#].*/, ''));
    if (store) url.searchParams.set('store', store);
    url.searchParams.set('language', language());
    const bearer = token();
    const headers = {
        'x-alert-to-fix': 'page',
        ...(bearer ? { authorization: `Bearer ${bearer}` } : {}),
        ...options.headers,
    };
    const response = await fetch(url, { ...options, headers });
    if (response.ok) return response;
    if (response.status === 401) throw new Refused(401, { message: text('login') });
    const answer = await response.json().catch(() => undefined);
    throw new Refused(response.status, answer?.error ?? { message: `${response.status} ${response.statusText}` });
}

export async function get(path) {
    return (await request(path)).json();
}

/**
 * Follows the changes of the store for ever. `onState(isLive)` when the connection comes or goes, `onChange(ids)` soon
 * after changes.
 */
export async function follow(onState, onChange) {
    for (;;) {
        stream = new AbortController();
        try {
            const response = await request('changes', { signal: stream.signal });
            onState(true);
            await readChanges(response.body.getReader(), onChange);
        } catch {
            /* reported by onState; tried again */
        }
        if (stream.signal.aborted) continue;
        onState(false);
        await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
}

async function readChanges(reader, onChange) {
    const decoder = new TextDecoder();
    const changed = new Set();
    let rest = '';
    let timer;
    const tell = () => {
        timer = undefined;
        onChange(new Set(changed));
        changed.clear();
    };
    for (;;) {
        const { value, done } = await reader.read();
        if (done) return;
        const lines = (rest + decoder.decode(value, { stream: true })).split('\n');
        rest = lines.pop();
        for (const line of lines.filter((one) => one.startsWith('data: '))) changed.add(JSON.parse(line.slice(6)).id);
        if (changed.size > 0 && timer === undefined) timer = setTimeout(tell, REDRAW_MS);
    }
}
