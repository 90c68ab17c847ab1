import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** How the next process of the service behaves: `dies` at once, `burns` the CPU, `leaks` memory, `ignores` SIGTERM. */
export type Fault = 'dies' | 'burns' | 'leaks' | 'ignores';

/**
 * A real service that is managed by pid file and start command, as in a container. A fault lasts until the next start.
 */
export interface BreakableService {
    /** Its entry in `service_catalogue`. */
    entry: { pid_file: string; process: string; start: string[] };
    start(fault?: Fault): number;
    /** Process id from the pid file; 0 when that process is gone. */
    pid(): number;
    nice(): number;
    kill(): void;
}

const PROGRAM = `
const fs = require('node:fs');
const fault = fs.existsSync('fault') ? fs.readFileSync('fault', 'utf8') : '';
fs.rmSync('fault', { force: true });
fs.writeFileSync('service.pid', process.pid + '\\n');
if (fault === 'dies') process.exit(1);
if (fault === 'ignores') process.on('SIGTERM', () => undefined);
if (fault === 'leaks') globalThis.leak = Buffer.alloc(150 * 1048576, 1);
if (fault === 'burns') setInterval(() => { for (const end = Date.now() + 100; Date.now() < end;); }, 1);
fs.writeFileSync('ready', '');
setInterval(() => undefined, 1000);
`;

const STARTER = `#!${process.execPath}
const { spawn } = require('node:child_process');
const program = __dirname + '/service.cjs';
spawn(process.execPath, [program], { cwd: __dirname, detached: true, stdio: 'ignore' }).unref();
`;

/** Writes the service into a folder of its own; it does not run yet. */
export function breakableService(folder: string): BreakableService {
    fs.mkdirSync(folder, { recursive: true });
    const file = (name: string): string => path.join(folder, name);
    fs.writeFileSync(file('service.cjs'), PROGRAM);
    fs.writeFileSync(file('start.cjs'), STARTER, { mode: 0o755 });

    const pid = (): number => {
        const claimed = fs.existsSync(file('service.pid')) ? Number(fs.readFileSync(file('service.pid'), 'utf8')) : 0;
        return claimed > 1 && commandLine(claimed).includes(file('service.cjs')) ? claimed : 0;
    };
    const kill = (): void => {
        const running = pid();
        if (running > 0) process.kill(running, 'SIGKILL');
        waitFor(() => pid() === 0);
    };
    const start = (fault?: Fault): number => {
        for (const name of ['ready', 'service.pid']) fs.rmSync(file(name), { force: true });
        if (fault !== undefined) fs.writeFileSync(file('fault'), fault);
        spawnSync(file('start.cjs'));
        waitFor(() => fs.existsSync(file(fault === 'dies' ? 'service.pid' : 'ready')));
        if (fault === 'dies') waitFor(() => pid() === 0);
        return pid();
    };
    const nice = (): number =>
        Number(fs.readFileSync(`/proc/${pid()}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[16]);
    return {
        entry: { pid_file: file('service.pid'), process: file('service.cjs'), start: [file('start.cjs')] },
        start,
        pid,
        nice,
        kill,
    };
}

function commandLine(pid: number): string {
    try {
        return fs.readFileSync(`/proc/${pid}/cmdline`, 'utf8');
    } catch {
        return '';
    }
}

function waitFor(condition: () => boolean): void {
    for (let tries = 0; tries < 1_200; tries++) {
        if (condition()) return;
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 50);
    }
    throw new Error('the breakable service did not get there within a minute');
}
