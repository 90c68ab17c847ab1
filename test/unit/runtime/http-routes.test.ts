import { createServer, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import type { NodeAPI } from 'node-red';
import { serve } from '../../../nodes/runtime/http-routes';

let server: Server;
let stop: () => void;

beforeAll(async () => {
    // As Node-RED has it with editor and nodes under one root: the editor's JSON parser is there first.
    const root = express();
    const httpNode = express();
    root.use(express.json());
    root.use('/red', httpNode);
    const RED = { httpNode, settings: { httpNodeRoot: '/red/' } } as unknown as NodeAPI;
    stop = serve(RED, '/hook', 1_000, async (_request, response, body) => {
        response.json({ body: (await body()).toString() });
    }) as () => void;
    server = createServer(root);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
    stop();
    await new Promise((resolve) => server.close(resolve));
});

const ask = (target: string): Promise<string> =>
    new Promise((resolve, reject) => {
        const { port } = server.address() as AddressInfo;
        const headers = { 'content-type': 'application/json', host: 'other.example' };
        const asked = httpRequest({ port, host: '127.0.0.1', method: 'POST', path: target, headers }, (response) => {
            let text = '';
            response.on('data', (chunk: Buffer) => (text += chunk.toString()));
            response.on('end', () => resolve(`${response.statusCode} ${text}`));
        });
        asked.once('error', reject);
        asked.end('{"a": 1}');
    });

test.each([
    ['origin form', '/red/hook'],
    ['origin form with a query', '/red/hook?x=http://y/'],
    ['absolute form', 'http://other.example/red/hook'],
    ['absolute form with a query', 'http://other.example:8080/red/hook?x=1'],
])('a request target in %s reaches its handler with the bytes of its body', async (_form, target) => {
    expect(await ask(target)).toBe('200 {"body":"{\\"a\\": 1}"}');
});

test.each(['http://other.example/', 'http://other.example/else/hook', '/red/hook/more'])(
    "%s is nobody's",
    async (target) => {
        expect(await ask(target)).toMatch(/^404 /);
    },
);
