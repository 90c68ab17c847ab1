// @needs ansible-playbook
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, setGroupVariables, snapshot, trustedFolder } from '../support/ansible-playbook';

const QUOTA = 1_000_000;
const parameters = { mountpoint: '/', older_than_days: 3, max_files: 50 };
let folder: string;
let spool: string;

function write(file: string, daysOld: number, bytes = 200_000): void {
    fs.mkdirSync(path.dirname(path.join(folder, file)), { recursive: true });
    fs.writeFileSync(path.join(folder, file), Buffer.alloc(bytes));
    const then = Date.now() / 1000 - daysOld * 86_400;
    fs.utimesSync(path.join(folder, file), then, then);
}

const used = (): number =>
    fs.readdirSync(spool).reduce((sum, name) => sum + fs.statSync(path.join(spool, name)).size, 0);

/** The mountpoint of the temp folder: the highest parent on the same device. */
function mountpointOf(start: string): string {
    const parent = path.dirname(start);
    return parent === start || fs.statSync(parent).dev !== fs.statSync(start).dev ? start : mountpointOf(parent);
}

beforeEach(() => {
    folder = trustedFolder({});
    spool = path.join(folder, 'spool');
    parameters.mountpoint = mountpointOf(folder);
    setGroupVariables(folder, { cleanable_directories: [{ path: spool, patterns: ['*.job'] }] });
    for (const day of [9, 8, 7, 6]) write(`spool/old-${day}.job`, day);
    write('spool/new.job', 0);
    write('spool/old.db', 9);
    write('spool/nested/old.job', 9);
    write('elsewhere/old.job', 9);
    fs.symlinkSync(path.join(folder, 'elsewhere'), path.join(spool, 'link.job'));
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

test('a full spool falls below its quota, and only old files of the pattern go', async () => {
    expect(used()).toBeGreaterThan(QUOTA);
    const before = snapshot(folder);

    const dryRun = await runPlaybook(folder, 'clean-old-files.yml', parameters, 'check');
    expect(dryRun).toMatchObject({ exitCode: 0, changedTasks: ['Delete old file'] });
    expect(dryRun.output).toContain('old-9.job');
    expect(dryRun.output).not.toContain('old.db');
    expect(snapshot(folder)).toEqual(before);

    expect(await runPlaybook(folder, 'clean-old-files.yml', parameters)).toMatchObject({ exitCode: 0, changed: 1 });
    expect(used()).toBeLessThan(QUOTA);
    expect(fs.readdirSync(spool).sort()).toEqual(['link.job', 'nested', 'new.job', 'old.db']);
    expect(fs.existsSync(path.join(folder, 'elsewhere/old.job'))).toBe(true);

    expect(await runPlaybook(folder, 'clean-old-files.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
});

test('max_files limits the run to the oldest files', async () => {
    expect(await runPlaybook(folder, 'clean-old-files.yml', { ...parameters, max_files: 2 })).toMatchObject({
        exitCode: 0,
    });
    expect(fs.readdirSync(spool).filter((name) => name.startsWith('old-'))).toEqual(['old-6.job', 'old-7.job']);
});

test.each([
    ['a template', { mountpoint: "{{ lookup('pipe', 'touch owned') }}" }, 'mountpoint must be an absolute path'],
    ['a shell command', { mountpoint: '/; rm -rf /tmp' }, 'mountpoint must be an absolute path'],
    ['an age of nothing', { older_than_days: 0 }, 'older_than_days at least 1'],
    ['a mountpoint that is not there', { mountpoint: '/no/such/mountpoint' }, 'not a directory of this host'],
])('%s is refused and nothing is deleted', async (_case, hostile, message) => {
    const before = snapshot(folder);
    const result = await runPlaybook(folder, 'clean-old-files.yml', { ...parameters, ...hostile });
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain(message);
    expect(snapshot(folder)).toEqual(before);
});

test('a catalogue that names the root of the machine is refused', async () => {
    setGroupVariables(folder, { cleanable_directories: [{ path: '/', patterns: ['*'], recurse: true }] });
    const result = await runPlaybook(folder, 'clean-old-files.yml', parameters, 'check');
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain('at least two levels');
});

test('files of another filesystem stay', async () => {
    expect(await runPlaybook(folder, 'clean-old-files.yml', { ...parameters, mountpoint: '/proc' })).toMatchObject({
        exitCode: 0,
        changed: 0,
    });
});
