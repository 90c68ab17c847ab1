import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer, type ServerResponse } from 'node:http';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { parse, stringify } from 'yaml';
import { parsePort } from '../../nodes/core/text/tcp-port';
import { INDEX, SINGLE_FILE_INDEX } from './release';
import { RELEASE } from './workspace';

/** As far as serving looks at it. */
interface Index {
    entries: { urls: { url: string; dependencies: Record<string, { url: string }> }[] }[];
}

/** The index with every address pointing to `base`, wherever the release was built for. */
function indexFor(file: string, base: string): string {
    const here = (address: string): string => {
        const { pathname, search } = new URL(address);
        return `${base}/${path.posix.basename(pathname)}${search}`;
    };
    const index = parse(readFileSync(file, 'utf8')) as Index;
    for (const url of index.entries.flatMap((entry) => entry.urls)) {
        url.url = here(url.url);
        for (const dependency of Object.values(url.dependencies)) dependency.url = here(dependency.url);
    }
    return stringify(index, { lineWidth: 0 });
}

function answer(folder: string, pathname: string, base: string, response: ServerResponse): void {
    const name = pathname.slice(1);
    const file = path.join(folder, name);
    if (!/^[\w.+-]+$/.test(name) || !statSync(file, { throwIfNoEntry: false })?.isFile()) {
        response.writeHead(404).end(`There is no ${pathname}\n`);
    } else if (name === INDEX || name === SINGLE_FILE_INDEX) {
        response.writeHead(200, { 'Content-Type': 'application/yaml' }).end(indexFor(file, base));
    } else {
        response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': statSync(file).size });
        createReadStream(file).pipe(response);
    }
}

/** `npm run plugin:serve -- [--port=<port>] [--out=<folder>]`: serves a built release on this machine only. */
function main(): void {
    const { values } = parseArgs({
        options: { port: { type: 'string', default: '8089' }, out: { type: 'string', default: RELEASE } },
    });
    const port = parsePort('--port', values.port, 0);
    const folder = path.resolve(values.out);
    if (!statSync(path.join(folder, INDEX), { throwIfNoEntry: false }))
        throw new Error(`${folder} holds no release: run npm run plugin:build first.`);
    const server = createServer((request, response) => {
        const base = `http://${request.headers.host ?? `127.0.0.1:${values.port}`}`;
        if (URL.canParse(request.url ?? '/', base))
            answer(folder, new URL(request.url ?? '/', base).pathname, base, response);
        else response.writeHead(400).end('This is no address.\n');
    });
    server.once('error', (error) => fail(error));
    server.listen(port, '127.0.0.1', () => {
        const address = server.address();
        const base = `http://127.0.0.1:${typeof address === 'object' ? address?.port : values.port}`;
        console.log(`${base}/${INDEX}\n${base}/${SINGLE_FILE_INDEX}`);
    });
}

function fail(error: unknown): void {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
}

try {
    main();
} catch (error) {
    fail(error);
}
