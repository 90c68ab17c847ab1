// @needs redis-server
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { main } from '../../nodes/cli/main';
import { systemClock } from '../../nodes/core/clock';
import { chain } from '../../nodes/core/model/timeline';
import { KeyRing, signingKey } from '../../nodes/core/signing/keys';
import { Incidents } from '../../nodes/core/store/incidents';
import { version } from '../../package.json';
import { attackedRedis, attackedSqlite, audited, note, written } from '../support/audit';
import { ROOT } from '../support/package';

/** The key of `keys` in approvals.ts, as a store keeps it. */
const KEY = createHash('sha256').update('this store').digest();

interface Answer {
    code: number;
    output: string;
    errors: string;
}

/** Runs the command as a person would; what it writes may be large. */
function run(args: readonly string[], environment: Record<string, string> = {}): Promise<Answer> {
    return execute(process.execPath, ['--require', ...SCRIPT, ...args], environment);
}

const SCRIPT = [path.join(ROOT, 'test/support/typescript-hook.cjs'), path.join(ROOT, 'nodes/cli/alert-to-fix.ts')];

function execute(program: string, args: readonly string[], environment: Record<string, string> = {}): Promise<Answer> {
    return new Promise((resolve) => {
        execFile(
            program,
            [...args],
            { env: { PATH: process.env.PATH, ...environment }, maxBuffer: 1 << 28 },
            (error, output, errors) => {
                resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, output, errors });
            },
        );
    });
}

/** The same without a process of its own. */
async function inProcess(args: readonly string[]): Promise<Answer> {
    const said = { output: '', errors: '' };
    const spies = [
        jest.spyOn(process.stdout, 'write').mockImplementation((text) => (said.output += String(text)) !== ''),
        jest.spyOn(process.stderr, 'write').mockImplementation((text) => (said.errors += String(text)) !== ''),
    ];
    const code = await main(args);
    for (const spy of spies) spy.mockRestore();
    return { code, ...said };
}

let folder: string;
let keyFile: string;
beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-cli-'));
    keyFile = path.join(folder, 'signing.key');
    await writeFile(keyFile, KEY);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Both stores: how the command names them, and somebody who gets at them. */
const STORES = [
    [
        'an embedded store that is in use',
        async () => {
            const attacked = await attackedSqlite();
            return { ...attacked, where: ['--store', attacked.folder] };
        },
    ],
    [
        'Redis',
        async () => {
            const attacked = await attackedRedis();
            return { ...attacked, where: ['--redis', attacked.url] };
        },
    ],
] as const;

describe.each(STORES)('audit of %s', (_name, start) => {
    test('verifies it, exports it, verifies the export; names the first broken link in both', async () => {
        const { store, intruder, where, close } = await start();
        try {
            const node = audited(store);
            const id = await written(node, 3);
            await written(node, 2);
            await node.anchoring.flush();
            await note({ incidents: new Incidents(store, systemClock) }, id, 'Entry 4.');

            const whole = await run(['audit', 'verify', ...where, '--key-file', keyFile]);
            expect(whole).toMatchObject({ code: 0, errors: '' });
            expect(whole.output).toContain('The chain is whole.');
            expect(whole.output).toContain('Incidents: 2, with 6 timeline entries. Anchors: 1.');
            expect(whole.output).toContain('Signatures: checked.');
            expect(whole.output).toContain('Not anchored yet: 1 entries');

            const exported = await run(['audit', 'export', ...where]);
            expect(exported).toMatchObject({ code: 0, errors: '' });
            const file = path.join(folder, 'export.jsonl');
            await writeFile(file, exported.output);
            const kinds = exported.output
                .trimEnd()
                .split('\n')
                .map((line) => JSON.parse(line) as { v: number; kind: string });
            expect(kinds.every(({ v }) => v === 1)).toBe(true);
            expect(kinds.map(({ kind }) => kind)).toEqual([
                'export',
                'anchor',
                'incident',
                'entry',
                'entry',
                'incident',
                'entry',
                'entry',
                'entry',
                'entry',
                'end',
            ]);
            const ofExport = await run(['audit', 'verify', '--file', file, '--key-file', keyFile, '--json']);
            expect(JSON.parse(ofExport.output)).toMatchObject({
                incidents: 2,
                entries: 6,
                anchors: 1,
                signatures: 'checked',
                broken: 0,
            });

            await writeFile(file, exported.output.replace('Entry 2.', 'Entry 7.'));
            const altered = await run(['audit', 'verify', '--file', file, '--key-file', keyFile]);
            expect(altered.code).toBe(1);
            expect(altered.output).toMatch(/FIRST BROKEN LINK: incident inc-\w+, entry 2: it was altered/);
            await writeFile(file, exported.output.split('\n').slice(0, 5).join('\n'));
            const cut = await run(['audit', 'verify', '--file', file]);
            expect(cut).toMatchObject({ code: 2, errors: expect.stringContaining('ends before its end') });

            await intruder.timeline(id, (await store.timeline(id)).slice(0, 2));
            const tampered = await run(['audit', 'verify', ...where, '--key-file', keyFile]);
            expect(tampered.code).toBe(1);
            expect(tampered.output).toContain(
                `FIRST BROKEN LINK: incident ${id}, entry 3: the timeline ends before it; anchor 1 names entry 3.`,
            );
        } finally {
            await close();
        }
    });
});

describe('audit', () => {
    test('takes signing.key of the folder by itself, secrets from the environment, and says so when it has none', async () => {
        const { store, folder: own, close } = await attackedSqlite();
        const node = audited(store);
        await written(node, 2);
        await node.anchoring.flush();
        const keyless = await run(['audit', 'verify', '--store', own]);
        expect(keyless).toMatchObject({ code: 0, output: expect.stringContaining('NOT CHECKED') });
        const wrong = await run(['audit', 'verify', '--store', own], {
            ALERT_TO_FIX_SIGNING_KEYS: 'a secret of another store, long enough',
        });
        expect(wrong).toMatchObject({
            code: 1,
            output: expect.stringContaining('FIRST BROKEN LINK: anchor 1 is signed with a key that was not given'),
        });
        await writeFile(path.join(own, 'signing.key'), KEY);
        expect(await run(['audit', 'verify', '--store', own])).toMatchObject({
            code: 0,
            output: expect.stringContaining('Signatures: checked'),
        });

        const { hash } = (await store.anchors.newest())!;
        expect(await run(['audit', 'verify', '--store', own, '--expect', `1:${hash}`])).toMatchObject({ code: 0 });
        expect(await run(['audit', 'verify', '--store', own, '--expect', `2:${hash}`])).toMatchObject({
            code: 1,
            output: expect.stringContaining('anchor 2 is missing'),
        });
        await close();
    });

    test('does not call whole what no anchor tells of', async () => {
        const { store, folder: own, intruder, close } = await attackedSqlite();
        const node = audited(store);
        await written(node, 2);
        await node.anchoring.flush();
        await intruder.deleteAnchors(1, 1);
        const { output } = await inProcess(['audit', 'verify', '--store', own, '--key-file', keyFile]);
        expect(output).toContain('There is no anchor');
        expect(output).toContain('somebody removed them all');
        expect(output).not.toMatch(/The chain is whole|Signatures: checked/);
        await close();
    });

    test('--max-age calls broken what no anchor has named for longer: the anchors at the end cut, the timeline written anew', async () => {
        const { store, folder: own, intruder, close } = await attackedSqlite();
        const hourAgo = new Date(Date.now() - 3_600_000);
        const past = audited(store, () => hourAgo);
        const id = await written(past, 2);
        await past.anchoring.flush();
        await note(past, id, 'What happened.');
        await past.anchoring.flush();
        const verify = ['audit', 'verify', '--store', own, '--key-file', keyFile];
        expect(await inProcess([...verify, '--max-age', '30m'])).toMatchObject({ code: 0 });

        await intruder.deleteAnchors(2, 2);
        const kept = (await store.timeline(id)).slice(0, 2);
        const { seq, hash } = kept.at(-1)!;
        await intruder.timeline(id, [
            ...kept,
            ...chain(id, { seq, hash }, hourAgo.toISOString(), [
                { type: 'evidence.recorded', by: 'node:llm-diagnose', text: 'Nothing happened.' },
            ]),
        ]);
        expect(await inProcess(verify)).toMatchObject({
            code: 0,
            output: expect.stringContaining('Not anchored yet: 1 entries'),
        });
        expect(await inProcess([...verify, '--max-age', '2h'])).toMatchObject({ code: 0 });
        const old = await inProcess([...verify, '--max-age', '30m']);
        expect(old).toMatchObject({
            code: 1,
            output: expect.stringContaining(
                `FIRST BROKEN LINK: incident ${id}, entry 3: no anchor names the entries from here on, since ${hourAgo.toISOString()}`,
            ),
        });
        expect(JSON.parse((await inProcess([...verify, '--max-age', '30m', '--json'])).output)).toMatchObject({
            broken: 1,
            notAnchored: 1,
            links: [{ incident: id, fault: 'not-anchored', seq: 3, since: hourAgo.toISOString() }],
        });
        const ahead = new Date(Date.now() + 7_200_000).toISOString();
        await intruder.timeline(id, [
            ...kept,
            ...chain(id, { seq, hash }, ahead, [
                { type: 'evidence.recorded', by: 'node:llm-diagnose', text: 'Nothing happened.' },
            ]),
        ]);
        expect(await inProcess([...verify, '--max-age', '30m'])).toMatchObject({
            code: 1,
            output: expect.stringContaining(`since ${ahead}`),
        });
        await close();
    });

    test('--max-age takes an export as of when it was written', async () => {
        const { store, folder: own, close } = await attackedSqlite();
        const node = audited(store, () => new Date(Date.now() - 600_000));
        await written(node, 2);
        const { output } = await inProcess(['audit', 'export', '--store', own]);
        const file = path.join(folder, 'of-january.jsonl');
        const verify = ['audit', 'verify', '--file', file, '--key-file', keyFile, '--max-age'];
        await writeFile(file, output);
        expect(await inProcess([...verify, '5m'])).toMatchObject({
            code: 1,
            output: expect.stringContaining('entry 1: no anchor names'),
        });
        const [first = '', ...rest] = output.split('\n');
        await writeFile(
            file,
            [JSON.stringify({ ...JSON.parse(first), at: new Date(Date.now() - 500_000).toISOString() }), ...rest].join(
                '\n',
            ),
        );
        expect(await inProcess([...verify, '5m'])).toMatchObject({ code: 0 });
        await close();
    });

    test('an export into a pipe that nobody reads to its end stops without a word, as other commands do', async () => {
        const { store, folder: own, close } = await attackedSqlite();
        const node = audited(store);
        await Promise.all(Array.from({ length: 1_000 }, () => written(node, 2)));
        const program = `'${process.execPath}' --require '${SCRIPT.join("' '")}'`;
        for (const [command, code] of [
            [`export --store '${own}'`, 141],
            [`verify --store '${own}'`, 0],
        ] as const) {
            const lines = code === 0 ? 'true' : 'head -n 1 > /dev/null';
            const answer = await execute('/bin/bash', [
                '--norc',
                '-c',
                `${program} audit ${command} | ${lines}; echo \${PIPESTATUS[0]}`,
            ]);
            expect(answer).toEqual({ code: 0, output: `${code}\n`, errors: '' });
        }
        await close();
    });

    test('takes several key files, as after a change from signing.key to secrets', async () => {
        const { store, folder: own, close } = await attackedSqlite();
        const secret = 'the secret that was entered after some weeks';
        const node = audited(store);
        await written(node, 2);
        await node.anchoring.flush();
        const changed = audited(store, systemClock, new KeyRing([signingKey(Buffer.from(secret))]));
        await written(changed, 2);
        await changed.anchoring.flush();
        const secrets = path.join(folder, 'secrets.txt');
        await writeFile(secrets, `${secret}\n`);
        expect(await inProcess(['audit', 'verify', '--store', own, '--key-file', secrets])).toMatchObject({ code: 1 });
        const both = await inProcess(['audit', 'verify', '--store', own, '--key-file', secrets, '--key-file', keyFile]);
        expect(both).toMatchObject({ code: 0, output: expect.stringContaining('Anchors: 2.') });
        await close();
    });

    test('an export can be verified whatever separators of lines an alert holds', async () => {
        const { store, folder: own, close } = await attackedSqlite();
        const node = audited(store);
        const id = await written(node, 1);
        await note(node, id, 'one\u2028two\u2029three\r\nfour');
        await node.anchoring.flush();
        const { output } = await run(['audit', 'export', '--store', own]);
        expect(output).not.toMatch(/[\u2028\u2029]/);
        const file = path.join(folder, 'separators.jsonl');
        for (const text of [output, output.replaceAll('\\u2028', '\u2028')]) {
            await writeFile(file, text);
            expect(await inProcess(['audit', 'verify', '--file', file, '--key-file', keyFile])).toMatchObject({
                code: 0,
                errors: '',
            });
        }
        await close();
    });

    test('of a store that nobody has open leaves it as it was', async () => {
        const { store, folder: own, close } = await attackedSqlite();
        const node = audited(store);
        await written(node, 2);
        await node.anchoring.flush();
        await store.close();
        const before = await readFile(path.join(own, 'incidents.db'));
        expect(await run(['audit', 'verify', '--store', own])).toMatchObject({ code: 0 });
        expect((await readFile(path.join(own, 'incidents.db'))).equals(before)).toBe(true);
        await close();
    });

    test('an export of 2,000 incidents goes through in lines', async () => {
        const { store, folder: own, close } = await attackedSqlite();
        const node = audited(store);
        await Promise.all(Array.from({ length: 2_000 }, () => written(node, 2)));
        await node.anchoring.flush();
        const { code, output } = await run(['audit', 'export', '--store', own]);
        expect(code).toBe(0);
        expect(JSON.parse(output.trimEnd().split('\n').at(-1) ?? '')).toMatchObject({
            kind: 'end',
            incidents: 2_000,
            entries: 4_000,
        });
        const file = path.join(folder, 'large.jsonl');
        await writeFile(file, output);
        expect(await run(['audit', 'verify', '--file', file, '--key-file', keyFile])).toMatchObject({
            code: 0,
            output: expect.stringContaining('with 4000 timeline entries'),
        });
        await close();
    });

    test.each([
        [['verify'], '--store, --redis, --file are missing'],
        [['verify', '--store', '/nowhere'], '(--store)'],
        [['verify', '--store', 'a', '--file', 'b'], 'given together'],
        [['verify', '--file', '/nowhere'], '(--file)'],
        [['verify', '--redis', 'http://x'], '(--redis)'],
        [['verify', '--redis', 'redis://127.0.0.1:1'], 'ECONNREFUSED'],
        [['verify', '--strange'], '(--strange)'],
        [['verify', '--file', __filename], 'Line 1 of the export'],
        [['verify', '--file', __filename, '--key-file', '/nowhere'], '(--key-file)'],
        [['verify', '--file', __filename, '--expect', 'x'], '(--expect)'],
        [['verify', '--file', __filename, '--max-age', '30'], '(--max-age)'],
        [['verify', '--file', __filename, '--max-age', '20s'], '(--max-age)'],
        [['export', '--file', __filename], '(--file)'],
        [['export', '--store', '/nowhere', '--max-age', '1h'], '(--max-age)'],
        [['burn'], 'There is no "audit burn"'],
    ])('%j cannot be done, and says why', async (args, why) => {
        const { code, output, errors } = await inProcess(['audit', ...args]);
        expect([code, output]).toEqual([2, '']);
        expect(errors).toContain(why);
        expect(errors).not.toContain('    at ');
    });

    test('--help tells how; without a command so does the program, and fails', async () => {
        expect(await inProcess(['audit', '--help'])).toMatchObject({
            code: 0,
            output: expect.stringContaining('Exit codes'),
        });
        expect(await inProcess(['--help'])).toMatchObject({ code: 0, output: expect.stringContaining('audit verify') });
        expect(await inProcess(['--version'])).toMatchObject({ code: 0, output: `${version}\n` });
        expect(await inProcess([])).toMatchObject({ code: 2, errors: expect.stringContaining('audit verify') });
        expect(await inProcess(['frobnicate'])).toMatchObject({
            code: 2,
            errors: expect.stringContaining('no command "frobnicate"'),
        });
    });
});
