import type { Node, NodeAPI, NodeDef } from 'node-red';
import { asFixError, FixError, failureText } from '../core/errors';
import type { ServiceNode } from './config-node';
import type { IncidentMessage } from './message';
import { FIRST_VERSION, type Migrations, migrated, registerMigrations } from './migrations';
import { Status } from './status';
import { noteFailedStep } from './undelivered';

/** Puts messages on the outputs: one array per output, or a single message for output 1. */
export type Send = (messages: IncidentMessage | (IncidentMessage | IncidentMessage[] | null)[]) => void;

/** What a node's builder gets. */
export interface NodeContext<Config extends NodeDef, Credentials extends object = object> {
    RED: NodeAPI;
    node: Node<Credentials>;
    /** In the newest version of the node's settings. */
    config: Config;
    status: Status;
    /** Aborted when the node closes: hand it to everything that waits. */
    closing: AbortSignal;
    /** Reports a failure outside of any message: status and log, never a rejection. */
    report: (thrown: unknown) => void;
    /** Runs background work whose failure is reported, never thrown. */
    background: (work: () => Promise<void>) => void;
}

/** What a node does. Every promise may reject: the funnel below turns it into status and `done(error)`. */
export interface NodeBehaviour {
    /** Called once all nodes of the deploy exist: connect, recover. */
    start?(): Promise<void>;
    input?(msg: IncidentMessage, send: Send): Promise<void>;
    /** `removed`: the node was deleted, not redeployed. */
    close?(removed: boolean): Promise<void>;
}

/** Longest wait for `close`; Node-RED itself gives up at 15 s. */
const CLOSE_MS = 10_000;

/** What a node type may declare beside its behaviour. */
export type NodeOptions = Parameters<NodeAPI['nodes']['registerType']>[2] & {
    /** How older settings are brought to the newest version; {@link FIRST_VERSION} while there is only one. */
    migrations?: Migrations;
};

/**
 * Registers a node type. `build` is called once per node, with its settings in the newest version; when it throws, or
 * when the settings are newer than this package, the node exists, is red, and answers every message with that error,
 * so that a Catch node sees it.
 */
export function defineNode<Config extends NodeDef, Credentials extends object = object>(
    RED: NodeAPI,
    type: string,
    build: (context: NodeContext<Config, Credentials>) => NodeBehaviour,
    { migrations = FIRST_VERSION, ...options }: NodeOptions = {},
): void {
    registerMigrations(type, migrations);
    function construct(this: Node<Credentials>, saved: Config): void {
        RED.nodes.createNode(this, saved);
        const node = this;
        const status = new Status(node);
        const closing = new AbortController();

        const report = (thrown: unknown): void => {
            if (closing.signal.aborted) return;
            const error = asFixError(thrown);
            status.failed(error.code);
            node.error(failureText(error, { field: true }));
        };
        const background = (work: () => Promise<void>): void => {
            work().catch(report);
        };

        let behaviour: NodeBehaviour;
        try {
            const { settings: config } = migrated(type, saved);
            behaviour = build({ RED, node, config, status, closing: closing.signal, report, background });
        } catch (thrown) {
            const error = asFixError(thrown);
            report(error);
            (node as ServiceNode<never>).unusable = error;
            behaviour = { input: () => Promise.reject(error) };
        }

        if (behaviour.input) listen(node, status, behaviour.input.bind(behaviour));
        const { start } = behaviour;
        if (start) setImmediate(() => !closing.signal.aborted && background(() => start.call(behaviour)));
        endWith(node, behaviour, closing);
    }
    RED.nodes.registerType(type, construct as never, options);
}

/** Hands messages to the node; what it rejects with becomes the status and the answer to the message. */
function listen(node: Node, status: Status, input: NonNullable<NodeBehaviour['input']>): void {
    node.on('input', (msg, send, done) => {
        const finish = once(done);
        Promise.resolve()
            .then(() => input(msg as IncidentMessage, send as Send))
            .then(() => finish())
            .catch((thrown: unknown) => {
                const { incident } = msg as IncidentMessage;
                if (typeof incident?.id === 'string') noteFailedStep(incident.id, thrown);
                const error = withSentence(asFixError(thrown));
                status.failed(error.code);
                finish(error);
            });
    });
}

/** Ends what waits when the node closes, and lets its `close` take so long and no longer. */
function endWith(node: Node, behaviour: NodeBehaviour, closing: AbortController): void {
    node.on('close', (removed: boolean, done: () => void) => {
        closing.abort();
        const finish = once(done);
        const timer = setTimeout(finish, CLOSE_MS);
        Promise.resolve(behaviour.close?.(removed))
            .catch((thrown: unknown) => node.warn(`while closing: ${failureText(thrown)}`))
            .finally(() => {
                clearTimeout(timer);
                finish();
            });
    });
}

/** A copy, because one error may answer many messages. */
function withSentence(error: FixError): FixError {
    const { code, field, cure, cause } = error;
    return new FixError(code, failureText(error, { field: true }), { field, cure, cause });
}

function once<Arguments extends unknown[]>(call: (...args: Arguments) => void): (...args: Arguments) => void {
    let called = false;
    return (...args) => {
        if (called) return;
        called = true;
        call(...args);
    };
}
