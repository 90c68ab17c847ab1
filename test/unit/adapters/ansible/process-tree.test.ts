import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { endTree, identityOf, isAlive, processWithArgument } from '../../../../nodes/adapters/ansible/process-tree';
import { ROOT } from '../../../support/package';
import { until } from '../../../support/processes';

const started: ChildProcess[] = [];
afterEach(() => {
    for (const child of started.splice(0)) child.kill('SIGKILL');
});

/** A process that is the first of a session of its own, as Ansible is. */
async function start(command: string, ...args: string[]): Promise<ChildProcess & { pid: number }> {
    const child = spawn(command, args, { detached: true, stdio: 'ignore' });
    started.push(child);
    await once(child, 'spawn');
    return Object.assign(child, { pid: child.pid ?? 0 });
}

const gone = (child: ChildProcess): Promise<unknown> =>
    (child.exitCode ?? child.signalCode) === null ? once(child, 'exit') : Promise.resolve();

test('a process is alive until it has ended', async () => {
    const child = await start('sleep', '1000');
    const identity = identityOf(child.pid);
    expect(isAlive(identity)).toBe(true);
    child.kill('SIGKILL');
    await gone(child);
    expect(isAlive(identity)).toBe(false);
});

test('one that had ended before it could be looked at is not taken for the one that has its number now', async () => {
    const child = await start('true');
    await gone(child);
    expect(isAlive({ ...identityOf(child.pid), pid: process.pid })).toBe(false);
});

test('where files cannot be opened, a process that runs is not taken for one that has ended', async () => {
    const child = await start('sleep', '1000');
    const program = `
        const { openSync } = require('node:fs');
        const { identityOf, isAlive } = require(${JSON.stringify(path.join(ROOT, 'dist/nodes/adapters/ansible/process-tree.js'))});
        const before = identityOf(${child.pid});
        const open = [];
        try { for (;;) open.push(openSync('/dev/null')); } catch {}
        const during = identityOf(${child.pid});
        console.log(JSON.stringify([isAlive(before), isAlive(during), isAlive(identityOf(2 ** 22 + 1))]));`;
    const { stdout, stderr } = spawnSync('sh', ['-c', 'ulimit -n 64; exec "$0" -e "$1"', process.execPath, program], {
        encoding: 'utf8',
    });
    expect([stdout, stderr]).toEqual(['[true,true,false]\n', '']);
});

test('a process and what it has started are ended, those that hear no signal too', async () => {
    const seconds = `${1_000 + Math.random()}`;
    const child = await start(
        'sh',
        '-c',
        `trap '' INT TERM; setsid sh -c "trap '' INT TERM; sleep ${seconds}" & sleep 1000`,
    );
    await until(() => processWithArgument(seconds) !== undefined);
    const identity = identityOf(child.pid);
    await endTree(identity, gone(child));
    await until(() => !isAlive(identity) && processWithArgument(seconds) === undefined);
});

test('what a worker has started after the first signal is ended too', async () => {
    const seconds = `${1_000 + Math.random()}`;
    const worker = `trap '' INT TERM; sleep 2.5; setsid sh -c "trap '' INT TERM; sleep ${seconds}" & sleep 1000`;
    const child = await start('sh', '-c', `trap '' INT TERM; setsid sh -c "$0" & sleep 1000`, worker);
    const identity = identityOf(child.pid);
    await endTree(identity, gone(child));
    await until(() => !isAlive(identity) && processWithArgument(seconds) === undefined);
});

test('a process that has the number of one that is gone is left alone', async () => {
    const child = await start('sleep', '1000');
    await endTree({ pid: child.pid, born: 'earlier' }, Promise.resolve());
    expect(isAlive(identityOf(child.pid))).toBe(true);
});
