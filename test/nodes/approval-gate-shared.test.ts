// @needs redis-server

import path from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { decide } from '../../nodes/core/approval/decide';
import { systemClock } from '../../nodes/core/clock';
import type { Decision } from '../../nodes/core/model/approval';
import { Incidents } from '../../nodes/core/store/incidents';
import { aPlannedIncident, keys, person, sealOf } from '../support/approvals';
import { type RunningProgram, spawnUntil, stop, until } from '../support/processes';
import { type RedisServer, startRedis } from '../support/redis';

/** Two Node-RED processes with the same flow, and this one as the incident page, on one Redis. */
let redis: RedisServer;
let store: RedisStore;
let incidents: Incidents;
let processes: RunningProgram[];

const startGate = (): Promise<RunningProgram> =>
    spawnUntil({
        command: process.execPath,
        args: [
            '--require',
            path.join(__dirname, '../support/typescript-hook.cjs'),
            path.join(__dirname, '../support/gate-process.ts'),
            String(redis.port),
        ],
        options: { stdio: ['pipe', 'pipe', 'pipe'] },
        ready: (program) => program.output().includes('ready\n'),
        withinMs: 120_000,
    });

beforeEach(async () => {
    processes = [];
    redis = await startRedis();
    store = new RedisStore({ mode: 'standalone', nodes: [{ host: '127.0.0.1', port: redis.port }] });
    await store.open();
    incidents = new Incidents(store, systemClock);
    processes = await Promise.all([startGate(), startGate()]);
});
afterEach(async () => {
    await Promise.all(processes.map((program) => stop(program, 'SIGKILL')));
    await store.close();
    await redis.close();
});

const linesOf = (program: RunningProgram): string[] =>
    program
        .output()
        .split('\n')
        .filter((line) => line.includes('inc-'));
const allLines = (): string[] => processes.flatMap(linesOf);

/** Brings a new incident to the gate of one process. */
async function waitingAt(program: RunningProgram): Promise<string> {
    const { id } = await planned();
    program.child.stdin?.write(`${id}\n`);
    await until(() => linesOf(program).includes(`waiting ${id} marked`));
    return id;
}

async function planned(): Promise<{ id: string }> {
    const incident = aPlannedIncident();
    await incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    return incident;
}

async function click(id: string, verdict: Decision['verdict'] = 'approve'): Promise<void> {
    const { incident } = await incidents.get(id);
    await decide({ incidents, keys }, { incidentId: id, seal: sealOf(incident), verdict, by: person('alice') });
}

test('each decision comes out once, where the message waits', async () => {
    const [one, two] = processes as [RunningProgram, RunningProgram];
    const atOne = await Promise.all(Array.from({ length: 5 }, () => waitingAt(one)));
    const atTwo = await Promise.all(Array.from({ length: 5 }, () => waitingAt(two)));
    await Promise.all([...atOne, ...atTwo].map((id, index) => click(id, index % 2 === 0 ? 'approve' : 'reject')));

    const decided = (program: RunningProgram): string[] =>
        linesOf(program)
            .filter((line) => !line.startsWith('waiting'))
            .sort();
    const expected = (ids: string[], first: number): string[] =>
        ids.map((id, index) => `${(index + first) % 2 === 0 ? 'approved' : 'refused'} ${id} marked`).sort();
    await until(() => decided(one).length + decided(two).length >= 10);
    await pause(4_000);
    expect(decided(one)).toEqual(expected(atOne, 0));
    expect(decided(two)).toEqual(expected(atTwo, 5));
    for (const id of [...atOne, ...atTwo]) {
        expect((await store.timeline(id)).filter(({ type }) => type === 'flow.sent')).toHaveLength(1);
    }
});

test('a message brought to both gates is taken by one', async () => {
    const { id } = await planned();
    processes.forEach((program) => program.child.stdin?.write(`${id}\n`));
    await until(() => allLines().length > 0);
    await click(id);
    await until(() => allLines().some((line) => line.startsWith('approved')));
    await pause(4_000);
    expect(allLines().sort()).toEqual([`approved ${id} marked`, `waiting ${id} marked`]);
});

test('when a process dies, the other carries its decision on, once', async () => {
    const [one, two] = processes as [RunningProgram, RunningProgram];
    const id = await waitingAt(one);
    await stop(one, 'SIGKILL');
    await click(id);
    await until(() => linesOf(two).length > 0);
    await pause(6_000);
    expect(linesOf(two)).toEqual([`approved ${id} unmarked`]);
});
