import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { freePort, type RunningProgram, removeFolder, spawnUntil, stop } from './processes';

export interface RunningServer {
    url: string;
    /** Kills it as a power cut would. */
    kill(): Promise<void>;
    /** Starts it again at the same address. */
    restart(): Promise<void>;
    /** Stops it in its tracks: it takes connections and answers nothing. `thaw` lets it go on. */
    freeze(): void;
    thaw(): void;
    /** Ends it and deletes its data. */
    stop(): Promise<void>;
}

/**
 * A real Prometheus that scrapes only itself, as job `self`, every second, and as often evaluates alerting rules:
 * PromQL by alert name.
 */
export async function startPrometheus(rules: Record<string, string> = {}): Promise<RunningServer> {
    const files = (url: string): Record<string, unknown> => ({
        'config.yml': {
            global: { scrape_interval: '1s', evaluation_interval: '1s' },
            scrape_configs: [{ job_name: 'self', static_configs: [{ targets: [url.slice(7)] }] }],
            rule_files: ['rules.yml'],
        },
        'rules.yml': {
            groups: [{ name: 'alerts', rules: Object.entries(rules).map(([alert, expr]) => ({ alert, expr })) }],
        },
    });
    return start('prometheus', files, (folder, config, address) => [
        `--config.file=${config}`,
        `--storage.tsdb.path=${path.join(folder, 'data')}`,
        `--web.listen-address=${address}`,
        '--log.level=warn',
    ]);
}

/** A real Alertmanager that notifies nobody. */
export async function startAlertmanager(): Promise<RunningServer> {
    return start(
        'prometheus-alertmanager',
        () => ({ 'config.yml': { route: { receiver: 'none' }, receivers: [{ name: 'none' }] } }),
        (folder, config, address) => [
            `--config.file=${config}`,
            `--storage.path=${path.join(folder, 'data')}`,
            `--web.listen-address=${address}`,
            '--cluster.listen-address=',
            '--log.level=warn',
        ],
    );
}

async function start(
    command: string,
    files: (url: string) => Record<string, unknown>,
    args: (folder: string, config: string, address: string) => string[],
): Promise<RunningServer> {
    const folder = await mkdtemp(path.join(tmpdir(), `alert-to-fix-${command}-`));
    const address = `127.0.0.1:${await freePort()}`;
    const url = `http://${address}`;
    const config = path.join(folder, 'config.yml');
    // JSON is YAML.
    for (const [name, content] of Object.entries(files(url)))
        await writeFile(path.join(folder, name), JSON.stringify(content));
    const begin = (): Promise<RunningProgram> =>
        spawnUntil({
            command,
            args: args(folder, config, address),
            ready: async () => (await fetch(`${url}/-/ready`)).ok,
        });
    let program = await begin();
    return {
        url,
        kill: () => stop(program, 'SIGKILL'),
        restart: async () => {
            program = await begin();
        },
        freeze: () => void program.child.kill('SIGSTOP'),
        thaw: () => void program.child.kill('SIGCONT'),
        stop: async () => {
            program.child.kill('SIGCONT');
            await stop(program);
            await removeFolder(folder);
        },
    };
}
