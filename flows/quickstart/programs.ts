import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

/** A program of the quickstart, and how to end it. */
export interface Program {
    name: string;
    child: ChildProcess;
    stop(): Promise<void>;
}

const STOP_MS = 8_000;

/** Where programs are looked for: a virtual environment in the project first, then the PATH. */
export function searchPath(root: string): string {
    return [path.join(root, '.venv', 'bin'), process.env.PATH ?? ''].join(path.delimiter);
}

/** The first of the names that is on the search path; throws with the names otherwise. */
export function findProgram(root: string, ...names: string[]): string {
    for (const folder of searchPath(root).split(path.delimiter)) {
        for (const name of names) {
            const file = path.join(folder, name);
            if (folder !== '' && existsSync(file)) return file;
        }
    }
    throw new Error(`${names.join(' or ')} is not on the PATH. Run: node .ci/setup.cjs start`);
}

/** `wanted` if it is free on 127.0.0.1, else any free port. */
export async function freePort(wanted = 0): Promise<number> {
    return new Promise((resolve, reject) => {
        const server = createServer();
        server.once('error', () => (wanted === 0 ? reject(new Error('no free port')) : resolve(freePort())));
        server.listen(wanted, '127.0.0.1', () => {
            const address = server.address();
            const port = address !== null && typeof address === 'object' ? address.port : 0;
            server.close(() => resolve(port));
        });
    });
}

/** Starts a program; its output goes to `onLine`. It is ended by its own pid, SIGKILL after 8 s. */
export function startProgram(
    name: string,
    command: string,
    args: string[],
    options: { env?: NodeJS.ProcessEnv; cwd?: string; onLine: (line: string) => void },
): Program {
    const child = spawn(command, args, {
        cwd: options.cwd,
        env: options.env ?? process.env,
        stdio: ['ignore', 'pipe', 'pipe'],
    });
    const print = (chunk: Buffer): void => chunk.toString('utf8').split('\n').filter(Boolean).forEach(options.onLine);
    child.stdout.on('data', print);
    child.stderr.on('data', print);
    child.on('error', (error) => options.onLine(`cannot start: ${error.message}`));
    return { name, child, stop: () => stopChild(child) };
}

function stopChild(child: ChildProcess): Promise<void> {
    if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return Promise.resolve();
    return new Promise((resolve) => {
        const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
        child.once('exit', () => {
            clearTimeout(timer);
            resolve();
        });
        child.kill('SIGTERM');
    });
}

/** Polls until `probe` answers true; throws after `timeoutMs` naming `what`, and when `signal` is aborted. */
export async function waitUntil(
    what: string,
    probe: () => Promise<boolean>,
    { timeoutMs = 60_000, signal }: { timeoutMs?: number; signal?: AbortSignal } = {},
): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
        signal?.throwIfAborted();
        if (await probe().catch(() => false)) return;
        if (Date.now() > deadline) throw new Error(`${what} did not happen within ${timeoutMs / 1000} s`);
        await pause(150);
    }
}

/** True when a GET answers with 2xx. */
export async function answers(url: string): Promise<boolean> {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
}
