import type { ServerResponse } from 'node:http';
import { HttpStandIn, type SeenRequest, sendJson } from './http-stand-in';

/** One scripted answer; what is not an object is a fault of its own kind. */
export type OpenAiScript =
    | { json: unknown; usage?: unknown; model?: unknown }
    | { text: string }
    | { status: number; error: unknown; headers?: Record<string, string> }
    | 'refusal'
    | 'cut-off'
    | 'content-filter'
    | 'web-page'
    | 'silence'
    | 'half-a-body'
    | 'hang-up';

/**
 * Stands in for OpenAI's Responses API, Chat Completions and list of models: the real wire format, scripted answers, in
 * order; the last one repeats.
 */
export class OpenAiStandIn {
    private readonly http = new HttpStandIn((request, response) => this.answer(request, response));
    private script: OpenAiScript[] = [];

    /** Names in its list of models. */
    models = ['gpt-test'];

    get seen(): SeenRequest[] {
        return this.http.seen;
    }

    /** Starts it; the address ends in `/v1`. */
    async start(): Promise<string> {
        return `${await this.http.start()}/v1`;
    }

    stop(): Promise<void> {
        return this.http.stop();
    }

    willAnswer(...script: OpenAiScript[]): void {
        this.script = script;
    }

    private answer({ path, body }: SeenRequest, response: ServerResponse): void {
        const next = (this.script.length > 1 ? this.script.shift() : this.script[0]) ?? 'hang-up';
        if (next === 'silence') return;
        if (next === 'hang-up') return void response.destroy();
        if (next === 'half-a-body')
            return void response.writeHead(200, { 'content-type': 'application/json' }).write('{"id":');
        if (next === 'web-page')
            return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>hello</html>');
        if (typeof next === 'object' && 'status' in next)
            return sendJson(response, next.status, { error: next.error }, next.headers);
        if (path.endsWith('/models'))
            return sendJson(response, 200, {
                object: 'list',
                data: this.models.map((id) => ({ id, object: 'model', created: 1, owned_by: 'tests' })),
            });
        const said = path.endsWith('/responses') ? responsesBody(next, body) : chatBody(next, body);
        sendJson(response, 200, said, { 'x-request-id': `req_${this.seen.length}` });
    }
}

type Said = Exclude<OpenAiScript, { status: number } | 'web-page' | 'silence' | 'half-a-body' | 'hang-up'>;

function textOf(said: Said): string {
    if (typeof said === 'string') return '';
    return 'json' in said ? JSON.stringify(said.json) : said.text;
}

function responsesBody(said: Said, request: Record<string, unknown>): unknown {
    const content =
        said === 'refusal'
            ? { type: 'refusal', refusal: 'I cannot help with that.' }
            : { type: 'output_text', text: said === 'cut-off' ? '{"tool":' : textOf(said), annotations: [] };
    const reason = said === 'cut-off' ? 'max_output_tokens' : said === 'content-filter' ? 'content_filter' : undefined;
    return {
        id: 'resp_1',
        object: 'response',
        created_at: 1,
        model: request.model,
        status: reason ? 'incomplete' : 'completed',
        incomplete_details: reason ? { reason } : null,
        error: null,
        output: [{ type: 'message', id: 'msg_1', role: 'assistant', status: 'completed', content: [content] }],
        usage: { input_tokens: 100, output_tokens: 20, total_tokens: 120 },
        ...oddities(said),
    };
}

function chatBody(said: Said, request: Record<string, unknown>): unknown {
    const message =
        said === 'refusal'
            ? { role: 'assistant', content: null, refusal: 'I cannot help with that.' }
            : { role: 'assistant', content: said === 'cut-off' ? '{"tool":' : textOf(said), refusal: null };
    return {
        id: 'chatcmpl_1',
        object: 'chat.completion',
        created: 1,
        model: request.model,
        choices: [
            {
                index: 0,
                message,
                logprobs: null,
                finish_reason: said === 'cut-off' ? 'length' : said === 'content-filter' ? 'content_filter' : 'stop',
            },
        ],
        usage: { prompt_tokens: 100, completion_tokens: 20, total_tokens: 120 },
        ...oddities(said),
    };
}

/** What a server of another make may write in its answer. */
function oddities(said: Said): object {
    if (typeof said !== 'object' || !('json' in said)) return {};
    return {
        ...('usage' in said ? { usage: said.usage } : {}),
        ...('model' in said ? { model: said.model } : {}),
    };
}
