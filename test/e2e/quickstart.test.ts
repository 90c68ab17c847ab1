/**
 * @needs prometheus
 * @needs prometheus-alertmanager
 * @needs ansible-playbook
 */
import { spawnSync } from 'node:child_process';
import {
    existsSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    realpathSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { prepareUserDir } from '../../flows/quickstart/node-red';
import { NODE_RED_PACKAGE } from '../support/node-red';
import { ROOT } from '../support/package';
import { freePort, type RunningProgram, spawnUntil, stop, until } from '../support/processes';

const environment = { ...process.env, NODE_RED_PACKAGE, OPENAI_API_KEY: '', OLLAMA_HOST: '' };

/** Ids of processes that a quickstart marked as its own. */
function markedProcesses(folder: string): number[] {
    return readdirSync('/proc')
        .map(Number)
        .filter((pid) => {
            try {
                return (
                    pid > 0 &&
                    readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`ALERT_TO_FIX_QUICKSTART=${folder}`)
                );
            } catch {
                return false;
            }
        });
}

test('npm run demo: a real alert is diagnosed, approved, fixed and verified, and nothing is left running', () => {
    const demo = spawnSync(process.execPath, [path.join(ROOT, 'dist/flows/quickstart/demo.js')], {
        encoding: 'utf8',
        env: environment,
        timeout: 240_000,
    });
    expect(demo.stderr).toBe('');
    expect(demo.stdout).toMatch(/verification: cleared/);
    expect(demo.stdout).toMatch(/Alertmanager no longer lists the alert/);
    expect(demo.status).toBe(0);
});

const START = path.join(ROOT, 'dist/flows/quickstart/start.js');
const folder = path.join(ROOT, '.quickstart');

/** `npm start`, on this port. */
async function begin(port: number): ReturnType<typeof spawnUntil> {
    return spawnUntil({
        command: process.execPath,
        args: [START],
        options: { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment, PORT: String(port) } },
        ready: (program) => program.output().includes('Ctrl-C stops everything'),
        withinMs: 120_000,
    });
}

/** What `npm start` printed behind this name. */
function printed(started: RunningProgram, name: RegExp): string {
    return new RegExp(`${name.source}\\s+(\\S+)`).exec(started.output())?.[1] ?? '';
}

test('npm start prints the addresses; Ctrl-C leaves nothing running; started again it is where it was', async () => {
    for (const round of ['first', 'second']) {
        const started = await begin(await freePort());
        expect(`${round}: ${(await fetch(printed(started, /Incident page/))).status}`).toBe(`${round}: 200`);
        expect((await fetch(printed(started, /Editor/))).status).toBe(200);
        expect(started.output()).toContain('the rule engine');
        expect(markedProcesses(folder).length).toBeGreaterThanOrEqual(4);
        await stop(started, 'SIGINT');
        await until(() => markedProcesses(folder).length === 0);
    }
    expect(existsSync(path.join(folder, 'library/runbooks/print-spool-full.yaml'))).toBe(true);
});

test('interrupted while it starts, it leaves nothing running', async () => {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        const starting = await spawnUntil({
            command: process.execPath,
            args: [START],
            options: { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment, PORT: String(await freePort()) } },
            ready: () => markedProcesses(folder).length >= 4,
        });
        await stop(starting, signal);
        expect([starting.child.exitCode, starting.output()]).toEqual([0, '']);
        expect(markedProcesses(folder)).toEqual([]);
    }
});

test('a program that ends by itself is named at once, and the others are stopped', () => {
    const programs = mkdtempSync(path.join(tmpdir(), 'a2f-programs-'));
    writeFileSync(path.join(programs, 'prometheus'), '#!/bin/sh\nexit 7\n', { mode: 0o755 });
    const env = { ...environment, OLLAMA_HOST: '192.0.2.1', PATH: `${programs}${path.delimiter}${process.env.PATH}` };
    const ended = spawnSync(process.execPath, [START], { encoding: 'utf8', env, timeout: 60_000 });
    expect([ended.status, ended.stderr]).toEqual([
        1,
        `prometheus ended by itself (exit code 7)\nLogs: ${path.join(folder, 'logs')}\n`,
    ]);
    expect(markedProcesses(folder)).toEqual([]);
    rmSync(programs, { recursive: true });
});

test('a program that is not there is named, and no other was started', () => {
    const missing = spawnSync(process.execPath, [START], {
        encoding: 'utf8',
        env: { ...environment, PATH: path.join(folder, 'no-such') },
        timeout: 60_000,
    });
    expect([missing.status, missing.stderr]).toEqual([1, expect.stringContaining('prometheus is not on the PATH')]);
    expect(markedProcesses(folder)).toEqual([]);
});

test('a stranger that has the number of the print worker now is neither taken for it nor killed', async () => {
    const shop = mkdtempSync(path.join(tmpdir(), 'a2f-shop-'));
    const stranger = await spawnUntil({ command: 'sleep', args: ['1000'], ready: () => true });
    writeFileSync(path.join(shop, 'worker.pid'), String(stranger.pid));
    const port = await freePort();
    const service = await spawnUntil({
        command: process.execPath,
        args: [path.join(ROOT, 'dist/flows/quickstart/demo-service.js'), String(port), shop],
        ready: async () => (await fetch(`http://127.0.0.1:${port}`)).ok,
    });
    expect(Number(readFileSync(path.join(shop, 'worker.pid'), 'utf8'))).not.toBe(stranger.pid);
    writeFileSync(path.join(shop, 'worker.pid'), String(stranger.pid));
    await fetch(`http://127.0.0.1:${port}/break/worker`, { method: 'POST' });
    expect(await (await fetch(`http://127.0.0.1:${port}`)).text()).toContain('worker down');
    await stop(service, 'SIGTERM');
    expect([stranger.child.exitCode, stranger.child.signalCode]).toEqual([null, null]);
    await stop(stranger, 'SIGKILL');
    rmSync(shop, { recursive: true });
});

test('a project folder that was copied runs its own nodes, not those it was copied from', () => {
    const link = path.join(folder, 'node-red/node_modules/@alert-to-fix/node-red');
    rmSync(link);
    symlinkSync(path.join(folder, 'an-older-place'), link, 'dir');
    prepareUserDir(ROOT, path.join(folder, 'node-red'), 1880);
    expect(realpathSync(link)).toBe(realpathSync(ROOT));
});

test('a second npm start is refused and harms nothing; one that was killed is started again at the same port', async () => {
    const port = await freePort();
    const killed = await begin(port);
    const second = spawnSync(process.execPath, [START], { encoding: 'utf8', env: environment, timeout: 60_000 });
    expect([second.status, second.stderr]).toEqual([
        1,
        expect.stringContaining(`already running at http://127.0.0.1:${port}/ (pid ${killed.pid})`),
    ]);
    expect((await fetch(printed(killed, /Incident page/))).status).toBe(200);

    await stop(killed, 'SIGKILL');
    const again = await begin(port);
    expect(printed(again, /Editor/)).toBe(`http://127.0.0.1:${port}/`);
    await stop(again, 'SIGINT');
    await until(() => markedProcesses(folder).length === 0);
});

test('a fix that waits is withdrawn when the print shop is mended by hand', async () => {
    const started = await begin(await freePort());
    const shop = /(http:\S+)\/repair/.exec(started.output())?.[1] ?? '';
    const incidents = async (): Promise<{ stage: string; reason?: string }[]> => {
        const answer = await fetch(`${printed(started, /Incident page/)}api/incidents`);
        return ((await answer.json()) as { incidents: { stage: string }[] }).incidents;
    };
    const newest = async (): Promise<string | undefined> => (await incidents())[0]?.stage;
    const tells = async (words: string): Promise<boolean> => (await (await fetch(shop)).text()).includes(words);
    await fetch(`${shop}/repair`, { method: 'POST' });
    await until(() => tells('worker up'));
    const before = (await incidents()).length;
    await fetch(`${shop}/break/worker`, { method: 'POST' });
    await until(() => tells('worker down'));
    await until(async () => (await incidents()).length > before && (await newest()) === 'waiting', 120_000);
    expect((await fetch(`${shop}/repair`, { method: 'POST' })).ok).toBe(true);
    await until(async () => ['refused', 'closed'].includes((await newest()) ?? ''), 120_000);
    await stop(started, 'SIGINT');
    await until(() => markedProcesses(folder).length === 0);
});
