import { z } from 'zod';
import { apiFor, loadOpenAi, OPENAI_URL, type OpenAiApi } from '../../../../nodes/adapters/openai/openai-model';
import { type OpenAiScript, OpenAiStandIn } from '../../../support/openai-stand-in';

const schema = z.object({ colour: z.string(), shade: z.string().nullable() });
const server = new OpenAiStandIn();
let url = '';

beforeAll(async () => {
    url = await server.start();
});
afterAll(() => server.stop());

function ask(
    api: OpenAiApi,
    options: { timeoutMs?: number; retries?: number; url?: string; signal?: AbortSignal } = {},
) {
    const { timeoutMs = 5_000, retries = 0, signal = new AbortController().signal } = options;
    const model = loadOpenAi({
        vendor: 'openai',
        url: options.url ?? url,
        api,
        apiKey: 'sk-test',
        model: 'gpt-test',
        timeoutMs,
        retries,
    });
    return model.answer({
        messages: [{ role: 'user', content: 'Which colour?' }],
        schemaName: 'colour',
        schema,
        maxOutputTokens: 300,
        signal,
    });
}

test('the vendor is asked by the Responses API, every other address by Chat Completions', () => {
    expect(apiFor(`${OPENAI_URL}/`)).toBe('responses');
    expect(apiFor('http://127.0.0.1:8000/v1')).toBe('chat');
});

describe.each(['responses', 'chat'] as const)('%s', (api) => {
    const last = () => server.seen.at(-1);

    test('gives the checked value with usage, model and request id', async () => {
        server.willAnswer({ json: { colour: 'red', shade: null } });
        const answer = await ask(api);
        expect(answer).toEqual({
            value: { colour: 'red', shade: null },
            usage: { inputTokens: 100, outputTokens: 20 },
            model: 'gpt-test',
            requestId: expect.stringMatching(/^req_/),
        });
        expect(last()?.headers.authorization).toBe('Bearer sk-test');
        expect(JSON.stringify(last()?.body)).toContain('"additionalProperties":false');
    });

    test('members that the schema does not list are dropped', async () => {
        server.willAnswer({ json: { colour: 'red', shade: null, command: 'rm -rf /' } });
        expect((await ask(api)).value).toEqual({ colour: 'red', shade: null });
    });

    test.each([
        [{ input_tokens: '1500', output_tokens: '20', prompt_tokens: '1500', completion_tokens: '20' }],
        [{ input_tokens: -1, output_tokens: 2.5, prompt_tokens: -1, completion_tokens: 2.5 }],
        ['many'],
    ])('figures of usage that are no numbers (%j) count as nothing, and that is noted', async (usage) => {
        server.willAnswer({ json: { colour: 'red', shade: null }, usage });
        const answer = await ask(api);
        expect({ ...answer.usage, uncounted: usage === 'many' || answer.usage.uncounted }).toEqual({
            inputTokens: 0,
            outputTokens: 0,
            uncounted: true,
        });
    });

    test('no figures of usage, and no name of the model, are no harm', async () => {
        server.willAnswer({ json: { colour: 'red', shade: null }, usage: undefined, model: { x: 1 } });
        expect(await ask(api)).toMatchObject({ usage: { inputTokens: 0, outputTokens: 0 }, model: 'gpt-test' });
    });

    test('an answer longer than any of a model is not read', async () => {
        server.willAnswer({ json: { colour: 'x'.repeat(5_000_000), shade: null } });
        await expect(ask(api)).rejects.toMatchObject({
            code: 'PROVIDER_BAD_ANSWER',
            message: expect.stringContaining('4 million bytes'),
        });
    });

    const faults: [string, OpenAiScript, string, string][] = [
        ['a wrong key', { status: 401, error: { message: 'Incorrect API key provided' } }, 'PROVIDER_AUTH', 'API key'],
        [
            'an unknown model',
            { status: 404, error: { message: 'The model does not exist' } },
            'PROVIDER_MODEL_UNKNOWN',
            'model name',
        ],
        [
            'too many requests',
            { status: 429, error: { message: 'Rate limit reached' } },
            'PROVIDER_RATE_LIMITED',
            'quota',
        ],
        ['a server in trouble', { status: 503, error: { message: 'overloaded' } }, 'PROVIDER_DOWN', 'internal error'],
        [
            'a prompt that does not fit',
            { status: 400, error: { message: "This model's maximum context length is 8192 tokens" } },
            'PROVIDER_CUT_OFF',
            'context',
        ],
        [
            'a request it does not take',
            { status: 400, error: { message: 'json_schema is not supported' } },
            'PROVIDER_REFUSED',
            'structured',
        ],
        ['a refusal', 'refusal', 'PROVIDER_REFUSED', 'another model'],
        ['a content filter', 'content-filter', 'PROVIDER_REFUSED', 'another model'],
        ['an answer cut off', 'cut-off', 'PROVIDER_CUT_OFF', 'context'],
        ['an answer that is not JSON', { text: 'The colour is red.' }, 'PROVIDER_BAD_ANSWER', 'structured'],
        ['an answer of another schema', { json: { colour: 5, shade: null } }, 'PROVIDER_BAD_ANSWER', 'structured'],
        ['a web page', 'web-page', 'PROVIDER_BAD_ANSWER', 'address'],
        ['a connection that breaks', 'hang-up', 'PROVIDER_DOWN', 'address'],
    ];
    test.each(faults)('%s ends in a clear error', async (_what, script, code, cure) => {
        server.willAnswer(script);
        await expect(ask(api)).rejects.toMatchObject({
            code,
            cure: expect.stringContaining(cure),
            message: expect.stringMatching(/\w{3}/),
        });
    });

    test.each(['silence', 'half-a-body'] as const)('%s ends in a time-out', async (script) => {
        server.willAnswer(script);
        await expect(ask(api, { timeoutMs: 300 })).rejects.toMatchObject({ code: 'PROVIDER_TIMEOUT' });
    });

    test('nobody at the address is said so', async () => {
        await expect(ask(api, { url: 'http://127.0.0.1:1/v1' })).rejects.toMatchObject({
            code: 'PROVIDER_DOWN',
            field: 'url',
        });
    });

    test('the caller may stop it', async () => {
        server.willAnswer('silence');
        const stop = new AbortController();
        setTimeout(() => stop.abort(), 100);
        await expect(ask(api, { signal: stop.signal })).rejects.toMatchObject({ name: 'AbortError' });
    });

    test('what passes by itself is tried again', async () => {
        server.willAnswer(
            { status: 503, error: { message: 'overloaded' }, headers: { 'retry-after-ms': '10' } },
            { json: { colour: 'blue', shade: null } },
        );
        expect((await ask(api, { retries: 1 })).value.colour).toBe('blue');
    });

    test('keys and addresses of the environment are not used', async () => {
        process.env.OPENAI_API_KEY = 'sk-from-environment';
        process.env.OPENAI_ORG_ID = 'org-environment';
        server.willAnswer({ json: { colour: 'red', shade: null } });
        await loadOpenAi({ vendor: 'openai', url, api, apiKey: '', model: 'm', timeoutMs: 5_000, retries: 0 }).answer({
            messages: [{ role: 'user', content: 'x' }],
            schemaName: 's',
            schema,
            maxOutputTokens: 10,
            signal: new AbortController().signal,
        });
        delete process.env.OPENAI_API_KEY;
        delete process.env.OPENAI_ORG_ID;
        expect(last()?.headers.authorization).toBe('Bearer none');
        expect(last()?.headers['openai-organization']).toBeUndefined();
    });
});

test('the Responses API is told to store nothing', async () => {
    server.willAnswer({ json: { colour: 'red', shade: null } });
    await ask('responses');
    expect(server.seen.at(-1)?.body).toMatchObject({ store: false, max_output_tokens: 300 });
});

describe('check', () => {
    const check = (api: OpenAiApi, model = 'gpt-test', at = url) =>
        loadOpenAi({ vendor: 'openai', url: at, api, apiKey: 'sk-test', model, timeoutMs: 5_000, retries: 3 }).check(
            new AbortController().signal,
        );

    test('a model in the list is known; one that is not is unknown to the vendor, and uncertain elsewhere', async () => {
        server.willAnswer({ json: {} });
        for (const api of ['responses', 'chat'] as const)
            expect(await check(api)).toEqual({ known: true, asked: 'GET /models' });
        expect(await check('chat', 'gpt-other')).toEqual({ known: false, asked: 'GET /models' });
        await expect(check('responses', 'gpt-other')).rejects.toMatchObject({ code: 'PROVIDER_MODEL_UNKNOWN' });
    });

    test('a server without such a list is not blamed, one that is down or refuses the key is', async () => {
        server.willAnswer({ status: 404, error: { message: 'no such path' } });
        expect(await check('chat')).toEqual({ known: false, asked: 'GET /models' });
        server.willAnswer({ status: 401, error: { message: 'no' } });
        await expect(check('chat')).rejects.toMatchObject({ code: 'PROVIDER_AUTH' });
        await expect(check('chat', 'gpt-test', 'http://127.0.0.1:9/v1')).rejects.toMatchObject({
            code: 'PROVIDER_DOWN',
        });
    });
});
