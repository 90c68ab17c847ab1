import llmProvider from '../../nodes/llm-provider/llm-provider';
import prometheusServer from '../../nodes/prometheus-server/prometheus-server';
import type { ServiceNode } from '../../nodes/runtime/config-node';
import type { LlmProviderService, PrometheusServerService } from '../../nodes/runtime/services';
import { helper } from '../support/node-red';

const PROMETHEUS = {
    id: 'config',
    type: 'prometheus-server',
    name: '',
    url: 'http://127.0.0.1:9090',
    alertmanagerUrl: 'http://127.0.0.1:9093/am/',
    auth: 'none',
    timeout: '10',
};
const PROVIDER = {
    id: 'config',
    type: 'llm-provider',
    name: '',
    vendor: 'openai',
    model: 'gpt-test',
    url: '',
    timeout: '60',
    retries: '1',
    numCtx: '16384',
    keepAlive: '10m',
    calls: '6',
    tokens: '60000',
    deadline: '120',
};

afterEach(() => helper.unload());

async function load(
    node: typeof llmProvider,
    config: object,
    credentials: Record<string, string> = {},
): Promise<string[]> {
    await helper.load(node as Parameters<typeof helper.load>[0], [config] as never, { config: credentials });
    const lines = helper.log().args.map(([line]) => line as unknown as { level: number; msg?: unknown; id?: string });
    return lines.filter(({ level, id }) => level === 20 && id === 'config').map(({ msg }) => String(msg));
}

const service = <T>(): T | undefined => (helper.getNode('config') as ServiceNode<T> | undefined)?.service;

test('a Prometheus server offers metrics, and alerts when an Alertmanager is named', async () => {
    expect(await load(prometheusServer, PROMETHEUS)).toEqual([]);
    expect(service<PrometheusServerService>()).toMatchObject({ metrics: expect.anything(), alerts: expect.anything() });
    await helper.unload();
    await load(prometheusServer, { ...PROMETHEUS, alertmanagerUrl: '' });
    expect(service<PrometheusServerService>()).not.toHaveProperty('alerts');
});

test.each([
    ['no address', { url: '' }, {}, 'url'],
    ['an address of another kind', { url: 'ftp://example.com' }, {}, 'url'],
    ['a password in the address', { alertmanagerUrl: 'http://ops:secret@127.0.0.1:9093' }, {}, 'alertmanagerUrl'],
    ['a sign-in without token', { auth: 'bearer' }, {}, 'token'],
    ['a sign-in without password', { auth: 'basic' }, { user: 'ops' }, 'password'],
    ['a token from an unset environment variable', { auth: 'bearer' }, { token: '${NOT_SET_ANYWHERE}' }, 'token'],
    ['a time-out of nothing', { timeout: '0' }, {}, 'timeout'],
])('a Prometheus server with %s says which field is wrong', async (_what, config, credentials, field) => {
    const errors = await load(prometheusServer, { ...PROMETHEUS, ...config }, credentials as Record<string, string>);
    expect(errors).toEqual([expect.stringContaining(`(${field})`)]);
    expect(errors[0]).not.toContain('ops:secret');
    expect(service()).toBeUndefined();
});

test('a provider offers a model and its budget', async () => {
    expect(await load(llmProvider, PROVIDER, { apiKey: 'sk-test' })).toEqual([]);
    const provider = service<LlmProviderService>();
    expect(provider?.budget).toEqual({ callsPerDiagnosis: 6, tokensPerDiagnosis: 60_000, deadlineSeconds: 120 });
    expect(await provider?.model()).toMatchObject({ vendor: 'openai', model: 'gpt-test' });
});

test('a compatible server and Ollama need no key', async () => {
    expect(await load(llmProvider, { ...PROVIDER, url: 'http://127.0.0.1:8000/v1' })).toEqual([]);
    await helper.unload();
    expect(await load(llmProvider, { ...PROVIDER, vendor: 'ollama', model: 'qwen3:8b' })).toEqual([]);
    expect(await service<LlmProviderService>()?.model()).toMatchObject({ vendor: 'ollama', model: 'qwen3:8b' });
});

test.each([
    ['no key for OpenAI itself', {}, {}, 'apiKey'],
    ['a key from an unset environment variable', {}, { apiKey: '${NOT_SET_ANYWHERE}' }, 'apiKey'],
    ['no model', { model: ' ' }, { apiKey: 'sk' }, 'model'],
    ['an address that is none', { url: 'localhost:8000' }, {}, 'url'],
    ['a time-out that is no number', { timeout: 'soon' }, { apiKey: 'sk' }, 'timeout'],
    ['too many retries', { retries: 99 }, { apiKey: 'sk' }, 'retries'],
    ['no calls', { calls: 0 }, { apiKey: 'sk' }, 'calls'],
    ['a context too small', { vendor: 'ollama', numCtx: 100 }, {}, 'numCtx'],
])('a provider with %s says which field is wrong', async (_what, config, credentials, field) => {
    expect(await load(llmProvider, { ...PROVIDER, ...config }, credentials as Record<string, string>)).toEqual([
        expect.stringContaining(`(${field})`),
    ]);
    expect(service()).toBeUndefined();
});
