import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { stringify } from 'yaml';
import type { BotkubeMessage, ExecuteResponse } from '../../botkube-plugin/host/types';
import { KeyRing, signingKey } from '../../nodes/core/signing/keys';
import { BotkubeHost, onSlack, type Typist } from './botkube-host';
import { type PluginRepository, serveLauncher } from './botkube-repository';

/**
 * A signing key of the incident store, as it is written in Node-RED and given to Botkube by an environment variable.
 */
export const SECRET = 'a signing key that only the tests know';
export const secretKeys = new KeyRing([signingKey(Buffer.from(SECRET, 'utf8'))]);

/** Who may approve in these tests. */
export const APPROVER = 'U0ALICE';
export const APPROVER_ENTRY = `botkube:<@${APPROVER}>`;

/** Botkube with the plugin `fix`, and where they keep their files. */
export class BotkubeScene {
    /** Where plugins make their sockets. */
    readonly temporary: string;
    /** Where Botkube put what it downloaded. */
    readonly downloads: string;

    private constructor(
        private readonly folder: string,
        readonly host: BotkubeHost,
        private readonly repository: PluginRepository,
        private readonly configs: string[],
    ) {
        this.temporary = path.join(folder, 'tmp');
        this.downloads = path.join(folder, 'cache', 'ours');
    }

    /** `config` is the one configuration that is bound; it may name the signing keys as `FIX_SIGNING_KEYS`. */
    static async start(config: object, serve: () => Promise<PluginRepository> = serveLauncher): Promise<BotkubeScene> {
        const folder = mkdtempSync(path.join(tmpdir(), 'a2f-botkube-'));
        mkdirSync(path.join(folder, 'tmp'));
        const repository = await serve();
        const host = await BotkubeHost.open({
            TMPDIR: path.join(folder, 'tmp'),
            FIX_SIGNING_KEYS: SECRET,
            FIX_MODEL_KEY: 'sk-test',
            LOG_LEVEL_EXECUTOR_OURS_FIX: 'debug',
        });
        const scene = new BotkubeScene(folder, host, repository, [stringify(config)]);
        try {
            await host.start({
                indexUrl: repository.indexUrl,
                repository: 'ours',
                executor: 'fix',
                cacheDir: path.join(folder, 'cache'),
                healthCheckInterval: 1,
                restartThreshold: 3,
            });
            return scene;
        } catch (error) {
            await scene.close();
            throw error;
        }
    }

    /** What the plugin answers to a command. */
    async execute(
        command: string,
        context: Typist = onSlack(APPROVER),
        signal?: AbortSignal,
    ): Promise<ExecuteResponse> {
        return this.host.execute({ command, configs: this.configs, context }, signal);
    }

    /** Executes a command many times, up to `inFlight` at once; gives the milliseconds that each took. */
    async load(command: string, requests: number, inFlight: number): Promise<number[]> {
        return this.host.load({ command, configs: this.configs, context: onSlack(APPROVER), requests, inFlight });
    }

    /** What people on Slack read of the answer to a command, all messages of it. */
    async says(command: string, context?: Typist): Promise<string> {
        return this.read(await this.execute(command, context));
    }

    /** What people on Slack read of an answer. */
    async read({ message, messages = [] }: ExecuteResponse): Promise<string> {
        const rendered = await Promise.all([message, ...messages].map((one) => this.host.render('slack', one)));
        return rendered.map(({ markdown }) => markdown).join('\n');
    }

    /** Lets an action of Botkube run a command for an event. */
    async act(
        command: string,
        event: object = {},
    ): Promise<{ command: string; mention: string; output: ExecuteResponse }> {
        return this.host.act({ displayName: 'AI diagnosis', command, event, configs: this.configs });
    }

    /** What plugins left where they make their sockets. */
    leftBehind(): string[] {
        return readdirSync(this.temporary);
    }

    async close(): Promise<void> {
        await this.host.close();
        await this.repository.stop();
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** Commands behind the buttons of a message, as Botkube gets them at a click. */
export function buttonCommands({ sections = [] }: BotkubeMessage): string[] {
    return sections
        .flatMap(({ buttons = [] }) => buttons)
        .flatMap(({ command }) => (command === undefined ? [] : [command.replace('{{BotName}} ', '')]));
}
