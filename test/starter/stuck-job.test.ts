// @needs ansible-playbook
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, setGroupVariables, snapshot, trustedFolder } from '../support/ansible-playbook';

const parameters = { batch_job: 'nightly-backup', stuck_after_minutes: 30 };
let folder: string;
let lock: string;
let program: string;
let job: ChildProcess | undefined;

/** Writes a lock as the job would have done so many minutes ago. */
function lockedBy(holder: number | string, minutesAgo = 60): void {
    fs.writeFileSync(lock, `${holder}\n`);
    const then = Date.now() / 1000 - minutesAgo * 60;
    fs.utimesSync(lock, then, then);
}

/** A job that hangs; a deaf one ignores SIGTERM. */
async function hangingJob(): Promise<number> {
    job = spawn(process.execPath, [program], { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise((resolve) => job?.stdout?.once('data', resolve));
    return job.pid ?? 0;
}

const deadProcess = (): number => spawnSync(process.execPath, ['-e', '0']).pid;
const alive = (): boolean => job !== undefined && job.exitCode === null && job.signalCode === null;

beforeEach(() => {
    folder = trustedFolder({});
    lock = path.join(folder, 'backup.lock');
    program = path.join(folder, 'nightly-backup.cjs');
    fs.writeFileSync(program, `process.stdout.write('started'); setInterval(() => undefined, 1000);`);
    setGroupVariables(folder, { job_catalogue: { 'nightly-backup': { lock_file: lock, process: program } } });
});
afterEach(() => {
    job?.kill('SIGKILL');
    job = undefined;
    fs.rmSync(folder, { recursive: true, force: true });
});

test('a lock whose process is gone is removed', async () => {
    lockedBy(deadProcess());
    const before = snapshot(folder);
    const dryRun = await runPlaybook(folder, 'remove-stale-lock.yml', parameters, 'check');
    expect(dryRun).toMatchObject({ exitCode: 0, changedTasks: ['Remove the lock file'] });
    expect(dryRun.output).toContain('"state": "absent"');
    expect(snapshot(folder)).toEqual(before);

    expect(await runPlaybook(folder, 'remove-stale-lock.yml', parameters)).toMatchObject({ exitCode: 0, changed: 1 });
    expect(fs.existsSync(lock)).toBe(false);
    expect(await runPlaybook(folder, 'remove-stale-lock.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
});

test('a stuck job is ended and its lock removed', async () => {
    const pid = await hangingJob();
    lockedBy(pid);
    const before = snapshot(folder);
    const dryRun = await runPlaybook(folder, 'stop-stuck-job.yml', parameters, 'check');
    expect(dryRun).toMatchObject({
        exitCode: 0,
        changedTasks: [`Ask process ${pid} (nightly-backup) to end`, 'Remove the lock file'],
    });
    expect(alive()).toBe(true);
    expect(snapshot(folder)).toEqual(before);

    expect(await runPlaybook(folder, 'stop-stuck-job.yml', parameters)).toMatchObject({ exitCode: 0, changed: 2 });
    expect(alive()).toBe(false);
    expect(fs.existsSync(lock)).toBe(false);
    expect(await runPlaybook(folder, 'stop-stuck-job.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
});

test('a job that does not listen to SIGTERM is ended by force', async () => {
    fs.appendFileSync(program, `process.on('SIGTERM', () => undefined);`);
    lockedBy(await hangingJob());
    expect(await runPlaybook(folder, 'stop-stuck-job.yml', parameters)).toMatchObject({ exitCode: 0, changed: 3 });
    expect(alive()).toBe(false);
});

test('a foreign process that got the old process id is left alone; its lock is stale', async () => {
    lockedBy(process.pid);
    expect(await runPlaybook(folder, 'stop-stuck-job.yml', parameters)).toMatchObject({
        exitCode: 0,
        changedTasks: ['Remove the lock file'],
    });
});

describe('nothing is touched when', () => {
    async function refused(
        playbook: string,
        hostile: Partial<Record<keyof typeof parameters, string | number>>,
        message: string,
    ): Promise<void> {
        const before = snapshot(folder);
        const result = await runPlaybook(folder, playbook, { ...parameters, ...hostile });
        expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
        expect(result.output).toContain(message);
        expect(snapshot(folder)).toEqual(before);
    }

    test('the lock is asked for as stale but its process lives', async () => {
        lockedBy(await hangingJob());
        await refused('remove-stale-lock.yml', {}, 'still holds the lock');
        expect(alive()).toBe(true);
    });
    test('the lock is young', async () => {
        lockedBy(await hangingJob(), 1);
        await refused('stop-stuck-job.yml', {}, 'younger than 30 minutes');
        expect(alive()).toBe(true);
    });
    test('the lock holds no process id', async () => {
        lockedBy("1; touch owned {{ lookup('pipe', 'touch owned') }}");
        await refused('stop-stuck-job.yml', {}, 'does not hold a process id');
    });
    test('the lock is a folder', async () => {
        fs.mkdirSync(lock);
        await refused('remove-stale-lock.yml', {}, 'not a plain file');
    });
    test('the job is not in the catalogue', () =>
        refused('stop-stuck-job.yml', { batch_job: 'other' }, 'not in job_catalogue'));
    test('the job name is a template', () =>
        refused('stop-stuck-job.yml', { batch_job: '{{ 7 * 7 }}' }, 'letters, digits'));
});
