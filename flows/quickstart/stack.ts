import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import type { NoModel } from '../../nodes/core/diagnosis/model-vendor';
import { endLeftovers, MARK, notePids } from './leftovers';
import { copyLibrary } from './library';
import { chooseModel, type ModelChoice } from './model';
import { DEMO_HOST, type Ports, writeAlertmanagerConfig, writePrometheusConfig } from './monitoring';
import { deployFlow, keptSecret, prepareUserDir } from './node-red';
import { noteOwner, refuseSecond } from './owner';
import { answers, findProgram, freePort, type Program, searchPath, startProgram, waitUntil } from './programs';
import { endRuns } from './runs';

/** A running quickstart. */
export interface Stack {
    /** Port of Node-RED; not the wanted one when that was taken. */
    port: number;
    editorUrl: string;
    pageUrl: string;
    serviceUrl: string;
    prometheusUrl: string;
    alertmanagerUrl: string;
    model: ModelChoice | NoModel;
    /** Rejects when a program ends by itself, naming it and its exit code, or the signal that ended it. */
    ended: Promise<never>;
    stop(): Promise<void>;
}

export interface StackOptions {
    /** Root of this project. */
    root: string;
    /** Where everything of this quickstart is kept. */
    folder: string;
    /** Wanted port of Node-RED; another is taken when it is not free. */
    port: number;
    /** Which Node-RED to run: a package name below node_modules. */
    nodeRedPackage?: string;
    /** Aborted while the programs start: they are stopped, and `startStack` throws. */
    signal?: AbortSignal;
    /** Called for each line that a program prints. */
    onLine?: (name: string, line: string) => void;
}

/**
 * Starts the print shop, Prometheus, Alertmanager and Node-RED with the quickstart's flow, all on 127.0.0.1; throws
 * when they run in this folder already.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
    const { root, folder, signal } = options;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    refuseSecond(folder);
    noteOwner(folder);
    await endLeftovers(folder);
    const ports: Ports = {
        nodeRed: await freePort(options.port),
        service: await freePort(),
        prometheus: await freePort(),
        alertmanager: await freePort(),
    };
    const nodeRedUrl = `http://127.0.0.1:${ports.nodeRed}`;
    noteOwner(folder, `${nodeRedUrl}/`);
    const token = keptSecret(path.join(folder, 'webhook-token'));
    const library = prepareLibrary(root, folder);
    const model = await chooseModel(process.env);
    const programs = startPrograms(options, ports, token);
    const stop = async (): Promise<void> => {
        await Promise.all(programs.toReversed().map((program) => program.stop()));
        await endRuns(path.join(folder, 'store'));
    };
    const ended = Promise.race(programs.map(endOf));
    const started = (what: string, probe: string): Promise<void> =>
        Promise.race([ended, waitUntil(`start of ${what}`, () => answers(probe), { signal })]);
    try {
        await started('Node-RED', `${nodeRedUrl}/flows`);
        await deployFlow(root, nodeRedUrl, {
            ports,
            library,
            store: path.join(folder, 'store'),
            webhookToken: token,
            model: 'vendor' in model ? model : undefined,
        });
        await started('Prometheus', `http://127.0.0.1:${ports.prometheus}/-/ready`);
        await started('Alertmanager', `http://127.0.0.1:${ports.alertmanager}/-/ready`);
        await started('the incident page', `${nodeRedUrl}/alert-to-fix/api/incidents`);
    } catch (error) {
        await stop();
        throw error;
    }
    return {
        port: ports.nodeRed,
        editorUrl: `${nodeRedUrl}/`,
        pageUrl: `${nodeRedUrl}/alert-to-fix/`,
        serviceUrl: `http://127.0.0.1:${ports.service}`,
        prometheusUrl: `http://127.0.0.1:${ports.prometheus}`,
        alertmanagerUrl: `http://127.0.0.1:${ports.alertmanager}`,
        model,
        ended,
        stop,
    };
}

function endOf({ name, child }: Program): Promise<never> {
    return new Promise((_, reject) => {
        child.once('error', (error) => reject(new Error(`${name} cannot be started: ${error.message}`)));
        child.once('exit', (code, signal) =>
            reject(new Error(`${name} ended by itself (${signal ?? `exit code ${code}`})`)),
        );
    });
}

/** Copies the runbooks and playbooks and writes the inventory of this machine. */
function prepareLibrary(root: string, folder: string): string {
    const library = path.join(folder, 'library');
    const shop = shopFolder(folder);
    copyLibrary(root, library);
    const worker = path.join(root, 'dist', 'flows', 'quickstart', 'demo-worker.js');
    const variables = {
        ansible_connection: 'local',
        spool_folder: path.join(shop, 'spool'),
        worker_pid_file: path.join(shop, 'worker.pid'),
        worker_node: process.execPath,
        worker_script: worker,
        print_shop_folder: shop,
    };
    const line = Object.entries(variables)
        .map(([name, value]) => `${name}=${JSON.stringify(value)}`)
        .join(' ');
    writeFileSync(path.join(library, 'inventory.ini'), `[print_shop]\n${DEMO_HOST} ${line}\n`);
    return library;
}

function shopFolder(folder: string): string {
    const shop = path.join(folder, 'print-shop');
    mkdirSync(shop, { recursive: true });
    return shop;
}

function startPrograms(options: StackOptions, ports: Ports, token: string): Program[] {
    const { root, folder } = options;
    const userDir = path.join(folder, 'node-red');
    const settings = prepareUserDir(root, userDir, ports.nodeRed);
    const env = { ...process.env, PATH: searchPath(root), [MARK]: folder };
    // Their interfaces that change or stop them (admin, lifecycle) are off, as by default.
    const ownPages = (port: number): string[] => [
        `--web.listen-address=127.0.0.1:${port}`,
        `--web.external-url=http://127.0.0.1:${port}/`,
    ];
    const commands: [name: string, command: string, ...args: string[]][] = [
        [
            'print-shop',
            process.execPath,
            path.join(root, 'dist/flows/quickstart/demo-service.js'),
            String(ports.service),
            shopFolder(folder),
        ],
        [
            'prometheus',
            findProgram(root, 'prometheus'),
            `--config.file=${writePrometheusConfig(folder, ports)}`,
            `--storage.tsdb.path=${path.join(folder, 'prometheus')}`,
            '--storage.tsdb.retention.time=1d',
            ...ownPages(ports.prometheus),
            `--web.cors.origin=http://127\\.0\\.0\\.1:${ports.prometheus}`,
        ],
        [
            'alertmanager',
            findProgram(root, 'prometheus-alertmanager', 'alertmanager'),
            `--config.file=${writeAlertmanagerConfig(folder, ports, token)}`,
            `--storage.path=${path.join(folder, 'alertmanager')}`,
            '--cluster.listen-address=',
            ...ownPages(ports.alertmanager),
        ],
        [
            'node-red',
            process.execPath,
            path.join(root, 'node_modules', options.nodeRedPackage ?? 'node-red', 'red.js'),
            '--userDir',
            userDir,
            '--settings',
            settings,
        ],
    ];
    const programs = commands.map(([name, command, ...args]) =>
        startProgram(name, command, args, { env, cwd: folder, onLine: (line) => options.onLine?.(name, line) }),
    );
    notePids(
        folder,
        programs.flatMap(({ child }) => child.pid ?? []),
    );
    return programs;
}
