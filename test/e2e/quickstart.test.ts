/**
 * @needs prometheus
 * @needs prometheus-alertmanager
 * @needs ansible-playbook
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { NODE_RED_PACKAGE } from '../support/node-red';
import { ROOT } from '../support/package';
import { freePort, spawnUntil, stop, until } from '../support/processes';

const environment = { ...process.env, NODE_RED_PACKAGE, OPENAI_API_KEY: '', OLLAMA_HOST: '' };

/** Ids of processes that a quickstart marked as its own. */
function markedProcesses(folder: string): number[] {
    return readdirSync('/proc').map(Number).filter((pid) => {
        try {
            return pid > 0 && readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`ALERT_TO_FIX_QUICKSTART=${folder}`);
        } catch {
            return false;
        }
    });
}

test('npm run demo: a real alert is diagnosed, approved, fixed and verified, and nothing is left running', () => {
    const demo = spawnSync(process.execPath, [path.join(ROOT, 'dist/flows/quickstart/demo.js')], { encoding: 'utf8', env: environment, timeout: 240_000 });
    expect(demo.stderr).toBe('');
    expect(demo.stdout).toMatch(/verification: cleared/);
    expect(demo.stdout).toMatch(/Alertmanager no longer lists the alert/);
    expect(demo.status).toBe(0);
});

test('npm start prints the addresses; Ctrl-C leaves nothing running; started again it is where it was', async () => {
    const folder = path.join(ROOT, '.quickstart');
    const begin = async (): ReturnType<typeof spawnUntil> => spawnUntil({
        command: process.execPath,
        args: [path.join(ROOT, 'dist/flows/quickstart/start.js')],
        options: { stdio: ['ignore', 'pipe', 'pipe'], env: { ...environment, PORT: String(await freePort()) } },
        ready: (program) => program.output().includes('Ctrl-C stops everything'),
        withinMs: 120_000,
    });
    for (const round of ['first', 'second']) {
        const started = await begin();
        const page = /Incident page\s+(\S+)/.exec(started.output())?.[1] ?? '';
        const editor = /Editor\s+(\S+)/.exec(started.output())?.[1] ?? '';
        expect(`${round}: ${(await fetch(page)).status}`).toBe(`${round}: 200`);
        expect((await fetch(editor)).status).toBe(200);
        expect(started.output()).toContain('the rule engine');
        expect(markedProcesses(folder).length).toBeGreaterThanOrEqual(4);
        await stop(started, 'SIGINT');
        await until(() => markedProcesses(folder).length === 0);
    }
    expect(existsSync(path.join(folder, 'library/runbooks/print-spool-full.yaml'))).toBe(true);
});
