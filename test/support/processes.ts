import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';

/** A program that a test started. */
export interface RunningProgram {
    child: ChildProcess;
    pid: number;
    /** Everything it has written to standard output and standard error so far. */
    output(): string;
}

export interface Start {
    command: string;
    args?: readonly string[];
    options?: SpawnOptions;
    /** True once the program can be used; asked every 50 ms. A rejection counts as false. */
    ready(program: RunningProgram): Promise<boolean> | boolean;
    /** How long to wait for that, milliseconds; default a minute. */
    withinMs?: number;
}

const running = new Set<ChildProcess>();

process.once('exit', () => {
    for (const child of running) child.kill('SIGKILL');
});

/**
 * Ports below those that Linux gives to connections, and to servers that take any: nobody gets one by chance while its
 * server is yet to start, or away.
 */
const PORTS = { from: 10_000, each: 4_000, workers: 5 };
let lastPort = Math.floor(Math.random() * PORTS.each);

/** A free TCP port, another at each call. Test files that run at the same time never get the same one. */
export async function freePort(): Promise<number> {
    const worker = Number(process.env.JEST_WORKER_ID ?? 0) % PORTS.workers;
    for (let tries = 0; tries < PORTS.each; tries += 1) {
        lastPort = (lastPort + 1) % PORTS.each;
        const port = PORTS.from + worker * PORTS.each + lastPort;
        if (await isFree(port)) return port;
    }
    throw new Error('no port is free');
}

async function isFree(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const server = createServer();
        server.once('error', () => resolve(false));
        server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
}

/** Deletes a folder, also one into which a program that is about to end still writes. */
export async function removeFolder(folder: string): Promise<void> {
    await rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}

/**
 * Starts a program and waits until it is ready; rejects with its output when it ends or takes too long. It dies with
 * the test.
 */
export async function spawnUntil(start: Start): Promise<RunningProgram> {
    const child = spawn(start.command, [...(start.args ?? [])], {
        stdio: ['ignore', 'pipe', 'pipe'],
        ...start.options,
    });
    running.add(child);
    child.once('exit', () => running.delete(child));
    let failure: Error | undefined;
    child.once('error', (error) => {
        failure = error;
        running.delete(child);
    });
    let text = '';
    const collect = (chunk: Buffer): void => {
        text += chunk.toString('utf8');
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const program: RunningProgram = { child, pid: child.pid ?? 0, output: () => text };
    try {
        await until(async () => {
            if (failure) throw new Stopped(`${start.command} cannot be started: ${failure.message}`);
            if (hasEnded(child)) throw new Stopped(`${start.command} ended before it was ready`);
            return start.ready(program);
        }, start.withinMs ?? 60_000);
    } catch (error) {
        await stop(program);
        throw new Error(`${error instanceof Error ? error.message : String(error)}\n${text}`);
    }
    return program;
}

/** Ends the program by its own process id and waits until it is gone; SIGKILL follows when it takes more than 20 s. */
export async function stop(program: RunningProgram, signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    const { child } = program;
    if (program.pid === 0 || hasEnded(child)) return;
    await new Promise<void>((resolve) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), 20_000);
        child.once('exit', () => {
            clearTimeout(timer);
            resolve();
        });
        child.kill(signal);
    });
}

class Stopped extends Error {}

/** Asks every 50 ms until the condition holds; a rejection counts as "not yet" and is named when time runs out. */
export async function until(condition: () => Promise<boolean> | boolean, withinMs = 60_000): Promise<void> {
    const end = Date.now() + withinMs;
    let last: unknown;
    for (;;) {
        try {
            if (await condition()) return;
            last = undefined;
        } catch (error) {
            if (error instanceof Stopped) throw error;
            last = error;
        }
        if (Date.now() > end) {
            throw new Error(
                `the condition did not come true within ${withinMs} ms${last === undefined ? '' : `: ${String(last)}`}`,
            );
        }
        await pause(50);
    }
}

function hasEnded(child: ChildProcess): boolean {
    return child.exitCode !== null || child.signalCode !== null;
}
