import { type ChildProcessByStdio, execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { promisify } from 'node:util';
import type { BotkubeMessage, ExecuteResponse } from '../../botkube-plugin/host/types';
import { MENTION } from './botkube-renderer';
import { ROOT } from './package';
import { until } from './processes';
import type { Json } from './slack-limits';

const SOURCE = path.join(ROOT, 'test', 'plugin', 'go-host');

export interface ManagerOptions {
    indexUrl: string;
    /** Name that Botkube's configuration gives the repository. */
    repository: string;
    executor: string;
    /** Where Botkube keeps what it downloads. */
    cacheDir: string;
    /** Seconds, at least 1. */
    healthCheckInterval: number;
    restartThreshold: number;
}

/** Who types, as a chat platform tells Botkube; see {@link SLACK} and {@link MATTERMOST}. */
export interface Typist {
    isInteractivitySupported: boolean;
    message: { text: string; url: string; parentActivityId: string; user: { mention: string; displayName: string } };
}

export interface Execution {
    /** Without the bot's mention. */
    command: string;
    /** Raw YAML of each bound configuration. */
    configs?: string[];
    context?: Typist;
}

export interface Action {
    displayName: string;
    /** Template of the command, as in Botkube's configuration. */
    command: string;
    /** The source's raw object. */
    event: object;
    configs: string[];
}

/** What Botkube posts. */
export interface Rendered {
    /** What it measures, and posts where there are no blocks. */
    markdown: string;
    blocks?: Json;
    text?: string;
}

export type Platform = 'slack' | 'mattermost' | 'discord';

/** A person on Slack, in a thread. */
export function onSlack(userId: string, text = '<@UBOT> fix'): Typist {
    const user = { mention: `<@${userId}>`, displayName: `Name of ${userId}` };
    const url = 'https://acme.slack.com/archives/C1/p1700000000000100';
    return { isInteractivitySupported: true, message: { text, url, parentActivityId: '1700000000.000100', user } };
}

/** A person on Mattermost. */
export function onMattermost(displayName: string): Typist {
    return {
        isInteractivitySupported: false,
        message: { text: '', url: '', parentActivityId: '', user: { mention: '', displayName } },
    };
}

/**
 * The part of a real Botkube agent that a plugin meets: plugin manager, command parser, actions and renderers of
 * Botkube v1.14.0 in a Go program, `test/plugin/go-host`.
 */
export class BotkubeHost {
    private readonly waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
    private lastId = 0;
    private text = '';

    private constructor(private readonly child: ChildProcessByStdio<Writable, Readable, Readable>) {
        child.stderr.on('data', (chunk: Buffer) => (this.text += chunk.toString('utf8')));
        createInterface({ input: child.stdout }).on('line', (line) => this.answered(line));
        child.once('exit', () => {
            for (const { reject } of this.waiting.values())
                reject(new Error(`Botkube's host ended.\n${this.text.slice(-4_000)}`));
        });
    }

    /** Starts the program, without a plugin; `env` is the agent's environment, which plugins inherit. */
    static async open(env: NodeJS.ProcessEnv = {}): Promise<BotkubeHost> {
        const child = spawn(await goProgram('.'), { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, ...env } });
        const kill = (): void => void child.kill('SIGKILL');
        process.once('exit', kill);
        child.once('exit', () => process.off('exit', kill));
        return new BotkubeHost(child);
    }

    /** Downloads the plugin and starts it, as an agent does when it starts. */
    async start(options: ManagerOptions): Promise<void> {
        await this.ask('start', options);
    }

    async help(): Promise<BotkubeMessage> {
        return (await this.ask('help')) as BotkubeMessage;
    }

    /** The answer as Botkube has read it. An abort of `signal` is Botkube's own cancelling of the call. */
    async execute(execution: Execution, signal?: AbortSignal): Promise<ExecuteResponse> {
        const answer = this.ask('execute', execution);
        const id = this.lastId;
        signal?.addEventListener('abort', () => void this.ask('cancel', id));
        return (await answer) as ExecuteResponse;
    }

    /**
     * Executes a command many times, up to `inFlight` at once; gives the milliseconds that each took, as Botkube sees
     * it.
     */
    async load(execution: Execution & { requests: number; inFlight: number }): Promise<number[]> {
        return (await this.ask('load', execution)) as number[];
    }

    /** Sets an action off: its rendered command, as whom it ran, and the answer. */
    async act(action: Action): Promise<{ command: string; mention: string; output: ExecuteResponse }> {
        return (await this.ask('act', action)) as { command: string; mention: string; output: ExecuteResponse };
    }

    /** What Botkube posts for a message, with the line above it. */
    async render(platform: Platform, message: BotkubeMessage, header = ''): Promise<Rendered> {
        return (await this.ask('render', { platform, botName: MENTION, header, message })) as Rendered;
    }

    /** Ends the plugin as an agent does when it ends. */
    async shutdown(): Promise<void> {
        await this.ask('shutdown');
    }

    /** Ends the program, and with it the plugin. */
    async close(): Promise<void> {
        if (this.child.exitCode === null && this.child.signalCode === null) {
            await new Promise<void>((resolve) => {
                this.child.once('exit', () => resolve());
                this.child.stdin.end();
            });
        }
    }

    /** Kills the program as a node's failure does. */
    async kill(): Promise<void> {
        this.child.kill('SIGKILL');
        await until(() => this.child.signalCode !== null);
    }

    /** Process id of the running plugin. */
    pluginPid(): number | undefined {
        return childrenOf(this.child.pid ?? 0)[0];
    }

    /** Botkube's log so far, and in it the plugin's. */
    log(): string {
        return this.text;
    }

    private async ask(what: string, carrying: unknown = null): Promise<unknown> {
        const id = ++this.lastId;
        return new Promise((resolve, reject) => {
            this.waiting.set(id, { resolve, reject });
            this.child.stdin.write(`${JSON.stringify({ id, do: what, with: carrying })}\n`);
        });
    }

    private answered(line: string): void {
        const { id, ok, error } = JSON.parse(line) as { id: number; ok?: unknown; error?: string };
        const asked = this.waiting.get(id);
        this.waiting.delete(id);
        if (error === undefined) asked?.resolve(ok);
        else asked?.reject(new Error(error));
    }
}

/** True while this process runs; a zombie does not. */
export function isAlive(pid: number): boolean {
    return statOf(pid) !== undefined;
}

/** Running processes that `parent` started. */
function childrenOf(parent: number): number[] {
    return readdirSync('/proc')
        .filter((name) => /^\d+$/.test(name))
        .map(Number)
        .filter((pid) => statOf(pid)?.parent === parent);
}

function statOf(pid: number): { parent: number } | undefined {
    try {
        const [state, parent] = readFileSync(`/proc/${pid}/stat`, 'utf8')
            .replace(/^.*\) /s, '')
            .split(' ');
        return state === 'Z' || state === 'X' ? undefined : { parent: Number(parent) };
    } catch {
        return undefined;
    }
}

/**
 * Path of a compiled program of the Go module, by its folder. It is compiled once for each of the module's contents;
 * test files that come together wait for one compiler.
 */
export async function goProgram(folder: '.' | './minimal-executor'): Promise<string> {
    const hash = createHash('sha256').update(folder);
    for (const name of readdirSync(SOURCE, { recursive: true, encoding: 'utf8' })
        .filter((file) => /\.(?:go|mod|sum)$/.test(file))
        .sort()) {
        hash.update(name).update(readFileSync(path.join(SOURCE, name)));
    }
    const cache = path.join(ROOT, 'node_modules', '.cache', 'botkube-host');
    const program = path.join(cache, hash.digest('hex').slice(0, 16));
    if (existsSync(program)) return program;
    mkdirSync(cache, { recursive: true });
    const build = 'test -x "$1" || { go build -buildvcs=false -ldflags "-s -w" -o "$1.new" "$2" && mv "$1.new" "$1"; }';
    await promisify(execFile)('flock', [path.join(cache, 'lock'), 'sh', '-c', build, 'sh', program, folder], {
        cwd: SOURCE,
    });
    return program;
}
