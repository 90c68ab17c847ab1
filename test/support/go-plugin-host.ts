import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Readable } from 'node:stream';
import {
    type Client,
    type ClientUnaryCall,
    credentials,
    makeGenericClientConstructor,
    type ServiceError,
} from '@grpc/grpc-js';
import { COOKIE } from '../../botkube-plugin/host/handshake';
import { type HostServices, hostServices } from '../../botkube-plugin/host/proto';
import type { BotkubeMessage } from '../../botkube-plugin/host/types';
import { until } from './processes';

/** A line of the plugin's standard error, as the host understands it. */
export interface HostLogLine {
    level: string;
    message: string;
    fields: Record<string, unknown>;
}

export interface PluginStart {
    command: string;
    args?: readonly string[];
    /** Added to what the host sets; undefined takes a variable away. */
    env?: Record<string, string | undefined>;
    /** Where the plugin's socket is for this process, when the plugin sees another root folder. */
    seenAt?(socket: string): string;
}

export interface Execution {
    message: BotkubeMessage;
    messages: BotkubeMessage[];
}

/** What the host gives up with when a plugin cannot be used. */
export class StartError extends Error {}

const TIMESTAMP = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}(?:Z|[+-]\d\d:\d\d)$/;
const MAX_LINE_BYTES = 64 * 1024;
const KILL_AFTER_MS = 2_000;

/**
 * A double of HashiCorp go-plugin 1.4.10's host with the settings of Botkube v1.14.0: it starts the plugin, reads its
 * handshake and log by the host's rules (also what would end the host), calls it over gRPC and kills it.
 */
export class GoPluginHost {
    readonly log: HostLogLine[] = [];
    /** Why a real host would have died. */
    readonly panics: string[] = [];
    private readonly services = hostServices();
    private readonly clients: Record<keyof HostServices, Client>;

    /** `printed`: the lines of standard output; the first is the handshake, which came after `handshakeMs`. */
    private constructor(
        readonly child: ChildProcess,
        readonly socket: string,
        readonly printed: readonly string[],
        stderr: string[],
        readonly handshakeMs: number,
    ) {
        stderr.forEach((line) => this.readLog(line));
        const client = (name: keyof HostServices): Client => {
            const Constructor = makeGenericClientConstructor(this.services[name], name);
            return new Constructor(`unix:${socket}`, credentials.createInsecure(), {
                'grpc.max_receive_message_length': -1,
            });
        };
        this.clients = { executor: client('executor'), controller: client('controller'), health: client('health') };
    }

    /**
     * Starts the plugin and reads its first line; rejects with a {@link StartError} that carries the plugin's standard
     * error.
     */
    static async start(start: PluginStart): Promise<GoPluginHost> {
        const env: NodeJS.ProcessEnv = {
            ...process.env,
            [COOKIE.name]: COOKIE.value,
            PLUGIN_PROTOCOL_VERSIONS: '3',
            PLUGIN_MIN_PORT: '10000',
            PLUGIN_MAX_PORT: '25000',
            ...start.env,
        };
        const begun = performance.now();
        const child = spawn(start.command, [...(start.args ?? [])], { stdio: ['ignore', 'pipe', 'pipe'], env });
        const { stdout, stderr } = child;
        const early: string[] = [];
        let onLog = (line: string): void => void early.push(line);
        const printed: string[] = [];
        eachLine(stderr, (line) => onLog(line));
        const first = await new Promise<string | undefined>((resolve) => {
            eachLine(stdout, (line) => {
                printed.push(line);
                resolve(line);
            });
            child.once('close', () => resolve(undefined));
        });
        const handshakeMs = performance.now() - begun;
        if (first === undefined) throw new StartError(`ended with ${child.exitCode}\n${early.join('\n')}`);
        try {
            const socket = readHandshake(first);
            const host = new GoPluginHost(child, start.seenAt?.(socket) ?? socket, printed, early, handshakeMs);
            onLog = (line) => host.readLog(line);
            return host;
        } catch (error) {
            child.kill('SIGKILL');
            throw error;
        }
    }

    get pid(): number {
        return this.child.pid ?? 0;
    }

    /** Runs a command; rejects with the gRPC error. */
    async execute(command: string, more: { configs?: string[]; context?: object } = {}): Promise<Execution> {
        return this.begin(command, more).answer;
    }

    /** The same, with the call to cancel it. */
    begin(
        command: string,
        { configs = [], context = {} }: { configs?: string[]; context?: object } = {},
    ): { call: ClientUnaryCall; answer: Promise<Execution> } {
        const request = { command, configs: configs.map((text) => ({ rawYAML: Buffer.from(text) })), context };
        const { call, answer } = this.call<{ message: Buffer; messages: Buffer[] }>('executor', 'Execute', request);
        const decoded = answer.then(({ message, messages }) => ({
            message: decode(message),
            messages: messages.map(decode),
        }));
        decoded.catch(() => undefined);
        return { call, answer: decoded };
    }

    async help(): Promise<BotkubeMessage> {
        return decode((await this.call<{ help: Buffer }>('executor', 'Help', {}).answer).help);
    }

    async metadata(): Promise<object> {
        return this.call<object>('executor', 'Metadata', {}).answer;
    }

    /** The host's ping: it looks only at whether there is an answer. */
    async ping(service = 'plugin'): Promise<string> {
        return (await this.call<{ status: string }>('health', 'Check', { service }).answer).status;
    }

    async shutdown(): Promise<void> {
        await this.call('controller', 'Shutdown', {}).answer;
    }

    /** The exit code once the process has ended by itself; null when a signal ended it. */
    async ended(): Promise<number | null> {
        if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
        return this.child.exitCode;
    }

    /** go-plugin's Kill: Shutdown, two seconds, SIGKILL. Tells whether the plugin went by itself. */
    async kill(): Promise<boolean> {
        await this.shutdown().catch(() => undefined);
        Object.values(this.clients).forEach((client) => client.close());
        const timer = setTimeout(() => this.child.kill('SIGKILL'), KILL_AFTER_MS);
        await this.ended();
        clearTimeout(timer);
        return this.child.signalCode === null;
    }

    /** Waits for a log line with this text in its message. */
    async logged(text: string): Promise<HostLogLine> {
        const find = (): HostLogLine | undefined => this.log.find(({ message }) => message.includes(text));
        await until(() => find() !== undefined);
        return find() ?? { level: '', message: '', fields: {} };
    }

    private call<Response extends object>(
        service: keyof HostServices,
        method: string,
        request: object,
    ): { call: ClientUnaryCall; answer: Promise<Response> } {
        const definition = this.services[service][method];
        if (!definition) throw new Error(`no method ${method}`);
        let call: ClientUnaryCall | undefined;
        const answer = new Promise<Response>((resolve, reject) => {
            call = this.clients[service].makeUnaryRequest(
                definition.path,
                definition.requestSerialize,
                definition.responseDeserialize,
                request,
                (error: ServiceError | null, response?: Response) => {
                    if (error || response === undefined) reject(error ?? new Error('no response'));
                    else resolve(response);
                },
            );
        });
        if (!call) throw new Error('the call did not begin');
        return { call, answer };
    }

    private readLog(line: string): void {
        if (Buffer.byteLength(line) >= MAX_LINE_BYTES)
            return void this.log.push({ level: 'debug', message: line, fields: {} });
        const entry = hclogEntry(line);
        if (entry === 'panic') this.panics.push(line);
        else
            this.log.push(
                entry ?? {
                    level: /^\[(TRACE|DEBUG|INFO|WARN|ERROR)\]/.exec(line)?.[1]?.toLowerCase() ?? 'debug',
                    message: line,
                    fields: {},
                },
            );
    }
}

/** Lines end at LF only, unlike those of node:readline. */
function eachLine(stream: Readable, take: (line: string) => void): void {
    let rest = '';
    stream.setEncoding('utf8').on('data', (chunk: string) => {
        const lines = (rest + chunk).split('\n');
        rest = lines.pop() ?? '';
        lines.forEach(take);
    });
}

function decode(bytes: Buffer): BotkubeMessage {
    return JSON.parse(bytes.toString('utf8')) as BotkubeMessage;
}

/** The address in the plugin's first line, by the checks of the host. */
function readHandshake(line: string): string {
    const [core, app, network, address = '', protocol, certificate] = line.trim().split('|');
    if (core !== '1') throw new StartError(`incompatible core API version: ${line}`);
    if (app !== '3') throw new StartError(`Incompatible API version: ${line}`);
    if (network !== 'unix') throw new StartError(`unknown address type: ${line}`);
    if (protocol !== 'grpc') throw new StartError(`unsupported plugin protocol: ${line}`);
    if (certificate) throw new StartError(`a certificate where none is expected: ${line}`);
    return address;
}

/** The entry of an hclog line; undefined for other text; `panic` for one on which the host's type assertion fails. */
function hclogEntry(line: string): HostLogLine | 'panic' | undefined {
    const entry = jsonObject(line);
    if (!entry) return undefined;
    const { '@level': level, '@message': message, '@timestamp': timestamp, ...fields } = entry;
    if ([level, message, timestamp].some((value) => value !== undefined && typeof value !== 'string')) return 'panic';
    if (typeof timestamp === 'string' && !TIMESTAMP.test(timestamp)) return undefined;
    return { level: String(level ?? 'debug'), message: String(message ?? ''), fields };
}

function jsonObject(text: string): Record<string, unknown> | undefined {
    try {
        const value: unknown = JSON.parse(text);
        return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : undefined;
    } catch {
        return undefined;
    }
}
