/**
 * @needs redis-server
 * @needs prometheus
 * @needs prometheus-alertmanager
 * @needs ansible-playbook
 */
import path from 'node:path';
import { Line } from '../support/line';
import { until } from '../support/processes';
import { type RunningServer, startPrometheus } from '../support/prometheus';
import { type RedisServer, startRedis } from '../support/redis';

/** It starts Node-RED a dozen times, and waits as often for leases to run out. */
jest.setTimeout(600_000);

/** What a Node-RED that is killed and started again is given. */
interface Scene {
    line: Line;
    prometheus: RunningServer;
    redis?: RedisServer;
}

async function scene(kind: 'embedded' | 'redis'): Promise<Scene> {
    const prometheus = await startPrometheus();
    const redis = kind === 'redis' ? await startRedis() : undefined;
    return {
        line: await Line.start({ prometheus: prometheus.url, ...(redis ? { redis: redis.port } : {}) }),
        prometheus,
        redis,
    };
}

async function close({ line, prometheus, redis }: Scene): Promise<void> {
    await line.close();
    await prometheus.stop();
    await redis?.close();
}

/** Kills Node-RED now, and starts it again. */
async function killAndRestart(line: Line, id: string): Promise<void> {
    await line.kill();
    await line.restart();
    expect((await line.show(id)).chain).toEqual({ whole: true });
}

/** Kills what still runs of these; answers how many were named. */
function killed(pids: readonly number[]): number {
    for (const pid of pids) {
        try {
            process.kill(pid, 'SIGKILL');
        } catch {
            // It has ended meanwhile, for want of the others.
        }
    }
    return pids.length;
}

/** Plays with both stores at the same time, which mostly wait for leases to run out. */
async function withBothStores(play: (scene: Scene) => Promise<void>): Promise<void> {
    const played = await Promise.allSettled(
        (['embedded', 'redis'] as const).map(async (kind) => {
            const at = await scene(kind);
            await play(at).finally(() => close(at));
        }),
    );
    const failed = played.filter((result) => result.status === 'rejected').map(({ reason }) => reason as Error);
    if (failed[0]) throw failed[0];
}

test('an incident whose Node-RED is killed at every stage of its life is fixed once, and verified', async () =>
    withBothStores(async ({ line, prometheus }) => {
        prometheus.freeze();
        const id = await line.fire();
        await line.happened(id, 'diagnosis.started');
        await killAndRestart(line, id);
        expect((await line.show(id)).incident.stage).toBe('open');
        prometheus.thaw();

        await line.happened(id, 'plan.started');
        await until(() => line.ansible('--check').length > 0);
        const dryRun = line.ansible();
        await killAndRestart(line, id);

        const waiting = await line.at(id, 'waiting', 'failed');
        expect([waiting.stage, waiting.reason]).toEqual(['waiting', undefined]);
        await until(() => line.ansible().every((pid) => !dryRun.includes(pid)));
        await killAndRestart(line, id);
        expect((await line.show(id)).card.decision).toBeDefined();
        expect(await line.ran()).toEqual([]);

        await line.approve(id);
        await line.happened(id, 'run.checking');
        await until(() => line.ansible('--check').length > 0);
        await killAndRestart(line, id);

        await line.at(id, 'running', 'unknown', 'refused');
        await until(async () => (await line.ran()).includes('began'));
        await killAndRestart(line, id);

        await line.at(id, 'verifying', 'unknown', 'refused', 'failed');
        await killAndRestart(line, id);
        await line.clear();
        const ended = await line.at(id, 'closed', 'unknown', 'refused', 'failed');
        expect([ended.stage, ended.reason, ended.verification?.result]).toEqual(['closed', undefined, 'cleared']);
        expect(await line.ran()).toEqual(['began', 'ended']);
        expect(await line.list()).toHaveLength(1);
        await until(() => line.ansible().length === 0);
        expect((await line.show(id)).chain).toEqual({ whole: true });
        await until(() => {
            expect(line.runFiles()).toEqual([ended.run?.id, `${ended.run?.id}/log.txt`]);
            return true;
        });
    }));

test('when Ansible dies too, the incident is unknown: a person looks, and nothing runs again', async () =>
    withBothStores(async ({ line }) => {
        const id = await line.fire();
        await line.at(id, 'waiting');
        await line.approve(id);
        await until(async () => (await line.ran()).includes('began'));
        await line.kill();
        await until(() => killed(line.ansible()) === 0);
        await line.restart();
        const ended = await line.at(id, 'unknown', 'closed', 'failed');
        expect(ended).toMatchObject({ stage: 'unknown', reason: expect.stringContaining('not run again') });
        const again = await line.decide(id, 'approve');
        expect(again.status).toBe(409);
        expect(await line.ran()).toEqual(['began']);
        expect((await line.show(id)).chain).toEqual({ whole: true });
    }));

test('a second Node-RED on the same Redis takes over an incident that waited at the one that was killed', async () => {
    const prometheus = await startPrometheus();
    const redis = await startRedis();
    const first = await Line.start({ prometheus: prometheus.url, redis: redis.port });
    const keys = { 'a2f-store': { path: path.join(first.nodeRed.userDir, 'incidents') } };
    const second = await Line.start({
        prometheus: prometheus.url,
        redis: redis.port,
        library: first.library,
        alertmanager: first.alertmanager,
        change: keys,
    });
    try {
        const id = await first.fire();
        await first.at(id, 'waiting');
        await first.kill();
        await second.approve(id);
        await second.at(id, 'verifying', 'unknown', 'refused', 'failed');
        await first.clear();
        const ended = await second.at(id, 'closed', 'unknown', 'refused', 'failed');
        expect([ended.stage, ended.reason, ended.verification?.result]).toEqual(['closed', undefined, 'cleared']);
        expect(await second.ran()).toEqual(['began', 'ended']);
        expect((await second.show(id)).chain).toEqual({ whole: true });
    } finally {
        await second.close();
        await first.close();
        await prometheus.stop();
        await redis.close();
    }
});
