/**
 * A plugin with commands that misbehave, over the real host part: `node --require typescript-hook.cjs
 * plugin-executor.ts [deadline in ms] [running at once]`.
 */
import '../../botkube-plugin/host/output';
import { hostLog } from '../../botkube-plugin/host/log';
import { servePlugin } from '../../botkube-plugin/host/serve';
import type { BotkubeMessage, ExecuteRequest, ExecuteResponse, PluginExecutor } from '../../botkube-plugin/host/types';
import { FixError } from '../../nodes/core/errors';

type Behaviour = (words: string[], request: ExecuteRequest, signal: AbortSignal) => Promise<ExecuteResponse>;

const say = (plaintext: string): ExecuteResponse => ({ message: { baseBody: { plaintext } } });
const waiting = new Map<string, () => void>();

const behaviours: Record<string, Behaviour> = {
    echo: async (_words, request) => say(JSON.stringify(request)),
    size: async (_words, request) => say(String(request.command.length)),
    throw: () => {
        throw new Error('thrown at once, password=hunter2');
    },
    reject: async () => Promise.reject(new Error('rejected later')),
    refuse: async () =>
        Promise.reject(new FixError('STORE_DOWN', 'Redis does not answer.', { cure: 'Check the address.' })),
    rejectwithnothing: async () => Promise.reject(undefined),
    hang: () => new Promise(() => undefined),
    wait: (words, _request, signal) =>
        new Promise((resolve) => {
            const name = words[0] ?? '';
            hostLog('info', `waits ${name}`);
            waiting.set(name, () => resolve(say(`released ${name}`)));
            signal.addEventListener('abort', () => hostLog('info', `aborted ${name}`));
        }),
    release: async (words) => {
        waiting.get(words[0] ?? '')?.();
        return say('done');
    },
    print: async () => {
        console.log('a dependency prints');
        process.stdout.write('and writes\n');
        console.error('{"@level":1,"@message":{},"@timestamp":"never"}');
        process.stderr.write('{"@message":null}\n');
        return say('printed');
    },
    log: async () => {
        const circular: Record<string, unknown> = {};
        circular.self = circular;
        hostLog(
            'error',
            { not: 'a string' },
            {
                '@level': 5,
                '@message': null,
                '@timestamp': 7,
                text: 'two\nlines \u2028 \ud800',
                token: 'xoxb-1234567890-abcdefghij',
                password: 'hunter2',
                circular,
                missing: undefined,
                huge: 'x'.repeat(200_000),
                big: 10n,
            },
        );
        for (let index = 0; index < 3; index += 1)
            hostLog(
                'warn',
                '\u0000'.repeat(300_000),
                Object.fromEntries(Array.from({ length: 200 }, (_, key) => [`k${key}`, '\u0001'.repeat(2_000)])),
            );
        return say('logged');
    },
    burst: async () => {
        for (let index = 0; index < 3_000; index += 1) hostLog('debug', `burst ${index} ${'x'.repeat(900)}`);
        return say('logged');
    },
    uncaught: async () => {
        setTimeout(() => {
            throw new Error('nobody catches this');
        });
        void Promise.reject(new Error('nobody awaits this'));
        return say('thrown elsewhere');
    },
    empty: async () => ({ message: {} }),
    nothing: async () => undefined as unknown as ExecuteResponse,
    badtime: async () => ({
        message: { timestamp: '', baseBody: { plaintext: 'now' } },
        messages: Array.from(
            { length: 20 },
            (): BotkubeMessage => ({ timestamp: 'soon', baseBody: { plaintext: 'later' } }),
        ),
    }),
    skip: async () => ({ message: { type: 'skipMessage' } }),
    circular: async () => {
        const message: BotkubeMessage & { self?: unknown } = {};
        message.self = message;
        message.baseBody = { plaintext: 'x' };
        return { message };
    },
};

const executor: PluginExecutor = {
    execute: (request, signal) => {
        const [, verb = '', ...words] = request.command.split(' ');
        const behaviour = behaviours[verb];
        return behaviour ? behaviour(words, request, signal) : Promise.resolve(say(`unknown: ${verb}`));
    },
    help: async () => (process.env.HELP === 'fails' ? Promise.reject(new Error('no help today')) : {}),
    metadata: () => ({
        version: '1.2.3',
        description: 'a test',
        documentationUrl: 'https://example.com',
        jsonSchema: '{}',
    }),
};

if (process.env.PRINT_EARLY) console.log('printed before the handshake');
const [deadlineMs, running] = process.argv.slice(2).map(Number);
void servePlugin(executor, { deadlineMs: deadlineMs ?? 110_000, queue: { running: running ?? 20, waiting: 2 } });
