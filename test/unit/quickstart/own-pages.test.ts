import { mkdtempSync, rmSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import WebSocket from 'ws';
import { prepareUserDir } from '../../../flows/quickstart/node-red';
import { isForeign } from '../../../flows/quickstart/own-pages';
import { NODE_RED_PACKAGE } from '../../support/node-red';
import { ROOT } from '../../support/package';
import { freePort, type RunningProgram, spawnUntil, stop } from '../../support/processes';

test.each<[string, { host?: string; origin?: string }, boolean]>([
    ['the address bar', { host: '127.0.0.1:1880' }, false],
    ['the other names of this machine', { host: 'LOCALHOST:1880' }, false],
    ['IPv6', { host: '[::1]:1880' }, false],
    ['its own page', { host: '127.0.0.1:1880', origin: 'http://127.0.0.1:1880' }, false],
    ['a rebound name', { host: 'evil.example:1880', origin: 'http://evil.example:1880' }, true],
    ['a name that begins like ours', { host: '127.0.0.1.evil.example' }, true],
    ['another web site', { host: '127.0.0.1:1880', origin: 'https://evil.example' }, true],
    ['a page of another port', { host: '127.0.0.1:1880', origin: 'http://127.0.0.1:1' }, true],
    ['a sandboxed frame', { host: '127.0.0.1:1880', origin: 'null' }, true],
    ['nobody', {}, true],
])('%s is told apart', (_who, headers, foreign) => {
    expect(isForeign(headers)).toBe(foreign);
});

describe("Node-RED with the quickstart's settings", () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'a2f-own-pages-'));
    let nodeRed: RunningProgram;
    let port: number;

    beforeAll(async () => {
        port = await freePort();
        const settings = prepareUserDir(ROOT, folder, port);
        nodeRed = await spawnUntil({
            command: process.execPath,
            args: [
                path.join(ROOT, 'node_modules', NODE_RED_PACKAGE, 'red.js'),
                '--userDir',
                folder,
                '--settings',
                settings,
            ],
            ready: async () => (await fetch(`http://127.0.0.1:${port}/flows`)).ok,
            withinMs: 120_000,
        });
    });
    afterAll(async () => {
        await stop(nodeRed, 'SIGTERM');
        rmSync(folder, { recursive: true, force: true });
    });

    const ask = (method: string, target: string, headers: Record<string, string>): Promise<number | undefined> =>
        new Promise((resolve, reject) => {
            const options = { port, host: '127.0.0.1', method, path: target, headers };
            const asked = httpRequest(options, (response) => resolve(response.resume().statusCode));
            asked.once('error', reject);
            asked.end();
        });

    test.each(['/', '/flows', '/settings', '/nodes', '/alert-to-fix/', '/alert-to-fix/api/incidents'])(
        'refuses %s to a rebound name and to another origin, and opens it to its own pages',
        async (target) => {
            const own = `127.0.0.1:${port}`;
            expect(await ask('GET', target, { host: `evil.example:${port}` })).toBe(403);
            expect(await ask('GET', target, { host: own, origin: 'http://evil.example' })).toBe(403);
            expect(await ask('GET', target, { host: own, origin: `http://${own}` })).not.toBe(403);
        },
    );

    test.each([
        ['its own page', '', true],
        ['a rebound name', 'evil.example', false],
    ])("opens the editor's live connection to %s: %j", async (_who, name, opens) => {
        const host = `${name || '127.0.0.1'}:${port}`;
        const socket = new WebSocket(`ws://127.0.0.1:${port}/comms`, { headers: { host, origin: `http://${host}` } });
        const opened = await new Promise<boolean>((resolve) => {
            socket.once('open', () => resolve(true));
            socket.once('error', () => resolve(false));
        });
        socket.terminate();
        expect(opened).toBe(opens);
    });

    test('refuses a deploy by a web page', async () => {
        const headers = { host: `evil.example:${port}`, origin: `http://evil.example:${port}` };
        expect(await ask('POST', '/flows', { ...headers, 'content-type': 'application/json' })).toBe(403);
    });
});
