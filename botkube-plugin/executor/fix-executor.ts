import path from 'node:path';
import { asFixError, FixError } from '../../nodes/core/errors';
import { clip } from '../../nodes/core/text/cut';
import { hostLog } from '../host/log';
import type { BotkubeMessage, ExecuteRequest, ExecuteResponse, PluginExecutor, PluginMetadata } from '../host/types';
import { render } from '../message/render';
import type { Reply } from '../message/reply';
import { helpReply } from './commands/help';
import { COMMANDS } from './commands/index';
import { configJsonSchema, type PluginConfig, readConfig } from './config';
import { failureReply } from './failure-reply';
import type { Surroundings } from './parts';
import { PartsCache } from './parts-cache';
import { callOf, targetOf } from './request';
import { packageVersion } from './version';

/** The runbooks that come with the plugin. */
const STARTER = path.join(__dirname, '../../nodes/runbook-library/starter');

/** How much earlier than the host part's hard limit a command stops by itself, so that it can say so. */
const GRACE_MS = 5_000;

/**
 * The executor plugin `fix`: reads the command, the configuration and who asks; runs the command; renders its reply.
 */
export class FixExecutor implements PluginExecutor {
    private readonly parts: PartsCache;

    constructor(surroundings: Partial<Surroundings> = {}) {
        this.parts = new PartsCache({ environment: process.env, starterLibrary: STARTER, ...surroundings });
    }

    /**
     * Never rejects because of what was typed, of the configuration, or of something that is down: that becomes a
     * message.
     */
    async execute(request: ExecuteRequest, signal: AbortSignal): Promise<ExecuteResponse> {
        const target = targetOf(request);
        let language: PluginConfig['language'] = 'en-US';
        try {
            const config = readConfig(request.configs);
            language = config.language;
            return render(await this.run(request, config, signal), target, language);
        } catch (thrown) {
            if (signal.aborted) throw thrown;
            const error = asFixError(thrown);
            if (error.code === 'INTERNAL') hostLog('error', thrown, { command: clip(request.command, 200) });
            return render(failureReply(error), target, language);
        }
    }

    async help(): Promise<BotkubeMessage> {
        return render(helpReply(), { platform: 'unknown', clicked: false }).message;
    }

    metadata(): PluginMetadata {
        return {
            version: packageVersion(),
            description:
                'From alert to a diagnosed, approved, verified fix: what the human saw is exactly what runs, once, or nothing runs.',
            documentationUrl: 'https://github.com/alert-to-fix/alert-to-fix',
            jsonSchema: JSON.stringify(configJsonSchema()),
        };
    }

    deadlineMs({ configs }: ExecuteRequest): number {
        return readConfig(configs).deadlineSeconds * 1_000 + GRACE_MS;
    }

    /** Closes connections. Botkube ends the process instead; tests and embedders call it. */
    async close(): Promise<void> {
        await this.parts.close();
    }

    private async run(request: ExecuteRequest, config: PluginConfig, signal: AbortSignal): Promise<Reply> {
        const deadline = new AbortController();
        const timer = setTimeout(() => deadline.abort(), config.deadlineSeconds * 1_000);
        try {
            const call = callOf(request, AbortSignal.any([signal, deadline.signal]));
            const verb = call.verb as keyof typeof COMMANDS;
            return await this.parts.use(config, (parts) => COMMANDS[verb](call, parts));
        } catch (thrown) {
            if (!deadline.signal.aborted || signal.aborted) throw thrown;
            throw new FixError(
                'CANCELLED',
                `The command took longer than ${config.deadlineSeconds} s and was stopped.`,
                { cure: 'Try again, or raise deadlineSeconds.' },
            );
        } finally {
            clearTimeout(timer);
        }
    }
}
