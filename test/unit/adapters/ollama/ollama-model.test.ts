import { z } from 'zod';
import { loadOllama, type OllamaOptions } from '../../../../nodes/adapters/ollama/ollama-model';
import { type OllamaScript, OllamaStandIn } from '../../../support/ollama-stand-in';

const schema = z.object({ colour: z.string() });
const server = new OllamaStandIn();
let url = '';

beforeAll(async () => {
    url = await server.start();
});
afterAll(() => server.stop());

function ask(options: Partial<OllamaOptions> = {}, signal = new AbortController().signal) {
    const model = loadOllama({
        vendor: 'ollama',
        url,
        apiKey: '',
        model: 'qwen3:8b',
        timeoutMs: 5_000,
        retries: 0,
        numCtx: 16_384,
        keepAlive: '10m',
        ...options,
    });
    return model.answer({
        messages: [{ role: 'user', content: 'Which colour?' }],
        schemaName: 'colour',
        schema,
        maxOutputTokens: 300,
        signal,
    });
}

test('figures of usage that are no numbers count as nothing, and that is noted', async () => {
    server.willAnswer({ json: { colour: 'red' }, more: { prompt_eval_count: '1500', eval_count: Number.NaN } });
    expect((await ask()).usage).toEqual({ inputTokens: 0, outputTokens: 0, uncounted: true });
});

test('an answer longer than any of a model is not read', async () => {
    server.willAnswer({ json: { colour: 'x'.repeat(5_000_000) } });
    await expect(ask()).rejects.toMatchObject({ code: 'PROVIDER_BAD_ANSWER' });
});

test('asks with a fixed context window, refuses silent cutting, and gives the checked value', async () => {
    server.willAnswer({ json: { colour: 'red', command: 'rm -rf /' } });
    const answer = await ask();
    expect(answer).toEqual({
        value: { colour: 'red' },
        usage: { inputTokens: 100, outputTokens: 20 },
        model: 'qwen3:8b',
    });
    expect(server.seen.at(-1)?.body).toMatchObject({
        model: 'qwen3:8b',
        stream: false,
        truncate: false,
        shift: false,
        keep_alive: '10m',
        options: { num_ctx: 16_384, num_predict: 300 },
        format: { type: 'object', required: ['colour'] },
    });
});

test('a number alone says for how many seconds the model stays loaded', async () => {
    server.willAnswer({ json: { colour: 'red' } });
    await ask({ keepAlive: '-1' });
    expect(server.seen.at(-1)?.body).toMatchObject({ keep_alive: -1 });
});

test('a key goes out as Bearer token, for a server behind a proxy', async () => {
    server.willAnswer({ json: { colour: 'red' } });
    await ask({ apiKey: 'proxy-key' });
    expect(server.seen.at(-1)?.headers.authorization).toBe('Bearer proxy-key');
});

test('an answer in a Markdown fence is accepted', async () => {
    server.willAnswer({ text: '```json\n{"colour":"green"}\n```' });
    expect((await ask()).value.colour).toBe('green');
});

const faults: [string, OllamaScript, string, string][] = [
    ['a proxy that wants a key', { status: 401, error: 'unauthorized' }, 'PROVIDER_AUTH', 'API key'],
    [
        'a model that is not there',
        { status: 404, error: 'model "qwen3:8b" not found, try pulling it first' },
        'PROVIDER_MODEL_UNKNOWN',
        'ollama pull qwen3:8b',
    ],
    ['a full queue', { status: 503, error: 'server busy, please try again' }, 'PROVIDER_DOWN', 'internal error'],
    ['too many requests', { status: 429, error: 'slow down' }, 'PROVIDER_RATE_LIMITED', 'Try again later'],
    [
        'a prompt that does not fit',
        { status: 400, error: 'the input length exceeds the context length' },
        'PROVIDER_CUT_OFF',
        'num_ctx',
    ],
    ['an answer cut off', 'cut-off', 'PROVIDER_CUT_OFF', 'num_ctx'],
    ['an answer that is not JSON', { text: 'Red, I think.' }, 'PROVIDER_BAD_ANSWER', 'structured'],
    ['an answer of another schema', { json: { colour: 5 } }, 'PROVIDER_BAD_ANSWER', 'structured'],
    ['a web page', 'web-page', 'PROVIDER_BAD_ANSWER', 'address'],
    ['a gateway in trouble', 'web-page-error', 'PROVIDER_DOWN', 'internal error'],
    ['a connection that breaks', 'hang-up', 'PROVIDER_DOWN', 'address'],
];
test.each(faults)('%s ends in a clear error', async (_what, script, code, cure) => {
    server.willAnswer(script);
    await expect(ask()).rejects.toMatchObject({ code, cure: expect.stringContaining(cure) });
});

test.each(['silence', 'half-a-body'] as const)('%s ends in a time-out', async (script) => {
    server.willAnswer(script);
    await expect(ask({ timeoutMs: 300 })).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT' });
});

test('nobody at the address is said so', async () => {
    await expect(ask({ url: 'http://127.0.0.1:1' })).rejects.toMatchObject({ code: 'PROVIDER_DOWN', field: 'url' });
});

test('the caller may stop it', async () => {
    server.willAnswer('silence');
    const stop = new AbortController();
    setTimeout(() => stop.abort(), 100);
    await expect(ask({}, stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
});

test('what passes by itself is tried again', async () => {
    server.willAnswer('hang-up', { json: { colour: 'blue' } });
    expect((await ask({ retries: 1 })).value.colour).toBe('blue');
});

test('check asks what the server knows of the model, and does not load it', async () => {
    const model = loadOllama({
        vendor: 'ollama',
        url,
        apiKey: '',
        model: 'qwen3:8b',
        timeoutMs: 5_000,
        retries: 3,
        numCtx: 16_384,
        keepAlive: '10m',
    });
    const check = () => model.check(new AbortController().signal);
    server.willAnswer({ json: {} });
    expect(await check()).toEqual({ known: true, asked: 'POST /api/show' });
    expect(server.seen.at(-1)).toMatchObject({ path: '/api/show', body: { model: 'qwen3:8b' } });
    server.willAnswer({ status: 404, error: "model 'qwen3:8b' not found" });
    await expect(check()).rejects.toMatchObject({
        code: 'PROVIDER_MODEL_UNKNOWN',
        cure: expect.stringContaining('ollama pull'),
    });
});
