import { existsSync, mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from './package';
import { freePort, type RunningProgram, removeFolder, spawnUntil, stop, until } from './processes';

export interface NodeRedOptions {
    /** `node-red` or `node-red-4`; default: what the environment variable NODE_RED_PACKAGE names. */
    version?: string;
    /** User directory of an earlier run, to start it again; default: a new one. */
    userDir?: string;
    port?: number;
    /** More members of settings.js, as JavaScript text, e.g. `httpNodeRoot: '/api',`. */
    settings?: string;
    env?: NodeJS.ProcessEnv;
    /**
     * Folder of this package with its `dist`; default: what the environment variable PACKAGE_FOLDER names, else the
     * repository.
     */
    packageFolder?: string;
}

/** A Node-RED of its own process, with this package installed. */
export interface NodeRedProcess {
    program: RunningProgram;
    userDir: string;
    port: number;
    /** `http://127.0.0.1:<port>`. */
    url: string;
    /** Replaces all flows; resolves when they have started. Secrets go in each node's `credentials`. */
    deploy(flows: readonly object[], type?: 'full' | 'nodes' | 'flows'): Promise<void>;
    /** What Node-RED has logged so far. */
    log(): string;
    /** Ends it by its process id; the user directory stays. */
    stop(signal?: NodeJS.Signals): Promise<void>;
    /** Ends it and deletes the user directory. */
    remove(): Promise<void>;
}

const STARTED = /Started (?:modified )?(?:flows|nodes)/g;

/** Starts a real Node-RED on 127.0.0.1 and waits until its flows have started. */
export async function startNodeRed(options: NodeRedOptions = {}): Promise<NodeRedProcess> {
    const userDir = options.userDir ?? mkdtempSync(path.join(tmpdir(), 'alert-to-fix-node-red-'));
    const port = options.port ?? (await freePort());
    const url = `http://127.0.0.1:${port}`;
    installPackage(userDir, options.packageFolder ?? process.env.PACKAGE_FOLDER ?? ROOT);
    writeFileSync(path.join(userDir, 'settings.js'), settingsText(port, options.settings ?? ''));
    const version = options.version ?? process.env.NODE_RED_PACKAGE ?? 'node-red';
    const program = await spawnUntil({
        command: process.execPath,
        args: [
            require.resolve(`${version}/red.js`),
            '--userDir',
            userDir,
            '--settings',
            path.join(userDir, 'settings.js'),
        ],
        options: { env: { ...process.env, ...options.env } },
        ready: async ({ output }) => output().search(STARTED) !== -1 && (await fetch(`${url}/settings`)).status < 500,
        withinMs: 120_000,
    });
    const end = (signal?: NodeJS.Signals): Promise<void> => stop(program, signal);
    return {
        program,
        userDir,
        port,
        url,
        deploy: (flows, type) => deploy(url, program, flows, type),
        log: program.output,
        stop: end,
        remove: async () => {
            await end();
            await removeFolder(userDir);
        },
    };
}

function installPackage(userDir: string, packageFolder: string): void {
    const scope = path.join(userDir, 'node_modules', '@alert-to-fix');
    const link = path.join(scope, 'node-red');
    if (existsSync(link)) return;
    mkdirSync(scope, { recursive: true });
    symlinkSync(packageFolder, link, 'dir');
    const manifest = { name: 'user-dir', private: true, dependencies: { '@alert-to-fix/node-red': '*' } };
    writeFileSync(path.join(userDir, 'package.json'), JSON.stringify(manifest));
}

function settingsText(port: number, more: string): string {
    return `module.exports = {
    uiHost: '127.0.0.1',
    uiPort: ${port},
    flowFile: 'flows.json',
    credentialSecret: 'only for tests',
    telemetry: { enabled: false, updateNotification: false },
    editorTheme: { tours: false },
    logging: { console: { level: 'info' } },
    ${more}
};
`;
}

async function deploy(url: string, program: RunningProgram, flows: readonly object[], type = 'full'): Promise<void> {
    const starts = (): number => program.output().match(STARTED)?.length ?? 0;
    const before = starts();
    const answer = await fetch(`${url}/flows`, {
        method: 'POST',
        headers: { 'Content-Type': 'application/json', 'Node-RED-API-Version': 'v2', 'Node-RED-Deployment-Type': type },
        body: JSON.stringify({ flows }),
    });
    if (!answer.ok) throw new Error(`the deploy was answered with ${answer.status}: ${await answer.text()}`);
    await until(() => starts() > before);
}
