import { spawn } from 'node:child_process';
import {
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { loadSync } from 'protobufjs';
import { PROTO_FILES } from '../../botkube-plugin/host/proto';
import { GoPluginHost, type PluginStart, StartError } from '../support/go-plugin-host';
import { until } from '../support/processes';

const hook = path.join(__dirname, '../support/typescript-hook.cjs');
const entry = path.join(__dirname, '../support/plugin-executor.ts');

let folder: string;
let hosts: GoPluginHost[];

beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'hp-'));
    hosts = [];
});

afterEach(async () => {
    await Promise.all(hosts.map((host) => host.kill()));
    rmSync(folder, { recursive: true, force: true });
});

function plugin(args: string[] = [], env: PluginStart['env'] = {}, nodeArgs: string[] = []): PluginStart {
    return {
        command: process.execPath,
        args: ['--require', hook, ...nodeArgs, entry, ...args],
        env: { TMPDIR: folder, PLUGIN_UNIX_SOCKET_DIR: undefined, ...env },
    };
}

async function start(
    args: string[] = [],
    env: PluginStart['env'] = {},
    nodeArgs: string[] = [],
): Promise<GoPluginHost> {
    const host = await GoPluginHost.start(plugin(args, env, nodeArgs));
    hosts.push(host);
    return host;
}

const text = (execution: { message: { baseBody?: { plaintext?: string } } }): string =>
    execution.message.baseBody?.plaintext ?? '';

describe('start', () => {
    test('the first line on standard output is the handshake, and the socket lies in a folder of its own', async () => {
        const host = await start();
        expect(path.dirname(path.dirname(host.socket))).toBe(folder);
        expect(statSync(path.dirname(host.socket)).mode & 0o777).toBe(0o700);
        expect(await host.ping()).toBe('SERVING');
        expect(await host.logged('The plugin is ready.')).toMatchObject({
            level: 'info',
            fields: { version: '1.2.3' },
        });
    });

    test('the host may choose the folder of the socket', async () => {
        const host = await start([], { TMPDIR: '/nowhere', PLUGIN_UNIX_SOCKET_DIR: folder });
        expect(host.socket.startsWith(`${folder}/`)).toBe(true);
    });

    test('what is printed before the handshake does not reach standard output', async () => {
        const host = await start([], { PRINT_EARLY: 'yes' });
        expect(await host.logged('printed before the handshake')).toMatchObject({ level: 'info' });
    });

    test.each([
        ['absent', undefined],
        ['wrong', '52ca7b74'],
    ])('a cookie that is %s: a sentence for a person, exit 1, nothing on standard output', async (_what, cookie) => {
        const failure = GoPluginHost.start(plugin([], { BOTKUBE: cookie }));
        await expect(failure).rejects.toThrow(
            /^ended with 1\nThis is a plugin of Botkube.*not meant to be run by hand\.$/,
        );
        expect(readdirSync(folder)).toEqual([]);
    });

    test('a temporary folder too long for a socket is named at once, and nothing is left behind', async () => {
        const long = path.join(folder, 'é'.repeat(60));
        const failure = GoPluginHost.start(plugin([], { TMPDIR: long }));
        await expect(failure).rejects.toThrow(/^ended with 1\n.*"@level":"error".*107 is the most.*Set TMPDIR/);
        expect(readdirSync(folder)).toEqual([]);
    });

    test('a folder that cannot be written is named at once', async () => {
        await expect(GoPluginHost.start(plugin([], { TMPDIR: '/nowhere' }))).rejects.toThrow(
            /ended with 1\n.*"@level":"error".*\/nowhere/,
        );
    });

    test('the longest path that fits works', async () => {
        const probe = await start();
        const room = 107 - Buffer.byteLength(probe.socket) - 1;
        const parent = mkdtempSync(path.join(folder, 'x'.repeat(room - 6)));
        const host = await start([], { TMPDIR: parent });
        const digitsMore = String(host.pid).length - String(probe.pid).length;
        expect(Buffer.byteLength(host.socket) - digitsMore).toBe(107);
        expect(await host.ping()).toBe('SERVING');
    });

    test('the double of the host refuses a first line that is no handshake', async () => {
        const args = ['-e', 'console.log("hello"); setInterval(() => {}, 1000)'];
        await expect(GoPluginHost.start({ command: process.execPath, args })).rejects.toThrow(StartError);
    });

    test('one bundled file needs no proto files beside it', async () => {
        const preload = path.join(folder, 'bundled.cjs');
        writeFileSync(
            preload,
            `globalThis.PROTO_DESCRIPTOR = ${JSON.stringify(loadSync(PROTO_FILES).toJSON())};
            const fs = require('node:fs');
            for (const name of ['readFileSync', 'readFile']) {
                const real = fs[name];
                fs[name] = (file, ...rest) => { if (String(file).endsWith('.proto')) throw new Error('no protos here'); return real(file, ...rest); };
            }`,
        );
        const host = await start([], {}, ['--require', preload]);
        expect(await host.ping()).toBe('SERVING');
        expect(text(await host.execute('fix size'))).toBe('8');
        expect(await host.metadata()).toMatchObject({
            version: '1.2.3',
            jsonSchema: { value: '{}' },
            documentationUrl: 'https://example.com',
        });
    });
});

describe('health', () => {
    test('only the names of the plugin and of the server are known', async () => {
        const host = await start();
        expect(await host.ping('')).toBe('SERVING');
        await expect(host.ping('another')).rejects.toMatchObject({ code: 5 });
    });
});

describe('commands', () => {
    test('the executor gets the request as the host sent it, and what the host leaves out is empty', async () => {
        const host = await start();
        const context = {
            isInteractivitySupported: true,
            slackState: Buffer.from('{"values":{}}'),
            message: { text: 't', url: 'u', parentActivityId: '1.1', user: { mention: '<@U1>', displayName: 'Ana' } },
            incomingWebhook: { baseSourceURL: 'http://b' },
        };
        expect(JSON.parse(text(await host.execute('fix echo “é”', { configs: ['a: 1', 'b: ü'], context })))).toEqual({
            command: 'fix echo “é”',
            configs: ['a: 1', 'b: ü'],
            context: {
                isInteractivitySupported: true,
                incomingWebhookBaseUrl: 'http://b',
                user: { mention: '<@U1>', displayName: 'Ana' },
                message: { text: 't', url: 'u', parentActivityId: '1.1' },
                slackState: '{"values":{}}',
            },
        });
        expect(JSON.parse(text(await host.execute('fix echo')))).toMatchObject({
            configs: [],
            context: {
                isInteractivitySupported: false,
                user: { mention: '', displayName: '' },
                message: { parentActivityId: '' },
                slackState: '',
            },
        });
    });

    test('a request of 5 MiB arrives', async () => {
        const host = await start();
        expect(text(await host.execute(`fix size ${'x'.repeat(5 * 1024 * 1024)}`))).toBe(String(5 * 1024 * 1024 + 9));
    });

    test('commands run at the same time and answer in any order', async () => {
        const host = await start();
        const names = Array.from({ length: 10 }, (_, index) => `w${index}`);
        const answers = names.map((name) => host.execute(`fix wait ${name}`));
        await Promise.all(names.map((name) => host.logged(`waits ${name}`)));
        for (const name of names.toReversed()) await host.execute(`fix release ${name}`);
        expect((await Promise.all(answers)).map(text)).toEqual(names.map((name) => `released ${name}`));
    });

    test('commands beyond the cap wait their turn, and beyond the queue are told so', async () => {
        const host = await start(['110000', '1']);
        const first = host.begin('fix wait a');
        await host.logged('waits a');
        const queued = [host.begin('fix wait b'), host.begin('fix size')];
        const failures = await Promise.allSettled([host.execute('fix size'), host.execute('fix size')]);
        expect(failures.map((outcome) => outcome.status === 'rejected' && outcome.reason)).toEqual(
            [0, 0].map(() =>
                expect.objectContaining({ code: 8, details: expect.stringContaining('Too many commands') }),
            ),
        );
        queued[0]?.call.cancel();
        first.call.cancel();
        expect(text(await (queued[1]?.answer ?? Promise.reject(new Error('no second call'))))).toBe('8');
        expect(host.log.some(({ message }) => message.includes('waits b'))).toBe(false);
    });

    test('a cancelled call aborts its command only', async () => {
        const host = await start();
        const one = host.begin('fix wait one');
        const two = host.begin('fix wait two');
        await Promise.all([host.logged('waits one'), host.logged('waits two')]);
        one.call.cancel();
        await expect(one.answer).rejects.toMatchObject({ code: 1 });
        await host.logged('aborted one');
        await host.execute('fix release two');
        expect(text(await two.answer)).toBe('released two');
        expect(host.log.some(({ message }) => message.includes('aborted two'))).toBe(false);
    });

    test('a command that hangs is answered at the deadline, frees its place and does not disturb others', async () => {
        const host = await start(['300', '1']);
        await expect(host.execute('fix hang')).rejects.toMatchObject({
            code: 4,
            details: 'The command took longer than 0.3 s and was stopped.',
        });
        await expect(host.execute('fix wait x')).rejects.toMatchObject({ code: 4 });
        await host.logged('aborted x');
        expect(text(await host.execute('fix size'))).toBe('8');
    });

    test.each([
        ['throws', 'fix throw', 13, 'The command failed: thrown at once, password=[redacted]'],
        ['rejects', 'fix reject', 13, 'The command failed: rejected later'],
        ['rejects with nothing', 'fix rejectwithnothing', 13, 'The command failed: undefined'],
        ['answers nothing', 'fix nothing', 13, expect.stringContaining('The command failed')],
        ['answers what JSON cannot carry', 'fix circular', 13, expect.stringContaining('The command failed')],
        ['refuses', 'fix refuse', 9, 'Redis does not answer. Check the address.'],
    ])('a command that %s fails alone, with a sentence for the user', async (_what, command, code, details) => {
        const host = await start();
        await expect(host.execute(command)).rejects.toMatchObject({ code, details });
        expect(text(await host.execute('fix size'))).toBe('8');
        expect(await host.ping()).toBe('SERVING');
    });

    test('a fault that nobody catches is logged as an error, and the plugin goes on', async () => {
        const host = await start();
        await host.execute('fix uncaught');
        expect(await host.logged('nobody catches this')).toMatchObject({ level: 'error' });
        expect(await host.logged('nobody awaits this')).toMatchObject({ level: 'error' });
        expect(await host.ping()).toBe('SERVING');
    });

    test('an answer is never empty, except one that asks not to be posted', async () => {
        const host = await start();
        expect(text(await host.execute('fix empty'))).not.toBe('');
        expect((await host.execute('fix skip')).message).toEqual({ type: 'skipMessage' });
    });

    test('a timestamp that would lose the message is left out, and so are messages over fifteen', async () => {
        const host = await start();
        const { message, messages } = await host.execute('fix badtime');
        expect(message).toEqual({ baseBody: { plaintext: 'now' } });
        expect(messages).toEqual(Array.from({ length: 15 }, () => ({ baseBody: { plaintext: 'later' } })));
    });

    test('the help is never empty, not even when it fails', async () => {
        const host = await start();
        expect(text({ message: await host.help() })).not.toBe('');
        const failing = await start([], { HELP: 'fails' });
        expect(text({ message: await failing.help() })).toContain('no help today');
    });
});

describe('log', () => {
    test('what a dependency prints becomes a log line; standard output stays silent', async () => {
        const host = await start();
        await host.execute('fix print');
        for (const line of ['a dependency prints', 'and writes', '{"@level":1', '{"@message":null}'])
            expect((await host.logged(line)).level).toMatch(/info|error|warn/);
        expect(host.printed).toEqual([expect.stringMatching(/^1\|3\|unix\|.*\|grpc$/)]);
        expect(host.panics).toEqual([]);
    });

    test('a burst of lines arrives whole', async () => {
        const host = await start();
        await host.execute('fix burst');
        await host.logged('burst 2999 ');
        const burst = host.log.filter(({ message }) => message.startsWith('burst '));
        expect(burst.map(({ message }) => Number(message.split(' ')[1]))).toEqual(
            Array.from({ length: 3_000 }, (_, index) => index),
        );
    });

    test('no value can end the host, hide a line or tell a secret', async () => {
        const host = await start();
        await host.execute('fix log');
        const { level, fields } = await host.logged('"a string"');
        expect(level).toBe('error');
        expect(fields).toMatchObject({
            _level: '5',
            _message: 'null',
            _timestamp: '7',
            password: '[redacted]',
            token: '[redacted]',
            big: '[object BigInt]',
        });
        expect(Object.values(fields).every((value) => typeof value === 'string')).toBe(true);
        await until(() => host.log.filter((line) => line.level === 'warn').length === 3);
        expect(host.panics).toEqual([]);
        expect(host.log.map((line) => JSON.stringify(line)).join('\n')).not.toMatch(/hunter2|xoxb-/);
    });
});

describe('end', () => {
    test('Shutdown is answered, then the process ends by itself and leaves nothing behind, even with commands in flight', async () => {
        const host = await start();
        const hanging = host.begin('fix hang');
        await host.execute('fix uncaught');
        await host.shutdown();
        expect(await host.ended()).toBe(0);
        await expect(hanging.answer).rejects.toMatchObject({ code: 14 });
        expect(readdirSync(folder)).toEqual([]);
    });

    test('what killed plugins left is removed at the next start; what lives, or is of somebody else, stays', async () => {
        const living = await start();
        const killed = await start();
        killed.child.kill('SIGKILL');
        await killed.ended();
        const gone = killed.pid;
        const stays = [
            path.basename(path.dirname(living.socket)),
            `fix-files-${living.pid}-abcdef`,
            `fix-${gone}-abcdefg`,
            `other-${gone}-abcdef`,
        ];
        for (const name of [...stays.slice(1), `fix-files-${gone}-abcdef`])
            mkdirSync(path.join(folder, name, 'below'), { recursive: true });
        expect(existsSync(path.dirname(killed.socket))).toBe(true);
        const next = await start();
        await until(() => readdirSync(folder).length === stays.length + 1);
        expect(readdirSync(folder).sort()).toEqual([...stays, path.basename(path.dirname(next.socket))].sort());
        expect(await living.ping()).toBe('SERVING');
    });

    test('SIGINT, which a terminal sends to host and plugin alike, is ignored; SIGTERM ends it cleanly', async () => {
        const host = await start();
        host.child.kill('SIGINT');
        expect(text(await host.execute('fix size'))).toBe('8');
        expect(await host.ping()).toBe('SERVING');
        host.child.kill('SIGTERM');
        expect(await host.ended()).toBe(0);
        expect(readdirSync(folder)).toEqual([]);
    });

    test('when the host is killed the plugin ends and leaves nothing behind', async () => {
        const host = spawn(process.execPath, ['-e', HOST_THAT_ONLY_STARTS, JSON.stringify(plugin())], {
            env: { ...process.env, TMPDIR: folder, BOTKUBE: '52ca7b74-28eb-4fac-ae79-31a9cbda2454' },
            stdio: ['ignore', 'pipe', 'inherit'],
        });
        const line = await new Promise<string>((resolve) =>
            createInterface({ input: host.stdout }).once('line', resolve),
        );
        const [pid = '', socket = ''] = line.split(' ');
        expect(existsSync(socket)).toBe(true);
        host.kill('SIGKILL');
        await until(() => hasEnded(pid));
        expect(readdirSync(folder)).toEqual([]);
    });
});

const HOST_THAT_ONLY_STARTS = `
    const { command, args } = JSON.parse(process.argv[1]);
    const child = require('node:child_process').spawn(command, args, { stdio: ['ignore', 'pipe', 'ignore'] });
    child.stdout.once('data', (data) => console.log(child.pid, String(data).split('|')[3]));
`;

/** An orphan may stay a zombie where no init reaps it. */
function hasEnded(pid: string): boolean {
    try {
        return /^\d+ \(.*\) Z/.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
        return true;
    }
}
