import { status } from '@grpc/grpc-js';
import { FixError, failureText } from '../../nodes/core/errors';
import { type SlotLimits, Slots } from '../../nodes/core/slots';
import { cut } from '../../nodes/core/text/cut';
import { redact } from '../../nodes/core/text/redact';
import { hostLog } from './log';
import type { BotkubeMessage, ExecuteRequest, PluginExecutor } from './types';
import { messageBytes, readRequest, type WireRequest, type WireResponse, writeResponse } from './wire';

export interface RunnerLimits {
    /** Milliseconds a command may take, where the executor names no other; the host sets no limit at all. */
    deadlineMs: number;
    /** Commands at a time, and how many more may wait: a diagnosis costs memory, sockets and money. */
    queue: Required<SlotLimits>;
}

/** What the host gets instead of an answer; it shows `details` to the user. */
export interface CallFailure {
    code: status;
    details: string;
}

const MAX_DETAILS = 1_000;

/** A command that ended without an answer of its own. */
class Stopped extends Error {
    constructor(
        readonly code: status,
        message: string,
    ) {
        super(message);
    }
}

/** Runs commands within their limits. Whatever a command does, the host gets an answer or a failure with a sentence. */
export class CommandRunner {
    private readonly slots: Slots;

    constructor(
        private readonly executor: PluginExecutor,
        private readonly limits: RunnerLimits,
    ) {
        this.slots = new Slots(limits.queue);
    }

    /** Rejects with a {@link CallFailure}. */
    async execute(wire: WireRequest, stop: AbortController): Promise<WireResponse> {
        try {
            const request = readRequest(wire);
            if (this.slots.full)
                throw new Stopped(
                    status.RESOURCE_EXHAUSTED,
                    'Too many commands run at the moment. Try again in a minute.',
                );
            const { signal } = stop;
            const run = () =>
                this.slots.run(signal, () => orAborted(signal, () => this.executor.execute(request, signal)));
            return writeResponse(await within(this.deadlineOf(request), stop, run));
        } catch (thrown) {
            throw failureOf(thrown);
        }
    }

    /** JSON of the help. Never empty, or the user would see nothing. */
    async help(): Promise<Buffer> {
        try {
            return messageBytes(await this.executor.help());
        } catch (thrown) {
            const { details } = failureOf(thrown);
            const apology: BotkubeMessage = { baseBody: { plaintext: `The help cannot be shown: ${details}` } };
            return messageBytes(apology);
        }
    }

    private deadlineOf(request: ExecuteRequest): number {
        try {
            return this.executor.deadlineMs?.(request) ?? this.limits.deadlineMs;
        } catch {
            return this.limits.deadlineMs; // The command itself will say what is wrong with the configuration.
        }
    }
}

/** Aborts `stop` when the work has not ended in time. */
async function within<T>(milliseconds: number, stop: AbortController, work: () => Promise<T>): Promise<T> {
    const overdue = new Stopped(
        status.DEADLINE_EXCEEDED,
        `The command took longer than ${milliseconds / 1000} s and was stopped.`,
    );
    const timer = setTimeout(() => stop.abort(overdue), milliseconds);
    try {
        return await work();
    } finally {
        clearTimeout(timer);
    }
}

/** Rejects with the signal's reason as soon as that aborts, whether or not the work listens: its slot is then free. */
function orAborted<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
        if (signal.aborted) return reject(signal.reason);
        signal.addEventListener('abort', () => reject(signal.reason), { once: true });
        work().then(resolve, reject);
    });
}

/** Why a call that the host cancelled ends. */
export function cancelled(): Error {
    return new Stopped(status.CANCELLED, 'The command was cancelled.');
}

/** The failure of anything thrown. A fault of ours is logged with its place; a refusal is the user's to read. */
export function failureOf(thrown: unknown): CallFailure {
    if (thrown instanceof Stopped) return { code: thrown.code, details: thrown.message };
    if (thrown instanceof FixError) {
        return {
            code: status.FAILED_PRECONDITION,
            details: sentence(failureText(thrown)),
        };
    }
    hostLog('error', thrown, { kind: 'command failed' });
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return { code: status.INTERNAL, details: sentence(`The command failed: ${message}`) };
}

function sentence(text: string): string {
    return cut(redact(text), MAX_DETAILS);
}
