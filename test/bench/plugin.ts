import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { opening } from '../../nodes/core/approval/gate';
import { systemClock } from '../../nodes/core/clock';
import type { NewTimelineEntry } from '../../nodes/core/model/timeline';
import { Incidents } from '../../nodes/core/store/incidents';
import { aGate, aPlannedIncident, aPolicy, aRule } from '../support/approvals';
import { goProgram } from '../support/botkube-host';
import { serveFolder, serveProgram } from '../support/botkube-repository';
import { APPROVER_ENTRY, BotkubeScene, secretKeys } from '../support/botkube-scene';
import { GoPluginHost } from '../support/go-plugin-host';
import { buildRelease, fileOf, readIndex, urlFor } from '../support/plugin-release';
import { startRedis } from '../support/redis';
import { aim, type Effort, type Figure, type Measurement, median, milliseconds, percentile } from './figures';

const ARCHITECTURE = process.arch === 'arm64' ? 'arm64' : 'amd64';
const SETTLE_MS = 2_000;
const EXECUTES = 1_000;

/** Two plugins in the same kind of Botkube: ours as released, and the least that one in Go can be. */
interface Pair {
    ours: BotkubeScene;
    go: BotkubeScene;
}

/**
 * The Botkube plugin next to a minimal executor in Go, which has one fixed answer. Commands and memory: both under
 * Botkube's own plugin manager and gRPC client (`test/plugin/go-host`), each plugin under a host of its own, the times
 * taken inside that host. Start: the files that the manager downloaded, started by the double of go-plugin's host,
 * which can see when the handshake line comes. Ours is the release that `npm run plugin:build` makes.
 */
export async function measurePlugin(effort: Effort): Promise<Measurement[]> {
    effort.progress('plugin: building the release and the Go programs');
    const release = mkdtempSync(path.join(tmpdir(), 'a2f-release-'));
    buildRelease(release);
    const goFile = await goProgram('./minimal-executor');
    const redis = await startRedis('--appendfsync', 'everysec');
    try {
        const command = `fix show ${await storedIncident(redis.port)}`;
        const config = {
            redis: { host: '127.0.0.1', port: redis.port },
            signingKeysEnv: 'FIX_SIGNING_KEYS',
            mayDecide: true,
        };
        const ours = await BotkubeScene.start(config, () => serveFolder(release));
        const go = await BotkubeScene.start(config, () => serveProgram(readFileSync(goFile)));
        try {
            const size = measureSize(release, goFile, ours.downloads);
            const memory = await measureMemory(effort, { ours, go }, command);
            const latency = await measureLatency(effort, { ours, go }, command);
            const start = await measureStart(effort, { ours, go }, release);
            return [
                {
                    title: 'Botkube plugin next to a minimal executor in Go',
                    figures: [...start, ...memory, ...latency, ...size],
                },
            ];
        } finally {
            await ours.close();
            await go.close();
        }
    } finally {
        await redis.close();
        rmSync(release, { recursive: true });
    }
}

/** An incident that was diagnosed and planned, and waits for approval; gives its id. */
async function storedIncident(port: number): Promise<string> {
    const store = new RedisStore({ mode: 'standalone', nodes: [{ host: '127.0.0.1', port }], namespace: 'a2f' });
    await store.open();
    try {
        const incidents = new Incidents(store, systemClock);
        const incident = aPlannedIncident({}, secretKeys);
        const entries: NewTimelineEntry[] = [
            { type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' },
            ...[1, 2, 3, 4, 5].map(
                (line): NewTimelineEntry => ({
                    type: 'diagnosis.made',
                    by: 'node:llm-diagnose',
                    text: `Diagnosis ${line}: the spool folder holds print jobs that nobody fetches.`,
                }),
            ),
        ];
        await incidents.create(incident, entries);
        const policy = aPolicy([aRule({ approvers: [APPROVER_ENTRY] })], { expirySeconds: 3_600 });
        await incidents.change(incident.id, opening(aGate(policy, { keys: secretKeys })));
        return incident.id;
    } finally {
        await store.close();
    }
}

/** From starting the process to its handshake line, taking turns. */
async function measureStart({ quick, progress }: Effort, { ours, go }: Pair, release: string): Promise<Figure[]> {
    progress('plugin: start');
    const single = path.join(
        release,
        fileOf(urlFor(readIndex(path.join(release, 'plugins-index-single-file.yaml')), ARCHITECTURE).url),
    );
    const unpacking = await timeToHandshake(single);
    const rounds: { ours: number; go: number; single: number }[] = [];
    for (let round = 0; round < (quick ? 5 : 15); round += 1) {
        rounds.push({
            ours: await timeToHandshake(pluginFile(ours)),
            go: await timeToHandshake(pluginFile(go)),
            single: await timeToHandshake(single),
        });
    }
    const [value, yardstick, later] = [
        median(rounds.map((one) => one.ours)),
        median(rounds.map((one) => one.go)),
        median(rounds.map((one) => one.single)),
    ];
    return [
        {
            name: 'start to handshake',
            value: milliseconds(value),
            yardstick: milliseconds(yardstick),
            ratio: value / yardstick,
            aim: aim(value, 'at most', 250, ' ms'),
        },
        {
            name: 'the same, single file',
            value: `${milliseconds(later)}; the first time, unpacking, ${milliseconds(unpacking)}`,
        },
    ];
}

async function timeToHandshake(command: string): Promise<number> {
    const host = await GoPluginHost.start({ command, env: { PLUGIN_DEPENDENCY_DIR: `${command}_deps` } });
    await host.kill();
    return host.handshakeMs;
}

/** The plugin where Botkube put it; its dependencies are beside it. */
function pluginFile({ downloads }: BotkubeScene): string {
    const name = readdirSync(downloads).find((file) => /^executor_.*_fix$/.test(file));
    if (name === undefined) throw new Error(`Botkube put no plugin into ${downloads}`);
    return path.join(downloads, name);
}

/** Resident memory once started, and after many commands. */
async function measureMemory({ progress }: Effort, pair: Pair, command: string): Promise<Figure[]> {
    progress(`plugin: memory, ${EXECUTES} Executes`);
    const figure = async (name: string): Promise<Figure> => {
        await pause(SETTLE_MS);
        const [value, yardstick] = [residentMiB(pair.ours), residentMiB(pair.go)];
        return {
            name,
            value: `${value.toFixed(0)} MiB`,
            yardstick: `${yardstick.toFixed(0)} MiB`,
            ratio: value / yardstick,
            aim: aim(value, 'at most', 80, ' MiB'),
        };
    };
    const idle = await figure('resident memory, idle');
    await pair.ours.load(command, EXECUTES, 10);
    await pair.go.load(command, EXECUTES, 10);
    return [idle, await figure(`resident memory after ${EXECUTES} Executes`)];
}

function residentMiB({ host }: BotkubeScene): number {
    const status = readFileSync(`/proc/${host.pluginPid()}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
}

/**
 * What an Execute takes, as Botkube sees it, taking turns. `fix help` needs no store: it tells what the call itself
 * takes.
 */
async function measureLatency({ quick, progress }: Effort, pair: Pair, show: string): Promise<Figure[]> {
    const figures: Figure[] = [];
    for (const { command, inFlight, limit } of [
        { command: show, inFlight: 1, limit: 2 },
        { command: show, inFlight: 10, limit: 2 },
        { command: 'fix help', inFlight: 1 },
    ]) {
        const name = `Execute, ${command === show ? 'fix show' : command}, ${inFlight} in flight`;
        progress(`plugin: ${name}`);
        const rounds: { ours: number[]; go: number[] }[] = [];
        for (let round = 0; round < (quick ? 3 : 7); round += 1) {
            const requests = (quick ? 100 : 300) * (inFlight === 1 ? 1 : 3);
            rounds.push({
                ours: await pair.ours.load(command, requests, inFlight),
                go: await pair.go.load(command, requests, inFlight),
            });
        }
        const ratio = median(rounds.map((one) => percentile(one.ours, 0.5) / percentile(one.go, 0.5)));
        const [value, yardstick] = [rounds.flatMap((one) => one.ours), rounds.flatMap((one) => one.go)].map(summary);
        figures.push({
            name,
            value: value ?? '',
            yardstick,
            ratio,
            ...(limit === undefined ? {} : { aim: aim(ratio, 'at most', limit) }),
        });
    }
    return figures;
}

function summary(latencies: readonly number[]): string {
    const [middle, late] = [0.5, 0.99].map((share) => percentile(latencies, share).toFixed(2));
    return `p50 ${middle} ms, p99 ${late} ms`;
}

/** What Botkube keeps on disk, and what it downloads for that. */
function measureSize(release: string, goFile: string, downloads: string): Figure[] {
    const { url, dependencies } = urlFor(readIndex(path.join(release, 'plugins-index.yaml')), ARCHITECTURE);
    const downloaded = [url, ...Object.values(dependencies).map((dependency) => dependency.url)].map((one) =>
        path.join(release, fileOf(one)),
    );
    const onDisk = readdirSync(downloads, { recursive: true, encoding: 'utf8' }).map((name) =>
        path.join(downloads, name),
    );
    const figure = (name: string, value: number, yardstick: number): Figure => ({
        name,
        value: `${mebibytes(value)} MiB`,
        yardstick: `${mebibytes(yardstick)} MiB`,
        ratio: value / yardstick,
    });
    return [
        figure('size on disk', total(onDisk), statSync(goFile).size),
        figure('size compressed', total(downloaded), gzipSync(readFileSync(goFile)).length),
    ];
}

function total(files: readonly string[]): number {
    return files.map((file) => statSync(file)).reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}

function mebibytes(bytes: number): string {
    return (bytes / 2 ** 20).toFixed(0);
}
