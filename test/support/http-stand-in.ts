import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What a client sent. */
export interface SeenRequest {
    path: string;
    headers: IncomingMessage['headers'];
    body: Record<string, unknown>;
}

/** A real HTTP server on 127.0.0.1 for one test. */
export class HttpStandIn {
    readonly seen: SeenRequest[] = [];
    private readonly server: Server;

    constructor(answer: (request: SeenRequest, response: ServerResponse) => void) {
        this.server = createServer((request, response) => {
            const chunks: Buffer[] = [];
            request.on('data', (chunk: Buffer) => chunks.push(chunk));
            request.on('end', () => {
                const text = Buffer.concat(chunks).toString('utf8');
                const body = text.startsWith('{') ? (JSON.parse(text) as Record<string, unknown>) : { text };
                const seen = { path: request.url ?? '', headers: request.headers, body };
                this.seen.push(seen);
                answer(seen, response);
            });
        });
    }

    /** Starts it and answers its address. */
    async start(): Promise<string> {
        await new Promise<void>((resolve) => this.server.listen(0, '127.0.0.1', resolve));
        return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
    }

    async stop(): Promise<void> {
        this.server.closeAllConnections();
        await new Promise<void>((resolve) => this.server.close(() => resolve()));
    }
}

export function sendJson(
    response: ServerResponse,
    status: number,
    body: unknown,
    headers: Record<string, string> = {},
): void {
    response.writeHead(status, { 'content-type': 'application/json', ...headers });
    response.end(JSON.stringify(body));
}
