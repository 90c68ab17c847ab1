import type { ServerResponse } from 'node:http';
import { HttpStandIn, type SeenRequest, sendJson } from './http-stand-in';

/** One scripted answer; what is not an object is a fault of its own kind. */
export type OllamaScript =
    | { json: unknown; more?: object }
    | { text: string }
    | { status: number; error: string }
    | 'cut-off'
    | 'web-page'
    | 'web-page-error'
    | 'silence'
    | 'half-a-body'
    | 'hang-up';

/**
 * Stands in for an Ollama server: `/api/chat` and `/api/show` in the real wire format, scripted answers, in order; the
 * last one repeats.
 */
export class OllamaStandIn {
    private readonly http = new HttpStandIn((request, response) => this.answer(request, response));
    private script: OllamaScript[] = [];

    get seen(): SeenRequest[] {
        return this.http.seen;
    }

    start(): Promise<string> {
        return this.http.start();
    }

    stop(): Promise<void> {
        return this.http.stop();
    }

    willAnswer(...script: OllamaScript[]): void {
        this.script = script;
    }

    private answer({ path, body }: SeenRequest, response: ServerResponse): void {
        const next = (this.script.length > 1 ? this.script.shift() : this.script[0]) ?? 'hang-up';
        if (next === 'silence') return;
        if (next === 'hang-up') return void response.destroy();
        if (next === 'half-a-body')
            return void response.writeHead(200, { 'content-type': 'application/json' }).write('{"model":');
        if (next === 'web-page')
            return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>');
        if (next === 'web-page-error')
            return void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>bad gateway</html>');
        if (typeof next === 'object' && 'status' in next) return sendJson(response, next.status, { error: next.error });
        if (path === '/api/show')
            return sendJson(response, 200, {
                details: { family: 'test' },
                model_info: {},
                capabilities: ['completion'],
            });
        const content = next === 'cut-off' ? '{"tool":' : 'json' in next ? JSON.stringify(next.json) : next.text;
        sendJson(response, 200, {
            model: body.model,
            created_at: '2026-01-01T00:00:00Z',
            message: { role: 'assistant', content },
            done: true,
            done_reason: next === 'cut-off' ? 'length' : 'stop',
            total_duration: 1_000_000,
            prompt_eval_count: 100,
            eval_count: 20,
            ...(typeof next === 'object' && 'json' in next ? next.more : {}),
        });
    }
}
