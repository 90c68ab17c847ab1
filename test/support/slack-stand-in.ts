import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type WebSocket, WebSocketServer } from 'ws';
import { freePort } from './processes';
import { brokenLimits, type Json, type JsonObject, textLength } from './slack-limits';

export interface SlackStandInMessage {
    channel: string;
    ts: string;
    text: string;
    blocks: JsonObject[];
    thread?: string;
    /** How often it was updated. */
    updates: number;
}

/** A file as people see it in a thread. */
export interface SlackStandInFile {
    id: string;
    channel: string;
    thread?: string;
    name: string;
    title: string;
    text: string;
}

/** A file between its three calls. */
interface Upload {
    name: string;
    length: number;
    text?: string;
}

export const BOT_TOKEN = 'xoxb-stand-in-bot';
export const APP_TOKEN = 'xapp-stand-in-app';
export const TEAM = 'T0STANDIN';
export const CHANNEL = 'C0ALERTS';

type Parameters = Record<string, string>;
type Answer = { ok: true; [key: string]: Json } | { ok: false; error: string; [key: string]: Json };

/**
 * Slack as far as this package uses it: the form-encoded web API, Socket Mode, interaction payloads, modals and
 * user groups, with Slack's limits and errors. A real HTTP and WebSocket server for the real SDKs.
 */
export class SlackStandIn {
    readonly messages: SlackStandInMessage[] = [];
    readonly ephemerals: { channel: string; user: string; text: string }[] = [];
    readonly views: { view: JsonObject; trigger: string }[] = [];
    readonly calls: { method: string; parameters: Parameters }[] = [];
    /** Files that were completed. */
    readonly files: SlackStandInFile[] = [];
    private readonly uploads = new Map<string, Upload>();
    readonly groups = new Map<string, string[]>();
    /** Channels the bot is a member of. */
    readonly channels = new Set([CHANNEL]);
    /** Tokens that count. */
    readonly tokens = new Set([BOT_TOKEN, APP_TOKEN]);
    private readonly failures = new Map<
        string,
        (() => { status: number; headers: Record<string, string>; body: string } | Answer)[]
    >();
    private readonly sockets = new Set<WebSocket>();
    private readonly acks = new Map<string, (payload: Json) => void>();
    /** Sockets that were ever opened. */
    greeted = 0;
    private server: Server | undefined;
    private port = 0;
    private counter = 0;
    /** Trigger ids that can still open a view. */
    private triggers = new Set<string>();
    triggersExpired = false;

    get apiUrl(): string {
        return `http://127.0.0.1:${this.port}/api/`;
    }

    get connections(): number {
        return this.sockets.size;
    }

    /** True once the client has another socket than the `before` it had opened, and only that one. */
    hasRenewed(before: number): boolean {
        return this.greeted > before && this.connections === 1;
    }

    /** Messages at the top of a channel, without replies. */
    get cards(): SlackStandInMessage[] {
        return this.messages.filter(({ thread }) => thread === undefined);
    }

    replies(ts: string): string[] {
        return this.messages.filter(({ thread }) => thread === ts).map(({ text }) => text);
    }

    /** Starts, after {@link stop} again on the same port. */
    async start(): Promise<void> {
        const server = createServer((request, response) => void this.http(request, response));
        const upgrades = new WebSocketServer({ server, path: '/link' });
        upgrades.on('connection', (socket) => this.connected(socket));
        this.server = server;
        this.port ||= await freePort();
        await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    }

    /** Dies: every connection is cut. */
    async stop(): Promise<void> {
        for (const socket of this.sockets) socket.terminate();
        this.sockets.clear();
        const { server } = this;
        if (!server) return;
        this.server = undefined;
        await new Promise<void>((resolve) => {
            server.close(() => resolve());
            server.closeAllConnections();
        });
    }

    /** The next `times` calls of `method` answer `error`. */
    refuse(method: string, error: string, times = 1): void {
        this.plan(method, times, () => ({ ok: false, error }));
    }

    /** The next call of `method` is answered 429. */
    limitRate(method: string, retryAfterSeconds: number): void {
        this.plan(method, 1, () => ({ status: 429, headers: { 'retry-after': String(retryAfterSeconds) }, body: '' }));
    }

    breakDown(method: string, status: number, times: number): void {
        this.plan(method, times, () => ({ status, headers: {}, body: 'upstream error' }));
    }

    /** Slack recycles its sockets. */
    refresh(): void {
        for (const socket of this.sockets)
            socket.send(JSON.stringify({ type: 'disconnect', reason: 'refresh_requested' }));
    }

    /**
     * A person presses the button with this text on a message as it is now; resolves when the client acknowledged.
     * Throws when there is no such button.
     */
    async click(ts: string, actionId: string, user: { id: string; name?: string; team_id?: string }): Promise<void> {
        const message = this.messages.find((one) => one.ts === ts);
        const buttons = (message?.blocks ?? []).flatMap((block) =>
            block.type === 'actions' ? (block.elements as JsonObject[]) : [],
        );
        const button = buttons.find((one) => one.action_id === actionId);
        if (!message || !button) throw new Error(`there is no button ${actionId} on ${ts}`);
        this.counter += 1;
        const trigger = `trigger-${this.counter}`;
        if (!this.triggersExpired) this.triggers.add(trigger);
        await this.interact({
            type: 'block_actions',
            user: { team_id: TEAM, ...user },
            team: { id: TEAM, domain: 'stand-in' },
            api_app_id: 'A0STANDIN',
            trigger_id: trigger,
            container: { type: 'message', message_ts: ts, channel_id: message.channel, is_ephemeral: false },
            channel: { id: message.channel, name: 'alerts' },
            actions: [
                { type: 'button', action_id: actionId, block_id: 'b1', action_ts: '1', value: button.value ?? null },
            ],
        });
    }

    /** The person sends the newest modal. */
    async submitView(user: { id: string; name?: string }, reason: string): Promise<void> {
        const view = this.views.at(-1)?.view ?? {};
        await this.interact({
            type: 'view_submission',
            user: { team_id: TEAM, ...user },
            team: { id: TEAM, domain: 'stand-in' },
            view: {
                callback_id: view.callback_id ?? '',
                private_metadata: view.private_metadata ?? '',
                state: { values: { reason: { text: { type: 'plain_text_input', value: reason } } } },
            },
        });
    }

    /** Sends one payload to one socket, as Slack does; resolves with the acknowledgement. */
    async interact(payload: JsonObject): Promise<Json> {
        const socket = [...this.sockets][0];
        if (!socket) throw new Error('Slack shows: this app did not respond (no socket)');
        this.counter += 1;
        const envelope = `envelope-${this.counter}`;
        return new Promise((resolve, reject) => {
            const timer = setTimeout(() => reject(new Error('not acknowledged within 3 s')), 3_000);
            this.acks.set(envelope, (answer) => {
                clearTimeout(timer);
                resolve(answer);
            });
            socket.send(
                JSON.stringify({ type: 'interactive', envelope_id: envelope, accepts_response_payload: true, payload }),
            );
        });
    }

    private plan(
        method: string,
        times: number,
        failure: () => { status: number; headers: Record<string, string>; body: string } | Answer,
    ): void {
        const list = this.failures.get(method) ?? [];
        this.failures.set(method, [...list, ...Array.from({ length: times }, () => failure)]);
    }

    private connected(socket: WebSocket): void {
        this.sockets.add(socket);
        this.greeted += 1;
        socket.on('close', () => this.sockets.delete(socket));
        socket.on('error', () => socket.terminate());
        socket.on('message', (data: Buffer) => {
            const { envelope_id: envelope, payload } = JSON.parse(data.toString()) as {
                envelope_id: string;
                payload: Json;
            };
            this.acks.get(envelope)?.(payload);
            this.acks.delete(envelope);
        });
        socket.send(
            JSON.stringify({
                type: 'hello',
                num_connections: this.sockets.size,
                connection_info: { app_id: 'A0STANDIN' },
            }),
        );
    }

    private async http(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
        const upload = /^\/upload\/v1\/(F\d+)$/.exec(request.url ?? '')?.[1];
        if (upload !== undefined) {
            const taken = await this.takeUpload(upload, Buffer.concat(chunks), request.headers['content-type'] ?? '');
            response.writeHead(taken ? 200 : 400).end(taken ? 'OK' : 'upload failed');
            return;
        }
        const body = Buffer.concat(chunks).toString();
        const method = (request.url ?? '').replace(/^\/api\//, '').replace(/\?.*/, '');
        const parameters = Object.fromEntries(new URLSearchParams(body));
        const token = /^Bearer (.+)$/.exec(request.headers.authorization ?? '')?.[1] ?? parameters.token ?? '';
        this.calls.push({ method, parameters });
        const planned = this.failures.get(method)?.shift()?.();
        if (planned && 'status' in planned) {
            response
                .writeHead(Number(planned.status), planned.headers as Record<string, string>)
                .end(String(planned.body));
            return;
        }
        const answer =
            planned ??
            (this.tokens.has(token)
                ? this.answer(method, parameters)
                : refusal(token === '' ? 'not_authed' : 'invalid_auth'));
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
    }

    private answer(method: string, parameters: Parameters): Answer {
        switch (method) {
            case 'apps.connections.open':
                return { ok: true, url: `ws://127.0.0.1:${this.port}/link?ticket=${(this.counter += 1)}` };
            case 'chat.postMessage':
                return this.post(parameters);
            case 'chat.update':
                return this.update(parameters);
            case 'chat.postEphemeral':
                this.ephemerals.push({
                    channel: parameters.channel ?? '',
                    user: parameters.user ?? '',
                    text: parameters.text ?? '',
                });
                return { ok: true, message_ts: this.nextTs() };
            case 'views.open':
                if (!this.triggers.delete(parameters.trigger_id ?? '')) return refusal('expired_trigger_id');
                this.views.push({
                    view: JSON.parse(parameters.view ?? '{}') as JsonObject,
                    trigger: parameters.trigger_id ?? '',
                });
                return { ok: true, view: { id: `V${this.views.length}` } };
            case 'files.getUploadURLExternal': {
                const id = `F${(this.counter += 1)}`;
                const length = Number(parameters.length);
                if (!parameters.filename || !(length > 0)) return refusal('invalid_arguments');
                this.uploads.set(id, { name: parameters.filename, length });
                return { ok: true, file_id: id, upload_url: `http://127.0.0.1:${this.port}/upload/v1/${id}` };
            }
            case 'files.completeUploadExternal':
                return this.complete(parameters);
            case 'usergroups.users.list': {
                const users = this.groups.get(parameters.usergroup ?? '');
                return users ? { ok: true, users } : refusal('no_such_subteam');
            }
            default:
                return refusal('unknown_method');
        }
    }

    private post({ channel = '', text = '', blocks, thread_ts: thread }: Parameters): Answer {
        if (!/^[CDG][A-Z0-9]+$/.test(channel)) return refusal('channel_not_found');
        if (!this.channels.has(channel)) return refusal('not_in_channel');
        if (blocks === undefined && text === '') return refusal('no_text');
        const parsed = JSON.parse(blocks ?? '[]') as JsonObject[];
        const wrong = refusalOf(parsed);
        if (wrong) return wrong;
        const ts = this.nextTs();
        this.messages.push({
            channel,
            ts,
            text,
            blocks: parsed,
            updates: 0,
            ...(thread === undefined ? {} : { thread }),
        });
        return { ok: true, channel, ts };
    }

    private update({ channel = '', ts = '', text = '', blocks }: Parameters): Answer {
        const message = this.messages.find((one) => one.ts === ts && one.channel === channel);
        if (!message) return refusal('message_not_found');
        const parsed = JSON.parse(blocks ?? '[]') as JsonObject[];
        const wrong = refusalOf(parsed);
        if (wrong) return wrong;
        Object.assign(message, { text, blocks: parsed, updates: message.updates + 1 });
        return { ok: true, channel, ts, text };
    }

    /**
     * The bytes of a file, as Slack takes them: raw, or as multipart form data; refused when they are not as many as
     * were announced.
     */
    private async takeUpload(id: string, body: Buffer, contentType: string): Promise<boolean> {
        const upload = this.uploads.get(id);
        if (!upload) return false;
        let bytes: Buffer = body;
        if (contentType.startsWith('multipart/form-data')) {
            const form = await new Response(new Uint8Array(body), {
                headers: { 'content-type': contentType },
            }).formData();
            const part = form.get('body');
            bytes = part && typeof part !== 'string' ? Buffer.from(await part.arrayBuffer()) : Buffer.alloc(0);
        }
        if (bytes.length !== upload.length) return false;
        upload.text = bytes.toString();
        return true;
    }

    private complete({ files = '[]', channel_id: channel = '', thread_ts: thread }: Parameters): Answer {
        if (!this.channels.has(channel)) return refusal('channel_not_found');
        const named = JSON.parse(files) as { id: string; title?: string }[];
        const done = named.flatMap(({ id, title }) => {
            const { name, text } = this.uploads.get(id) ?? {};
            return name === undefined || text === undefined
                ? []
                : [{ id, channel, name, title: title ?? name, text, ...(thread === undefined ? {} : { thread }) }];
        });
        if (done.length !== named.length || done.length === 0) return refusal('file_not_found');
        for (const { id } of done) this.uploads.delete(id);
        this.files.push(...done);
        return { ok: true, files: done.map(({ id, title }) => ({ id, title })) };
    }

    private nextTs(): string {
        this.counter += 1;
        return `1700000000.${String(this.counter).padStart(6, '0')}`;
    }
}

function refusal(error: string): Answer {
    return { ok: false, error };
}

function refusalOf(blocks: JsonObject[]): Answer | undefined {
    const wrong = brokenLimits(blocks);
    if (wrong.length > 0) return { ok: false, error: 'invalid_blocks', response_metadata: { messages: wrong } };
    return textLength(blocks) > 13_200 ? refusal('msg_blocks_too_long') : undefined;
}
