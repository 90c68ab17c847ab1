import './output';
import { tmpdir } from 'node:os';
import { type Server, ServerCredentials } from '@grpc/grpc-js';
import { COOKIE, handshakeLine, startedByBotkube } from './handshake';
import { removeLeftovers } from './leftovers';
import { takeCareOfLife } from './life';
import { hostLog } from './log';
import { tellPerson, writeHandshake } from './output';
import { hostServices } from './proto';
import { CommandRunner, failureOf, type RunnerLimits } from './runner';
import { makeServer } from './services';
import { makeSocketPlace } from './socket';
import type { PluginExecutor } from './types';

/** Less than the two minutes a person waits; Botkube itself runs ten commands at once per chat platform. */
const DEFAULT_LIMITS: RunnerLimits = { deadlineMs: 110_000, queue: { running: 20, waiting: 200 } };

/** Ends the process with a sentence for a person when Botkube did not start it. */
export function requireBotkube(env: NodeJS.ProcessEnv = process.env): void {
    if (startedByBotkube(env)) return;
    tellPerson(
        `This is a plugin of Botkube, which starts it itself (with ${COOKIE.name} set); it is not meant to be run by hand.`,
    );
    process.exit(1);
}

/**
 * Serves the executor to the Botkube that started this process: binds a socket, then prints the handshake. Resolves
 * when the host may call; from then on the process lives until the host ends it or dies. What cannot be served is
 * logged, and the process exits with 1, so that the host does not wait for it.
 */
export async function servePlugin(executor: PluginExecutor, limits: Partial<RunnerLimits> = {}): Promise<void> {
    requireBotkube();
    try {
        const place = makeSocketPlace(process.env);
        const life = takeCareOfLife(place.remove);
        const runner = new CommandRunner(executor, { ...DEFAULT_LIMITS, ...limits });
        const server = makeServer(hostServices(), { executor, runner, onShutdown: life.endSoon });
        const { version } = executor.metadata();
        await bind(server, place.path);
        writeHandshake(handshakeLine(place.path));
        life.serving();
        hostLog('info', 'The plugin is ready.', { version });
        for (const folder of new Set([place.parent, tmpdir()])) removeLeftovers(folder);
    } catch (thrown) {
        hostLog('error', `The plugin cannot start: ${failureOf(thrown).details}`);
        process.exit(1);
    }
}

function bind(server: Server, socket: string): Promise<void> {
    return new Promise((resolve, reject) => {
        server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
            error ? reject(error) : resolve(),
        );
    });
}
