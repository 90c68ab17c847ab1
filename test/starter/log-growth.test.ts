// @needs ansible-playbook
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, setGroupVariables, snapshot, trustedFolder } from '../support/ansible-playbook';

const MIB = 1_048_576;
let folder: string;
let log: string;
let parameters: { log_file: string; max_mib: number; keep_mib: number };

beforeEach(() => {
    folder = trustedFolder({});
    fs.mkdirSync(path.join(folder, 'log'));
    log = path.join(folder, 'log/shop.log');
    parameters = { log_file: log, max_mib: 3, keep_mib: 1 };
    setGroupVariables(folder, { log_directories: [path.join(folder, 'log')] });
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

/** A program that appends a numbered line at every word on its standard input; it starts with 5 MiB. */
async function logger(): Promise<ChildProcess> {
    const program = `
        const fs = require('node:fs');
        const log = fs.openSync(process.argv[1], 'a');
        let n = 0;
        const write = () => fs.writeSync(log, String(n++).padStart(1023, '.') + '\\n');
        while (n < 5120) write();
        process.stdout.write('ready');
        process.stdin.on('data', () => { write(); process.stdout.write('written'); });`;
    const child = spawn(process.execPath, ['-e', program, log], { stdio: ['pipe', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    return child;
}

test('a grown log is emptied while its program keeps writing, and its end is kept', async () => {
    const program = await logger();
    try {
        fs.chmodSync(log, 0o640);
        const before = snapshot(folder);
        const dryRun = await runPlaybook(folder, 'empty-log.yml', parameters, 'check');
        expect(dryRun).toMatchObject({
            exitCode: 0,
            changedTasks: [`Keep the last 1 MiB of ${log} in ${log}.kept`, `Empty ${log}`],
        });
        expect(snapshot(folder)).toEqual(before);

        expect(await runPlaybook(folder, 'empty-log.yml', parameters)).toMatchObject({ exitCode: 0, failed: 0 });
        expect(fs.statSync(log).size).toBe(0);
        const kept = fs.readFileSync(`${log}.kept`, 'utf8');
        expect(kept.length).toBe(MIB);
        expect(kept.trimEnd().endsWith('.5119')).toBe(true);
        expect(fs.statSync(`${log}.kept`).mode & 0o777).toBe(0o640);

        program.stdin?.write('x');
        await once(program.stdout ?? program, 'data');
        expect(fs.readFileSync(log, 'utf8').trim().endsWith('.5120')).toBe(true);

        expect(await runPlaybook(folder, 'empty-log.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
    } finally {
        program.kill();
    }
});

describe('nothing is emptied when', () => {
    async function refused(
        hostile: Partial<Record<keyof typeof parameters, string | number>>,
        message: string,
    ): Promise<void> {
        const before = snapshot(folder);
        const result = await runPlaybook(folder, 'empty-log.yml', { ...parameters, ...hostile });
        expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
        expect(result.output).toContain(message);
        expect(snapshot(folder)).toEqual(before);
    }

    beforeEach(() => fs.writeFileSync(log, Buffer.alloc(4 * MIB)));

    test('the path climbs out of the log directory', () =>
        refused({ log_file: `${folder}/log/../log/shop.log` }, 'without ..'));
    test('the path is a template', () =>
        refused({ log_file: `{{ lookup('pipe', 'touch ${folder}/owned') }}` }, 'log_file must be'));
    test('the path carries a command', () =>
        refused({ log_file: `${log}; touch ${folder}/owned` }, 'log_file must be'));
    test('the file is outside every log directory', async () => {
        fs.copyFileSync(log, path.join(folder, 'data.db'));
        await refused({ log_file: path.join(folder, 'data.db') }, 'below one of log_directories');
    });
    test('the log is a symlink to another file', async () => {
        fs.copyFileSync(log, path.join(folder, 'data.db'));
        fs.symlinkSync('../data.db', path.join(folder, 'log/link.log'));
        await refused({ log_file: path.join(folder, 'log/link.log') }, 'without symlinks');
    });
    test('the log is a hard link to another file', async () => {
        fs.linkSync(log, path.join(folder, 'data.db'));
        await refused({}, 'without hard links');
    });
    test('the kept copy would overwrite through a symlink', async () => {
        fs.symlinkSync('../data.db', `${log}.kept`);
        await refused({}, '.kept');
    });
    test('no log directory is configured', async () => {
        setGroupVariables(folder, {});
        await refused({}, 'log_directories');
    });
});
