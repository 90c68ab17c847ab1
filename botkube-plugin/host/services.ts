import { type handleUnaryCall, Server, status } from '@grpc/grpc-js';
import type { HostServices } from './proto';
import { type CallFailure, type CommandRunner, cancelled, failureOf } from './runner';
import type { PluginExecutor } from './types';
import { type WireMetadata, type WireRequest, type WireResponse, writeMetadata } from './wire';

/** The name under which go-plugin's host asks for the plugin's health. */
const HEALTH_OF_PLUGIN = 'plugin';

/** What answers the host. */
export interface Answering {
    executor: PluginExecutor;
    runner: CommandRunner;
    /** The host asked the plugin to end; its answer is being sent. */
    onShutdown(): void;
}

/**
 * A server of all services that Botkube calls. Its stdio and broker streams are not needed: it logs that and goes on.
 */
export function makeServer(services: HostServices, answering: Answering): Server {
    const server = new Server({ 'grpc.max_receive_message_length': -1 });
    server.addService(services.executor, executorService(answering));
    server.addService(services.health, { Check: check });
    server.addService(services.controller, { Shutdown: shutdown(answering) });
    return server;
}

function executorService({ executor, runner }: Answering) {
    const execute: handleUnaryCall<WireRequest, WireResponse> = (call, answer) => {
        const stop = new AbortController();
        const onCancelled = (): void => stop.abort(cancelled());
        call.on('cancelled', onCancelled);
        runner
            .execute(call.request, stop)
            .finally(() => call.off('cancelled', onCancelled)) // A busy machine reports it of answered calls too.
            .then(
                (response) => answer(null, response),
                (failure: CallFailure) => answer(failure),
            );
    };
    const help: handleUnaryCall<object, { help: Buffer }> = (_call, answer) => {
        void runner.help().then((bytes) => answer(null, { help: bytes }));
    };
    const metadata: handleUnaryCall<object, WireMetadata> = (_call, answer) => {
        try {
            answer(null, writeMetadata(executor.metadata()));
        } catch (thrown) {
            answer(failureOf(thrown));
        }
    };
    return { Execute: execute, Help: help, Metadata: metadata };
}

const check: handleUnaryCall<{ service: string }, { status: string }> = (call, answer) => {
    const { service } = call.request;
    if (service === '' || service === HEALTH_OF_PLUGIN) answer(null, { status: 'SERVING' });
    else answer({ code: status.NOT_FOUND, details: `unknown service ${service}` });
};

function shutdown({ onShutdown }: Answering): handleUnaryCall<object, object> {
    return (_call, answer) => {
        answer(null, {});
        onShutdown();
    };
}
