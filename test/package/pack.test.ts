import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type NodeRedProcess, startNodeRed } from '../support/node-red-process';
import { nodeTypes, ROOT } from '../support/package';

jest.setTimeout(400_000);

/** Not part of a fresh clone. */
const LOCAL = new Set(['.git', 'node_modules', 'dist', 'examples', '.quickstart', '.venv', 'coverage', 'release']);

const folder = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-pack-'));
const userDir = path.join(folder, 'user-dir');
const installed = path.join(userDir, 'node_modules', '@alert-to-fix', 'node-red');
let files: string[];
let nodeRed: NodeRedProcess;

function npm(cwd: string, ...args: string[]): string {
    const { status, stdout, stderr } = spawnSync('npm', args, { cwd, encoding: 'utf8' });
    if (status !== 0) throw new Error(`npm ${args.join(' ')} ended with ${status}:\n${stdout}\n${stderr}`);
    return stdout;
}

/** Packs a copy of the repository, so that the prepack script does not clear the `dist` that other tests use. */
function pack(): { filename: string; files: { path: string }[] } {
    const clone = path.join(folder, 'clone');
    cpSync(ROOT, clone, {
        recursive: true,
        filter: (file) => !LOCAL.has(path.relative(ROOT, file).split(path.sep)[0] ?? ''),
    });
    symlinkSync(path.join(ROOT, 'node_modules'), path.join(clone, 'node_modules'), 'dir');
    const told = npm(clone, 'pack', '--json', '--pack-destination', folder);
    const [packed] = JSON.parse(told.slice(told.search(/^\[/m))) as [{ filename: string; files: { path: string }[] }];
    return packed;
}

beforeAll(async () => {
    const packed = pack();
    files = packed.files.map((file) => file.path);
    mkdirSync(userDir);
    writeFileSync(path.join(userDir, 'package.json'), JSON.stringify({ name: 'user-dir', private: true }));
    // As Node-RED's palette manager installs.
    npm(
        userDir,
        'install',
        '--no-audit',
        '--no-fund',
        '--no-update-notifier',
        '--save',
        '--engine-strict',
        '--prefer-offline',
        path.join(folder, packed.filename),
    );
    nodeRed = await startNodeRed({ userDir });
});

afterAll(async () => {
    await nodeRed?.stop();
    rmSync(folder, { recursive: true, force: true });
});

async function get<Answer>(address: string): Promise<Answer> {
    const answer = await fetch(`${nodeRed.url}/${address}`, { headers: { Accept: 'application/json' } });
    expect([address, answer.status]).toEqual([address, 200]);
    return (await answer.json()) as Answer;
}

describe('the packed tarball', () => {
    test('holds what its users need', () => {
        expect(files).toEqual(
            expect.arrayContaining([
                'LICENSE',
                'README.md',
                'README.zh-CN.md',
                'CHANGELOG.md',
                'package.json',
                'docs/runbook.schema.json',
                'docs/audit.md',
                'docs/keys.md',
                'docs/reference.md',
                'docs/zh-CN/reference.md',
                'examples/quickstart.json',
                'examples/rules-only.json',
                'examples/slack-approval.json',
                'dist/nodes/adapters/redis/scripts/commit.lua',
                'dist/nodes/adapters/ansible/callback/a2f_events.py',
                'dist/nodes/runbook-library/starter/runbooks/disk-filling.yaml',
                'dist/nodes/runbook-library/starter/playbooks/clean-old-files.yml',
                'dist/nodes/runbook-library/starter/inventory.ini',
                'dist/nodes/incident-page/static/index.html',
                ...nodeTypes.flatMap((type) => [
                    `dist/nodes/${type}/${type}.js`,
                    `dist/nodes/${type}/${type}.html`,
                    ...['en-US', 'zh-CN'].flatMap((language) => [
                        `dist/nodes/${type}/locales/${language}/${type}.json`,
                        `dist/nodes/${type}/locales/${language}/${type}.html`,
                    ]),
                ]),
            ]),
        );
    });

    test('holds nothing else: no tests, no quickstart, no sources', () => {
        expect(
            files.filter((file) =>
                /(?:^|\/)(?:test|flows|\.ci|\.quickstart|__pycache__)\/|\.ts$|\.tsbuildinfo$|\.pyc$|\.log$/.test(file),
            ),
        ).toEqual([]);
    });

    test('names only files that are in it', () => {
        const manifest = JSON.parse(readFileSync(path.join(installed, 'package.json'), 'utf8')) as {
            bin?: Record<string, string>;
            'node-red': { nodes: Record<string, string>; plugins: Record<string, string> };
        };
        const named = [manifest.bin ?? {}, manifest['node-red'].nodes, manifest['node-red'].plugins].flatMap((map) =>
            Object.values(map),
        );
        expect(named.filter((file) => !existsSync(path.join(installed, file)))).toEqual([]);
    });
});

describe('the command', () => {
    const command = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
        spawnSync(process.execPath, [path.join(userDir, 'node_modules', '.bin', 'alert-to-fix'), ...args], {
            encoding: 'utf8',
        });

    test('is where npm puts commands, and tells how it is used', () => {
        expect(command('audit', '--help')).toMatchObject({
            status: 0,
            stdout: expect.stringContaining('audit verify'),
        });
    });

    test('says what is wrong with what it was given', () => {
        expect(command('audit', 'verify', '--store', userDir)).toMatchObject({
            status: 2,
            stderr: expect.stringContaining('There is no incident store'),
        });
    });
});

describe('installed into an empty Node-RED', () => {
    test('all nodes load without an error', async () => {
        const sets = await get<{ module: string; types: string[]; err?: string; enabled: boolean }[]>('nodes');
        const own = sets.filter(({ module }) => module === '@alert-to-fix/node-red');
        expect(own.filter(({ err, enabled }) => err !== undefined || !enabled)).toEqual([]);
        expect(own.flatMap(({ types }) => types).sort()).toEqual([...nodeTypes].sort());
        expect(nodeRed.log()).not.toMatch(/\[error\]|Missing node modules|not loaded/);
    });

    test('the examples are in the import dialog, and one of them deploys', async () => {
        const examples = await get<{ fn: string }[]>('library/examples/flows/@alert-to-fix/node-red');
        expect(examples.map(({ fn }) => fn).sort()).toEqual(['quickstart', 'rules-only', 'slack-approval']);
        const flow = await get<object[]>('library/examples/flows/@alert-to-fix/node-red/rules-only');
        await nodeRed.deploy(flow);
        const answer = await get<{ incidents: object[] }>('alert-to-fix/api/incidents');
        expect(answer.incidents).toEqual([]);
        expect(nodeRed.log()).not.toContain('[error]');
    });

    test('the incident page answers', async () => {
        const page = await fetch(`${nodeRed.url}/alert-to-fix/`);
        expect(page.status).toBe(200);
        expect(await page.text()).toContain('<!doctype html>');
    });
});
