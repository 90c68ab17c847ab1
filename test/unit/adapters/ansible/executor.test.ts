// @needs ansible-playbook
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { AnsibleExecutor, type AnsibleOptions } from '../../../../nodes/adapters/ansible/executor';
import { newNonce } from '../../../../nodes/core/incident/id';
import type { RunOutcome, TaskResult } from '../../../../nodes/core/model/run';
import type { RunControl, RunOrder } from '../../../../nodes/core/remediation/ports';
import { PlaybookLibrary } from '../../../support/playbook-library';
import { until } from '../../../support/processes';

let executor: AnsibleExecutor;
let library: PlaybookLibrary;

beforeEach(() => {
    library = new PlaybookLibrary();
    executor = new AnsibleExecutor(options());
});
afterEach(() => library.remove());

const options = (changes: Partial<AnsibleOptions> = {}): AnsibleOptions => ({
    program: process.env.ANSIBLE_PLAYBOOK,
    library: { folder: library.folder, inventory: library.inventory },
    folder: library.root,
    ...changes,
});

async function runOf(playbook: string, changes: Partial<RunOrder> = {}): Promise<RunOrder> {
    return {
        nonce: newNonce(),
        purpose: 'run',
        content: await executor.seal(),
        call: { playbook },
        hosts: ['web-1'],
        parameters: {},
        timeoutSeconds: 60,
        ...changes,
    };
}

const never = (): RunControl => ({ cancel: new AbortController().signal });

async function execute(
    run: RunOrder | Promise<RunOrder>,
    seen: TaskResult[] = [],
    control = never(),
): Promise<RunOutcome> {
    return executor.run(await run, { task: (task) => void seen.push(task) }, control);
}

/** Command lines of this machine that contain the mark. */
function processesWith(mark: string): string[] {
    return execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
        .split('\n')
        .filter((line) => line.includes(mark));
}

describe('what a run comes to', () => {
    test('a change is told live and counted by host, with its diff', async () => {
        const playbook = library.playbook(
            'fix',
            `- name: write\n  copy: {dest: "${library.path('out')}-{{ inventory_hostname }}", content: "{{ word }}\\n"}`,
        );
        const seen: TaskResult[] = [];
        const outcome = await execute(
            runOf(playbook, { parameters: { word: 'hello' }, hosts: ['web-1', 'web-2'] }),
            seen,
        );
        expect(outcome).toMatchObject({
            status: 'succeeded',
            exitCode: 0,
            hosts: { 'web-1': { changed: 1, failed: 0 }, 'web-2': { changed: 1 } },
        });
        expect(
            seen.map(({ host, task, status }) => ({ host, task, status })).sort((a, b) => (a.host < b.host ? -1 : 1)),
        ).toEqual([
            { host: 'web-1', task: 'write', status: 'changed' },
            { host: 'web-2', task: 'write', status: 'changed' },
        ]);
        expect(seen[0]?.diff).toContain('+hello');
        expect(readFileSync(`${library.path('out')}-web-1`, 'utf8')).toBe('hello\n');
    });

    test.each([
        ['ahead', 3_600_000],
        ['back', -3_600_000],
    ])('a clock that jumps an hour %s as it starts neither ends it nor makes it longer', async (_where, offset) => {
        const right = Date.now;
        const started = async (): Promise<void> => {
            Date.now = () => right() + offset;
        };
        const outcome = await executor
            .run(await runOf(library.playbook('fix', '- ping:')), { started }, never())
            .finally(() => {
                Date.now = right;
            });
        expect(outcome.status).toBe('succeeded');
        expect(outcome.milliseconds).toBeGreaterThan(0);
        expect(outcome.milliseconds).toBeLessThan(60_000);
    });

    test('a dry run changes nothing, shows the diff, and leaves no folder behind', async () => {
        library.write('playbooks/templates/t.j2', 'size={{ size }}\n');
        const playbook = library.playbook(
            'fix',
            `- name: configure\n  template: {src: t.j2, dest: ${library.path('conf')}}`,
        );
        const run = await runOf(playbook, { purpose: 'check', parameters: { size: 5 } });
        const outcome = await execute(run);
        expect(outcome).toMatchObject({
            status: 'succeeded',
            tasks: [{ status: 'changed', diff: expect.stringContaining('+size=5') }],
        });
        expect(existsSync(library.path('conf'))).toBe(false);
        expect(readdirSync(library.path('runs'))).toEqual([]);
    });

    test('two dry runs of the same have the same diff digests, another value another', async () => {
        library.write('playbooks/templates/t.j2', 'size={{ size }}\n');
        library.write('../old', 'x\n');
        const playbook = library.playbook(
            'fix',
            `- template: {src: t.j2, dest: ${library.path('conf')}}\n- file: {path: ${library.path('old')}, state: touch}`,
        );
        const digests = async (size: number): Promise<unknown[]> =>
            (await execute(runOf(playbook, { purpose: 'check', parameters: { size } }))).tasks.map(
                ({ diffDigest, diff }) => [diffDigest, diff?.includes('ansible-local')],
            );
        const first = await digests(5);
        expect(first).toEqual([
            [expect.any(String), false],
            [expect.any(String), false],
        ]);
        expect(await digests(5)).toEqual(first);
        expect(await digests(6)).not.toEqual(first);
    });

    const failures: [string, string, Partial<RunOrder>, Partial<RunOutcome>, string][] = [
        [
            'a failing task',
            '- name: breaks\n  fail: {msg: no luck}',
            {},
            { status: 'failed' },
            'The task "breaks" failed on web-1: no luck',
        ],
        ['an unreachable host', '- ping:', { hosts: ['away'] }, { status: 'failed' }, 'away could not be reached'],
        [
            'a tag that no task has',
            '- ping:',
            { call: { playbook: 'playbooks/p.yml', tags: ['nosuch'] } },
            { status: 'failed' },
            'did nothing on web-1: no play or task of it with the tags nosuch is for this host',
        ],
        [
            'a host that the inventory lacks',
            '- ping:',
            { hosts: ['web-9'] },
            { status: 'never-started' },
            'did not start',
        ],
        [
            'a missing playbook',
            '- ping:',
            { call: { playbook: 'playbooks/gone.yml' } },
            { status: 'never-started' },
            'could not be found',
        ],
        ['a playbook that is not YAML', '- ping: [', {}, { status: 'never-started' }, 'did not start'],
        ['an unknown module', '- no_such_module:', {}, { status: 'never-started' }, 'no_such_module'],
    ];
    test.each(failures)('%s is a failure with its reason', async (_what, tasks, changes, expected, reason) => {
        const outcome = await execute(runOf(library.playbook('p', tasks), changes));
        expect(outcome).toMatchObject(expected);
        expect(outcome.reason).toContain(reason);
    });

    test('a play for other hosts is a failure, though Ansible answers 0', async () => {
        library.write('playbooks/far.yml', '- hosts: far\n  gather_facts: false\n  tasks: [{ping: }]\n');
        const outcome = await execute(runOf('playbooks/far.yml'));
        expect(outcome).toMatchObject({
            status: 'failed',
            exitCode: 0,
            reason: expect.stringContaining('did nothing on web-1'),
        });
    });

    test('gathering facts alone is no fix, though Ansible answers 0', async () => {
        library.write('playbooks/facts.yml', '- hosts: all\n  gather_facts: true\n  tasks: [{ping: , tags: [a]}]\n');
        const outcome = await execute(
            runOf('playbooks/facts.yml', { call: { playbook: 'playbooks/facts.yml', tags: ['nosuch'] } }),
        );
        expect(outcome).toMatchObject({ status: 'failed', exitCode: 0, reason: expect.stringContaining('tags') });
    });

    test('tags choose the tasks', async () => {
        const playbook = library.playbook('p', '- name: one\n  ping:\n  tags: [a]\n- name: two\n  ping:\n  tags: [b]');
        const outcome = await execute(runOf(playbook, { call: { playbook, tags: ['b'] } }));
        expect(outcome.tasks.map(({ task }) => task)).toEqual(['two']);
    });

    test('an ignored failure is told and does not fail the run', async () => {
        const outcome = await execute(runOf(library.playbook('p', '- fail: {msg: never mind}\n  ignore_errors: true')));
        expect(outcome).toMatchObject({
            status: 'succeeded',
            tasks: [{ status: 'ok', message: expect.stringContaining('never mind') }],
        });
    });

    test('a program that is not there is named, with the cure', async () => {
        const missing = new AnsibleExecutor(options({ program: '/nowhere/ansible-playbook' }));
        await expect(missing.run(await runOf(library.playbook('p', '- ping:')), {}, never())).rejects.toMatchObject({
            code: 'ANSIBLE_MISSING',
            cure: expect.stringContaining('Install'),
        });
        await expect(missing.inventory(await missing.seal())).rejects.toMatchObject({
            code: 'ANSIBLE_MISSING',
        });
    });
});

describe('what Ansible is given', () => {
    test.each([
        ['a template', "{{ lookup('pipe', 'touch MARK') }}"],
        ['a nested template', "{% raw %}{{ '{{' }}{% endraw %} {{ lookup('pipe', 'touch MARK') }}"],
        ['a statement', "{% set x = lookup('pipe', 'touch MARK') %}{{ x }}"],
    ])('%s in a value is text, never run', async (_what, value) => {
        const mark = library.path('mark');
        const playbook = library.playbook(
            'p',
            `- copy: {dest: ${library.path('out')}, content: "{{ word }}"}\n- set_fact: {again: "{{ word }}"}\n- debug: {msg: "{{ again }}"}`,
        );
        const word = value.replace('MARK', mark);
        expect(await execute(runOf(playbook, { parameters: { word } }))).toMatchObject({ status: 'succeeded' });
        expect(readFileSync(library.path('out'), 'utf8')).toBe(word);
        expect(existsSync(mark)).toBe(false);
    });

    test.each(['all', 'web', '*', 'web-1,web-2', '!web-1', '~web.*', 'web-1:away', '@/etc/passwd', '-v', 'web[0]', ''])(
        'the host %j is refused or means no group',
        async (host) => {
            const run = await runOf(library.playbook('p', '- ping:'), { hosts: [host] });
            if (host === 'web')
                expect([...(await executor.inventory(await executor.seal())).keys()]).not.toContain(host);
            else await expect(execute(run)).rejects.toMatchObject({ code: 'HOST_UNKNOWN' });
            expect(existsSync(library.path('runs'))).toBe(false);
        },
    );

    test.each([
        [{ call: { playbook: '../outside.yml' } }, 'RUNBOOK_INVALID'],
        [{ call: { playbook: '/etc/passwd' } }, 'RUNBOOK_INVALID'],
        [{ call: { playbook: 'playbooks/p.yml', tags: ['--start-at-task=x'] } }, 'RUNBOOK_INVALID'],
        [{ parameters: { ansible_python_interpreter: '/bin/evil' } }, 'PARAMETER_INVALID'],
        [{ hosts: [] }, 'HOST_UNKNOWN'],
    ])('%j is refused before anything is written', async (changes, code) => {
        const run = await runOf(library.playbook('p', '- ping:'), changes);
        await expect(execute(run)).rejects.toMatchObject({ code });
        expect(existsSync(library.path('runs'))).toBe(false);
    });

    test('nothing of the environment of Node-RED arrives, and no ansible.cfg but the own one of the library', async () => {
        process.env.A2F_TEST_TOKEN = 'leaked-into-ansible';
        process.env.ANSIBLE_STDOUT_CALLBACK = 'nosuch';
        try {
            const playbook = library.playbook('p', `- shell: env > ${library.path('env')}`);
            expect(await execute(runOf(playbook))).toMatchObject({ status: 'succeeded' });
        } finally {
            delete process.env.A2F_TEST_TOKEN;
            delete process.env.ANSIBLE_STDOUT_CALLBACK;
        }
        const environment = readFileSync(library.path('env'), 'utf8');
        expect(environment).not.toContain('leaked-into-ansible');
        expect(environment).not.toMatch(/NODE_|npm_|JEST/);
    });

    test("the library's ansible.cfg is used, and the files of the copy go by their names in the library", async () => {
        library.write('ansible.cfg', '[defaults]\nforks = 3\n');
        const outcome = await execute(
            runOf(library.playbook('p', '- debug: {msg: "{{ ansible_forks }} {{ ansible_config_file }}"}')),
        );
        expect(outcome.tasks[0]?.message).toBe('3 ansible.cfg');
    });

    test('so many hosts at a time as the plan says', async () => {
        const outcome = await execute(
            runOf(library.playbook('p', '- debug: {msg: "{{ ansible_forks }}"}'), { forks: 7 }),
        );
        expect(outcome.tasks[0]?.message).toBe('7');
    });

    test('hosts of the inventory are listed without groups and implicit ones', async () => {
        expect([...(await executor.inventory(await executor.seal())).keys()]).toEqual(['away', 'web-1', 'web-2']);
        library.write('inventory.ini', '[same]\nsame\nother\nhost:9\n');
        expect([...(await executor.inventory(await executor.seal())).keys()]).toEqual(['host', 'other']);
    });

    test('an inventory that Ansible cannot read is an error with its reason', async () => {
        library.write('inventory.yml', 'all: {hosts: {a: {x: "{{"}, b: [');
        library.write('ansible.cfg', '[inventory]\nunparsed_is_failed = True\n');
        const other = new AnsibleExecutor(
            options({ library: { folder: library.folder, inventory: path.join(library.folder, 'inventory.yml') } }),
        );
        await expect(other.inventory(await other.seal())).rejects.toMatchObject({ code: 'ANSIBLE_FAILED' });
    });
});

describe('what is no nonce', () => {
    const NOT: string[] = [
        '../outside',
        '..',
        '.',
        '',
        'A'.repeat(32),
        'a'.repeat(31),
        `${'a'.repeat(32)}/../../outside`,
    ];

    test.each(NOT)('%j is refused by every method, and nothing is touched', async (nonce) => {
        library.write('../outside/log.txt', 'kept');
        library.write('../outside/tmp/variables.yml', 'kept');
        const files = (): string[] => readdirSync(library.root, { recursive: true, encoding: 'utf8' }).sort();
        const run = await runOf(library.playbook('p', '- ping:'), { nonce });
        const before = files();
        const asked: (() => Promise<unknown>)[] = [
            ...(['check', 'run', 'rollback'] as const).flatMap((purpose) => [
                () => executor.run({ ...run, purpose }, {}, never()),
                () => executor.resume({ ...run, purpose }, {}, never()),
            ]),
            () => executor.hasRun(nonce),
            () => executor.tidy(nonce),
            () => executor.log(nonce, 'run'),
            () => executor.log(nonce, 'rollback'),
            () => executor.touchedAt(nonce),
            () => executor.remove(nonce),
        ];
        for (const ask of asked) await expect(ask()).rejects.toMatchObject({ code: 'INPUT_INVALID', field: 'nonce' });
        expect(files()).toEqual(before);
    });
});

test('content that another kind of executor sealed is refused, and nothing is started', async () => {
    const run = await runOf(library.playbook('p', '- ping:'));
    const content = { ...run.content, kind: 'other' };
    await expect(execute({ ...run, content })).rejects.toMatchObject({ code: 'PLAN_CHANGED', field: 'executor' });
    await expect(executor.inventory(content)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    expect(await executor.hasRun(run.nonce)).toBe(false);
});

describe('what is kept', () => {
    test("the log is redacted, no_log stays hidden, and all files are the owner's only", async () => {
        const playbook = library.playbook(
            'p',
            '- debug: {msg: "password=hunter2 {{ token_value }}"}\n- debug: {msg: "{{ hidden }}"}\n  no_log: true',
        );
        const run = await runOf(playbook, {
            parameters: { token_value: 'sk-abcdefghijklmnopqrstuv', hidden: 'never-shown' },
        });
        const outcome = await execute(run);
        const log = readFileSync(path.join(library.workFolder(run), 'log.txt'), 'utf8');
        expect(log).toContain('[redacted]');
        expect(await executor.log(run.nonce, 'run')).toBe(log);
        expect(await executor.log(run.nonce, 'rollback')).toBeUndefined();
        for (const text of [log, JSON.stringify(outcome)]) expect(text).not.toMatch(/hunter2|sk-abcdef|never-shown/);
        expect(JSON.stringify(outcome.tasks[1])).toContain('no_log');
        expect(statSync(library.workFolder(run)).mode & 0o777).toBe(0o700);
        for (const file of readdirSync(library.workFolder(run)))
            expect(statSync(path.join(library.workFolder(run), file)).mode & 0o077).toBe(0);
        await executor.tidy(run.nonce);
        expect(readdirSync(library.workFolder(run))).toEqual(['log.txt']);
    });

    test('a long log keeps its end, and a long diff says how much is cut', async () => {
        const content = 'x'.repeat(80);
        const playbook = library.playbook(
            'p',
            `- copy: {dest: ${library.path('big')}, content: "{% for i in range(1000) %}${content}\\n{% endfor %}"}\n- debug: {msg: "{{ 'y' * 2000000 }}"}\n- debug: {msg: the end}`,
        );
        const run = await runOf(playbook);
        const outcome = await execute(run);
        expect(outcome.tasks[0]?.diff).toMatch(/cut, \d+ more characters/);
        const log = readFileSync(path.join(library.workFolder(run), 'log.txt'), 'utf8');
        expect(log.length).toBeLessThan(1.1 * 1024 * 1024);
        expect(log).toMatch(/^… \[cut/);
        expect(log).toContain('the end');
    });

    test('of a diff of 50 MiB the beginning is written, and its digest tells a difference in the last byte', async () => {
        library.write(
            'playbooks/library/rewrite.py',
            `#!/usr/bin/python3
import json, sys
last = str(json.load(open(sys.argv[1]))['last'])
lines = '+' + 'x' * 1022 + '\\n'
names = '--- before: /etc/big\\n+++ after: /tmp/ansible-local-%s1a/tmp%sx/big.j2\\n' % (last, last)
print(json.dumps({'changed': True, 'msg': 'm' * 3000000, 'diff': {'prepared': lines * 51200 + names + '+the same\\n' + (last if last in 'ab' else '')}}))
# WANT_JSON
`,
        );
        const playbook = library.playbook('p', '- rewrite: {last: "{{ last }}"}');
        const task = async (last: string): Promise<TaskResult> => {
            const run = await runOf(playbook, { parameters: { last } });
            const {
                status,
                reason,
                tasks: [found],
            } = await execute(run);
            expect([status, reason]).toEqual(['succeeded', undefined]);
            expect(statSync(path.join(library.workFolder(run), 'events.jsonl')).size).toBeLessThan(200_000);
            return found!;
        };
        const [a, b, c, d] = [await task('a'), await task('b'), await task('1'), await task('2')];
        expect(a).toMatchObject({
            status: 'changed',
            tooLong: true,
            diffDigest: expect.stringMatching(/^[0-9a-f]{64}$/),
        });
        expect(a.diff!.length).toBeLessThan(21_000);
        expect(a.diff).toMatch(/… \[cut, 52408\d{3} more characters\]$/);
        expect(a.message).toMatch(/… \[cut, 2998000 more characters\]$/);
        expect(b.diffDigest).not.toBe(a.diffDigest);
        expect(d.diffDigest).toBe(c.diffDigest);
        expect(Object.keys(a)).not.toContain('wholeDiff');
    });

    test('a work folder is used once', async () => {
        const run = await runOf(library.playbook('p', `- shell: echo x >> ${library.path('count')}`));
        const tries = await Promise.allSettled(Array.from({ length: 5 }, () => execute(run)));
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(tries.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'ALREADY_RUN' } });
        expect(readFileSync(library.path('count'), 'utf8')).toBe('x\n');
    });
});

describe('ending a run early', () => {
    const SLEEPS = (mark: string, flag: string): string =>
        `- shell: 'touch ${flag}; exec -a ${mark} sleep 600'\n  args: {executable: /bin/bash}`;

    test.each([
        ['plain', ''],
        ['in a background child that ignores signals', "trap '' INT TERM; "],
    ])('cancel leaves no process behind: %s', async (_what, trap) => {
        const mark = `a2f-sleeper-${process.pid}-${trap.length}`;
        const flag = library.path('began');
        const tasks =
            trap === ''
                ? SLEEPS(mark, flag)
                : `- shell: "${trap}(exec -a ${mark} sleep 600) & touch ${flag}; wait"\n  args: {executable: /bin/bash}`;
        const cancel = new AbortController();
        const running = execute(runOf(library.playbook('p', tasks)), [], { cancel: cancel.signal });
        await until(() => existsSync(flag) && processesWith(mark).length > 0);
        cancel.abort();
        expect(await running).toMatchObject({ status: 'cancelled', reason: expect.stringContaining('half done') });
        expect(processesWith(mark)).toEqual([]);
        expect(processesWith(library.root)).toEqual([]);
    });

    test('the time limit ends it the same way', async () => {
        const mark = `a2f-late-${process.pid}`;
        const outcome = await execute(
            runOf(library.playbook('p', SLEEPS(mark, library.path('began'))), { timeoutSeconds: 3 }),
        );
        expect(outcome).toMatchObject({ status: 'timed-out', reason: expect.stringContaining('time limit') });
        expect(processesWith(mark)).toEqual([]);
    });

    test('a service that the playbook started as a daemon outlives a run that ends by itself', async () => {
        const mark = `a2f-daemon-${process.pid}`;
        const playbook = library.playbook(
            'p',
            `- shell: 'setsid bash -c "exec -a ${mark} sleep 60" >/dev/null 2>&1 & echo $! > ${library.path('pid')}'\n  args: {executable: /bin/bash}`,
        );
        expect(await execute(runOf(playbook))).toMatchObject({ status: 'succeeded' });
        await until(() => processesWith(mark).length > 0);
        process.kill(Number(readFileSync(library.path('pid'), 'utf8')), 'SIGKILL');
    });
});

describe('after Node-RED died', () => {
    /** Starts the run from a process of its own and kills that with SIGKILL once `flag` exists. */
    async function orphan(run: RunOrder, flag: string): Promise<void> {
        const script = `const ts = require('typescript'); const fs = require('fs');
            require.extensions['.ts'] = (m, f) => m._compile(ts.transpileModule(fs.readFileSync(f, 'utf8'), { compilerOptions: { module: 'commonjs', target: 'es2023', esModuleInterop: true } }).outputText, f);
            const { AnsibleExecutor } = require(process.argv[1]);
            new AnsibleExecutor(JSON.parse(process.argv[3])).run(JSON.parse(process.argv[2]), {}, { cancel: new AbortController().signal });`;
        const root = path.resolve(__dirname, '../../../..');
        const child = spawn(
            process.execPath,
            [
                '-e',
                script,
                path.join(root, 'nodes/adapters/ansible/executor.ts'),
                JSON.stringify(run),
                JSON.stringify(options()),
            ],
            { cwd: root, stdio: 'ignore' },
        );
        await until(() => existsSync(flag));
        child.kill('SIGKILL');
        await new Promise((resolve) => child.once('exit', resolve));
    }

    /** The one work folder of the checks of this nonce. */
    function checkFolderOf({ nonce }: RunOrder): string {
        const [name = ''] = readdirSync(library.path('runs')).filter((found) => found.startsWith(`check-${nonce}`));
        return library.path(path.join('runs', name));
    }

    const STEPS = (flag: string, go: string): string =>
        `- name: first\n  shell: 'touch ${flag}'\n- name: second\n  wait_for: {path: ${go}, timeout: 120, sleep: 1}\n- name: third\n  ping:`;

    test('a run that still goes on is followed to its end, from its first task', async () => {
        const flag = library.path('flag');
        const run = await runOf(library.playbook('p', STEPS(flag, library.path('go'))));
        await orphan(run, flag);
        const seen: string[] = [];
        const resumed = executor.resume(run, { task: ({ task }) => void seen.push(task) }, never());
        library.write('../go', '');
        expect(await resumed).toMatchObject({ status: 'succeeded', hosts: { 'web-1': { failed: 0 } } });
        expect(seen).toEqual(['first', 'second', 'third']);
    });

    test('a run whose process it had no time to note is found by its arguments', async () => {
        const flag = library.path('flag');
        const run = await runOf(library.playbook('p', STEPS(flag, library.path('go'))));
        await orphan(run, flag);
        rmSync(path.join(library.workFolder(run), 'process.json'));
        const resumed = executor.resume(run, {}, never());
        library.write('../go', '');
        expect(await resumed).toMatchObject({ status: 'succeeded', hosts: { 'web-1': { failed: 0 } } });
    });

    test('a run that ended meanwhile gives the result it wrote', async () => {
        const flag = library.path('flag');
        const run = await runOf(library.playbook('p', `- shell: 'touch ${flag}'\n- fail: {msg: gone wrong}`));
        await orphan(run, flag);
        await until(() => processesWith(library.root).length === 0);
        expect(await executor.resume(run, {}, never())).toMatchObject({
            status: 'failed',
            reason: expect.stringContaining('gone wrong'),
        });
    });

    test('a run that died without a result is unknown', async () => {
        const flag = library.path('flag');
        const run = await runOf(library.playbook('p', STEPS(flag, library.path('go'))));
        await orphan(run, flag);
        const { pid } = JSON.parse(readFileSync(path.join(library.workFolder(run), 'process.json'), 'utf8')) as {
            pid: number;
        };
        process.kill(-pid, 'SIGKILL');
        expect(await executor.resume(run, {}, never())).toBeUndefined();
    });

    test('a run that never began is unknown', async () => {
        expect(await executor.resume(await runOf('playbooks/p.yml'), {}, never())).toBeUndefined();
    });

    test('a run can be cancelled after it was found again', async () => {
        const flag = library.path('flag');
        const run = await runOf(library.playbook('p', STEPS(flag, library.path('go'))));
        await orphan(run, flag);
        const cancel = new AbortController();
        const resumed = executor.resume(run, {}, { cancel: cancel.signal });
        cancel.abort();
        expect(await resumed).toMatchObject({ status: 'cancelled' });
        expect(processesWith(library.root)).toEqual([]);
    });

    test('a run that is left goes on, and is found again', async () => {
        const playbook = library.playbook('p', STEPS(library.path('flag'), library.path('go')));
        const run = await runOf(playbook);
        const leave = new AbortController();
        const left = executor.run(run, {}, { ...never(), leave: leave.signal });
        await until(() => existsSync(library.path('flag')));
        leave.abort();
        await expect(left).rejects.toMatchObject({ code: 'CANCELLED' });
        library.write('../go', '');
        expect(await executor.resume(run, {}, never())).toMatchObject({ status: 'succeeded' });
    });

    test.each([
        ['', () => undefined],
        [
            ', also one whose process it had no time to note',
            (folder: string) => rmSync(path.join(folder, 'process.json')),
        ],
    ])('a check that it left is ended and its folder removed; a run is not touched%s', async (_which, lose) => {
        const flag = library.path('flag');
        const steps = `- name: first\n  shell: 'touch ${flag}'\n  check_mode: false\n- name: second\n  wait_for: {path: ${library.path('go')}, timeout: 120, sleep: 1}\n  check_mode: false`;
        const check: RunOrder = { ...(await runOf(library.playbook('p', steps))), purpose: 'check' };
        await orphan(check, flag);
        const checkFolder = checkFolderOf(check);
        lose(checkFolder);
        rmSync(flag);
        const run = await runOf(library.playbook('q', STEPS(flag, library.path('go'))));
        await orphan(run, flag);
        await executor.clearAway();
        expect([existsSync(checkFolder), existsSync(library.workFolder(run))]).toEqual([false, true]);
        expect(processesWith(checkFolder)).toEqual([]);
        library.write('../go', '');
        expect(await executor.resume(run, {}, never())).toMatchObject({ status: 'succeeded' });
    });

    test('a check that a living process makes is not touched', async () => {
        const flag = library.path('flag');
        const steps = `- shell: 'touch ${flag}'\n  check_mode: false\n- wait_for: {path: ${library.path('go')}, timeout: 120, sleep: 1}\n  check_mode: false`;
        const check: RunOrder = { ...(await runOf(library.playbook('p', steps))), purpose: 'check' };
        const checked = executor.run(check, {}, never());
        await until(() => existsSync(flag));
        await executor.clearAway();
        library.write('../go', '');
        expect(await checked).toMatchObject({ status: 'succeeded' });
    });
});
