// @needs busybox
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
    chmodSync,
    chownSync,
    copyFileSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { type BareRoot, bareRoot } from '../support/chroot';
import { GoPluginHost, type PluginStart } from '../support/go-plugin-host';
import {
    buildRelease,
    fileOf,
    type Index,
    packagingScript,
    readIndex,
    unpackDependencies,
    urlFor,
} from '../support/plugin-release';
import { freePort, spawnUntil, stop, until } from '../support/processes';

const INDEXES = ['plugins-index.yaml', 'plugins-index-single-file.yaml'];
const isRoot = process.getuid?.() === 0;
if (!isRoot && process.env.CI !== 'true')
    console.log('SKIPPED: the plugin in a bare root folder, because only root may make one (chroot)');
const describeAsRoot = isRoot || process.env.CI === 'true' ? describe : describe.skip;

const release = mkdtempSync('/tmp/fix-release-');
const roots: BareRoot[] = [];
const hosts: GoPluginHost[] = [];

beforeAll(() => buildRelease(release, '--version=9.8.7-test.1', '--base-url=https://example.com/fix/'));

afterEach(async () => {
    await Promise.all(hosts.splice(0).map((host) => host.kill()));
    roots.splice(0).forEach((root) => root.remove());
});

afterAll(() => rmSync(release, { recursive: true, force: true }));

function sha256(file: string): string {
    return createHash('sha256').update(readFileSync(file)).digest('hex');
}

describe.each(INDEXES)('%s', (name) => {
    let index: Index;
    beforeAll(() => {
        index = readIndex(path.join(release, name));
    });

    test('holds exactly one version of one plugin', () => {
        const [entry, ...others] = index.entries;
        expect(others).toEqual([]);
        expect(entry).toMatchObject({ name: 'fix', type: 'executor', version: '9.8.7-test.1', recommended: false });
        expect(entry?.description).not.toBe('');
        expect(entry?.urls.map(({ platform }) => platform)).toEqual([
            { os: 'linux', architecture: 'amd64' },
            { os: 'linux', architecture: 'arm64' },
        ]);
    });

    test('carries the configuration as a closed draft-07 schema', () => {
        const schema = JSON.parse(index.entries[0]?.jsonSchema.value ?? '') as Record<string, unknown>;
        expect(schema).toMatchObject({
            $schema: 'http://json-schema.org/draft-07/schema#',
            type: 'object',
            additionalProperties: false,
        });
    });

    test('leads to files of the release, whose checksums it has', () => {
        const urls = index.entries[0]?.urls ?? [];
        for (const { url, checksum, dependencies } of urls) {
            const files = [
                { url, checksum },
                ...Object.values(dependencies).map((dependency) => ({
                    url: dependency.url,
                    checksum: new URL(dependency.url).searchParams.get('checksum')?.replace('sha256:', ''),
                })),
            ];
            for (const file of files) {
                expect(file.url).toMatch(/^https:\/\/example\.com\/fix\/[\w.-]+(\?|$)/);
                expect([file.url, file.checksum]).toEqual([file.url, sha256(path.join(release, fileOf(file.url)))]);
            }
        }
    });
});

test('every dependency is an archive of just that file, as Botkube wants it', () => {
    for (const architecture of ['amd64', 'arm64']) {
        for (const [name, { url }] of Object.entries(
            urlFor(readIndex(path.join(release, 'plugins-index.yaml')), architecture).dependencies,
        )) {
            expect(execFileSync('tar', ['-tzf', path.join(release, fileOf(url))], { encoding: 'utf8' })).toBe(
                `${name}\n`,
            );
        }
    }
});

test('the licence texts of all that is shipped come along', () => {
    const texts = execFileSync('tar', ['-xzOf', path.join(release, 'fix_linux_amd64_LICENSES.txt.tar.gz')], {
        encoding: 'utf8',
    });
    for (const words of [
        'alert-to-fix',
        'Apache License',
        '@grpc/grpc-js',
        'Node.js is licensed',
        'GNU LESSER GENERAL PUBLIC LICENSE',
        'GCC RUNTIME LIBRARY EXCEPTION',
        'snapshot.debian.org',
    ]) {
        expect(texts).toContain(words);
    }
});

test('npm run plugin:serve serves the release, and the index leads back to it', async () => {
    const port = await freePort();
    const base = `http://127.0.0.1:${port}`;
    const server = await spawnUntil({
        command: process.execPath,
        args: packagingScript('serve', `--port=${port}`, `--out=${release}`),
        ready: ({ output }) => output().includes(base),
    });
    try {
        const text = await (await fetch(`${base}/plugins-index.yaml`)).text();
        writeFileSync(path.join(release, 'served.yaml'), text);
        const { url, checksum, dependencies } = urlFor(readIndex(path.join(release, 'served.yaml')), 'amd64');
        expect(url).toBe(`${base}/executor_fix_linux_amd64`);
        const body = Buffer.from(await (await fetch(url)).arrayBuffer());
        expect(createHash('sha256').update(body).digest('hex')).toBe(checksum);
        expect(Object.values(dependencies).map((dependency) => dependency.url)).toContainEqual(
            expect.stringMatching(`^${base}/fix_linux_amd64_node.tar.gz\\?checksum=sha256:`),
        );
        for (const wrong of ['nothing', '..%2fpackage.json', '%2e%2e/package.json', '%', '%ff'])
            expect((await fetch(`${base}/${wrong}`)).status).toBe(404);
    } finally {
        await stop(server);
        rmSync(path.join(release, 'served.yaml'), { force: true });
    }
});

describeAsRoot('in a read-only root folder with a static busybox only, as uid 101', () => {
    const PLUGIN = '/tmp/cache/executor_v9.8.7_fix';
    let root: BareRoot;
    let deps: string;

    beforeEach(() => {
        root = bareRoot();
        roots.push(root);
        deps = path.join(root.tmp, 'cache/executor_v9.8.7_fix_deps');
        mkdirSync(path.join(root.tmp, 'cache'));
    });

    /** Puts the plugin where Botkube downloads it to. */
    function place(name: string): void {
        copyFileSync(path.join(release, name), path.join(root.tmp, 'cache/executor_v9.8.7_fix'));
        chmodSync(path.join(root.tmp, 'cache/executor_v9.8.7_fix'), 0o755);
        execFileSync('chown', ['-R', '101:101', root.tmp]);
    }

    function pluginStart(): PluginStart {
        return { ...root.inside(PLUGIN), env: { PLUGIN_DEPENDENCY_DIR: `${PLUGIN}_deps` } };
    }

    async function start(): Promise<GoPluginHost> {
        const host = await GoPluginHost.start(pluginStart());
        hosts.push(host);
        return host;
    }

    function placeWithDependencies(): void {
        unpackDependencies(release, urlFor(readIndex(path.join(release, 'plugins-index.yaml')), 'amd64'), deps);
        place('executor_fix_linux_amd64');
    }

    function placeSingleFile(): void {
        place('executor_fix_single_linux_amd64');
    }

    async function answers(host: GoPluginHost): Promise<void> {
        expect(await host.ping()).toBe('SERVING');
        expect(JSON.stringify(await host.help())).toContain('fix status');
        expect(await host.metadata()).toMatchObject({ version: '9.8.7-test.1' });
        expect(host.panics).toEqual([]);
        expect(statSync(`/proc/${host.pid}`).uid).toBe(101);
    }

    test('there is neither a glibc nor a Node.js, nor a place to write but /tmp', () => {
        placeWithDependencies();
        const { command, args } = root.inside(
            '/bin/sh',
            '-c',
            'id -u; touch /bin/x || echo read-only; /tmp/cache/executor_v9.8.7_fix_deps/node --version || echo no loader; ls / /bin | grep -E "^(lib|node|usr)"',
        );
        const { stdout } = spawnSync(command, [...(args ?? [])], { encoding: 'utf8' });
        expect(stdout).toBe('101\nread-only\nno loader\n');
    });

    test('the launcher with its dependencies starts, answers, and goes within the time it has', async () => {
        placeWithDependencies();
        const host = await start();
        await answers(host);
        hosts.splice(0);
        expect(await host.kill()).toBe(true);
        expect(readdirSync(root.tmp)).toEqual(['cache']);
    });

    test('the bundle holds what it reads at run time: runbooks of the starter library and the scripts for Redis', async () => {
        placeWithDependencies();
        await start();
        const [files = ''] = readdirSync(root.tmp).filter((name) => name.startsWith('fix-files-'));
        expect(statSync(path.join(root.tmp, files)).mode & 0o777).toBe(0o700);
        expect(readdirSync(path.join(root.tmp, files, 'nodes/runbook-library/starter/runbooks'))).toContain(
            'disk-filling.yaml',
        );
        expect(readdirSync(path.join(root.tmp, files, 'nodes/adapters/redis/scripts'))).toContain('commit.lua');
    });

    test('the single file unpacks itself once, starts and answers', async () => {
        placeSingleFile();
        await answers(await start());
        const [unpacked = '', ...others] = readdirSync(deps);
        expect(others).toEqual([]);
        const { ino } = statSync(path.join(deps, unpacked, 'node'));
        await answers(await start());
        expect(readdirSync(deps)).toEqual([unpacked]);
        expect(statSync(path.join(deps, unpacked, 'node')).ino).toBe(ino);
        expect(existsSync(path.join(deps, unpacked, 'LICENSES.txt'))).toBe(true);
    });

    test('first starts at the same time all succeed, and one copy is left', async () => {
        placeSingleFile();
        const started = await Promise.all([start(), start(), start()]);
        for (const host of started) await answers(host);
        expect(readdirSync(deps)).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
    });

    test('a first start that is killed while it unpacks does not hinder the next', async () => {
        placeSingleFile();
        const { command, args = [], env } = pluginStart();
        const child = spawn(command, [...args], { stdio: 'ignore', detached: true, env: { ...process.env, ...env } });
        await until(() => existsSync(deps) && readdirSync(deps).some((name) => name.includes('.part.')));
        const ended = once(child, 'exit');
        killGroup(child);
        await ended;
        expect(
            readdirSync(deps)
                .map((name) => name.replace(/^[0-9a-f]{12}/, '').replace(/\d+$/, ''))
                .sort(),
        ).toEqual(['.lock', '.part.']);
        await answers(await start());
        expect(readdirSync(deps)).toEqual([expect.stringMatching(/^[0-9a-f]{12}$/)]);
    });

    test('a single file in an image that is read-only unpacks into /tmp', async () => {
        copyFileSync(path.join(release, 'executor_fix_single_linux_amd64'), path.join(root.root, 'bin/plugin'));
        chmodSync(path.join(root.root, 'bin/plugin'), 0o755);
        chownSync(root.tmp, 101, 101);
        const host = await GoPluginHost.start({
            ...root.inside('/bin/plugin'),
            env: { PLUGIN_DEPENDENCY_DIR: '/bin/plugin_deps' },
        });
        hosts.push(host);
        await answers(host);
        expect(existsSync(path.join(root.tmp, 'fix_deps'))).toBe(true);
    });

    test('without Botkube it says what it is, and ends', async () => {
        placeWithDependencies();
        const { command, args = [] } = pluginStart();
        const child = spawn(command, [...args], { stdio: ['ignore', 'pipe', 'pipe'] });
        const [line, code] = await Promise.all([
            new Promise<string>((resolve) => createInterface({ input: child.stderr }).once('line', resolve)),
            new Promise<number | null>((resolve) => child.once('close', resolve)),
        ]);
        expect(line).toContain('This is a plugin of Botkube');
        expect(code).toBe(1);
    });
});

/** SIGKILL to a process of ours and to what it started. */
function killGroup({ pid }: ChildProcess): void {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
}
