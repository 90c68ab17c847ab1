/**
 * For a process that a test starts with `--require <this file>`: writes down every journal point that it passes (each
 * write to the store, each start of Ansible), and does at one of them, before or after, what the test has ordered.
 * JOURNAL_FOLDER names the folder of `order.json` and `passed.jsonl`, see `journal.ts`.
 */
import childProcess from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { RedisLeases } from '../../nodes/adapters/redis/redis-leases';
import { RedisMemories } from '../../nodes/adapters/redis/redis-memories';
import { RedisPreviews } from '../../nodes/adapters/redis/redis-previews';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { SqliteLeases } from '../../nodes/adapters/sqlite/sqlite-leases';
import { SqliteMemories } from '../../nodes/adapters/sqlite/sqlite-memories';
import { SqlitePreviews } from '../../nodes/adapters/sqlite/sqlite-previews';
import { SqliteStore } from '../../nodes/adapters/sqlite/sqlite-store';
import type { Leases } from '../../nodes/core/store/leases';
import type { MemoryRecords } from '../../nodes/core/store/memory-records';
import type { Commit, IncidentStore } from '../../nodes/core/store/port';
import type { Previews } from '../../nodes/core/store/previews';
import type { Order, Passed } from './journal';

const folder = process.env.JOURNAL_FOLDER ?? '';
/** How often a file is looked at for what is to be seen in it, milliseconds. */
const LOOK_MS = 2;

/** What belongs to the present order: how often each point was passed, and the incidents that were opened since. */
let counts = new Map<string, number>();
let opened = new Set<string>();
let orderId: number | undefined;
let isDone = false;
/** Every Ansible that this process has started and that runs. */
const children = new Set<number>();

function presentOrder(): Order | undefined {
    let order: Order | undefined;
    try {
        order = JSON.parse(readFileSync(path.join(folder, 'order.json'), 'utf8')) as Order;
    } catch {
        return undefined;
    }
    if (order.id !== orderId) {
        orderId = order.id;
        counts = new Map();
        opened = new Set();
        isDone = passedBefore(order.id);
    }
    return order;
}

/** Has an earlier process carried out this order? */
function passedBefore(id: number): boolean {
    return readFileSync(path.join(folder, 'passed.jsonl'), 'utf8')
        .split('\n')
        .filter(Boolean)
        .some((line) => (JSON.parse(line) as Passed).done === id);
}

/** Never fails: a disk that is full is part of what is tried, and must hit the store and not its observer. */
function note(passed: Passed): void {
    try {
        appendFileSync(path.join(folder, 'passed.jsonl'), `${JSON.stringify(passed)}\n`);
    } catch {
        return;
    }
}

/** Notes that the point was reached; answers the order that is to be carried out there. */
function reach(name: string): Order | undefined {
    const order = presentOrder();
    if (!order) return undefined;
    const occurrence = (counts.get(name) ?? 0) + 1;
    counts.set(name, occurrence);
    note({ order: order.id, name, occurrence });
    return !isDone && order.point?.name === name && order.point.occurrence === occurrence ? order : undefined;
}

function carryOut(order: Order): void {
    isDone = true;
    note({ order: order.id, name: order.point?.name ?? '', occurrence: order.point?.occurrence ?? 0, done: order.id });
    const { act } = order;
    if ('tell' in act) {
        const { NODE_OPTIONS: _own, ...env } = process.env;
        childProcess.execFileSync(
            process.execPath,
            ['-e', `fetch(${JSON.stringify(act.tell)}).then((answer) => answer.text())`],
            { env },
        );
        return;
    }
    for (const pid of act.kill)
        for (const one of pid === 'ansible' ? [...children] : [pid === 'self' ? process.pid : pid]) kill(one);
}

function kill(pid: number): void {
    try {
        process.kill(pid, 'SIGKILL');
    } catch {
        // It has ended already.
    }
}

async function at<Answer>(name: string, incidentId: string | undefined, work: () => Promise<Answer>): Promise<Answer> {
    presentOrder();
    const isOurs = incidentId === undefined || opened.has(incidentId);
    const order = isOurs ? reach(name) : undefined;
    if (order?.when === 'before') carryOut(order);
    const answer = await work();
    if (order?.when === 'after') carryOut(order);
    return answer;
}

function nameOf({ entries }: Commit): string {
    return [...new Set(entries.map(({ type }) => type))].join(' + ');
}

function watchStore(store: IncidentStore): void {
    const { commit, claimGroup } = store;
    store.commit = function (change) {
        presentOrder();
        if (change.expectedVersion === 0) opened.add(change.incident.id);
        return at(nameOf(change), change.incident.id, () => commit.call(this, change));
    };
    store.claimGroup = function (...args) {
        presentOrder();
        return at('group claimed', opened.size === 0 ? undefined : '', () => claimGroup.apply(this, args));
    };
}

function watchMemories(memories: MemoryRecords): void {
    const { write } = memories;
    memories.write = function (record) {
        return at('memory written', record.incidentId, () => write.call(this, record));
    };
}

function watchPreviews(previews: Previews): void {
    const { keep } = previews;
    previews.keep = function (id, ...rest) {
        return at('dry run kept', id, () => keep.call(this, id, ...rest));
    };
}

function watchLeases(leases: Leases): void {
    const { take, release } = leases;
    const ofHosts = (name: string, owner: string): string | undefined =>
        name.startsWith('host:') ? owner.split('/')[0] : '';
    leases.take = function (name, owner, ttlMs) {
        return at('host taken', ofHosts(name, owner), () => take.call(this, name, owner, ttlMs));
    };
    leases.release = function (name, owner) {
        return at('host given back', ofHosts(name, owner), () => release.call(this, name, owner));
    };
}

/** Does what was ordered as soon as the file has the text. */
function whenSeen(file: string, text: string, order: Order): void {
    const timer = setInterval(() => {
        let content = '';
        try {
            content = readFileSync(file, 'utf8');
        } catch {
            return;
        }
        if (!content.includes(text)) return;
        clearInterval(timer);
        carryOut(order);
    }, LOOK_MS);
}

function watchAnsible(): void {
    const { spawn } = childProcess;
    const watched = (
        command: string,
        args: string[],
        options: childProcess.SpawnOptions,
    ): childProcess.ChildProcess => {
        if (path.basename(command) !== 'ansible-playbook') return spawn(command, args, options);
        const order = reach(args.includes('--check') ? 'Ansible checks' : 'Ansible runs');
        if (order?.when === 'before') carryOut(order);
        const child = spawn(command, args, options);
        const { pid } = child;
        if (pid !== undefined) {
            children.add(pid);
            child.once('exit', () => children.delete(pid));
        }
        if (order?.when === 'after') carryOut(order);
        const variables = args.find((arg) => arg.startsWith('@'))?.slice(1) ?? '';
        if (order?.when === 'end') whenSeen(path.join(path.dirname(variables), 'events.jsonl'), '"stats"', order);
        if (order?.when === 'middle' && order.middle) whenSeen(order.middle.file, order.middle.text, order);
        return child;
    };
    childProcess.spawn = watched as typeof childProcess.spawn;
}

if (folder !== '') {
    for (const { prototype } of [SqliteStore, RedisStore]) watchStore(prototype);
    for (const { prototype } of [SqliteMemories, RedisMemories]) watchMemories(prototype);
    for (const { prototype } of [SqlitePreviews, RedisPreviews]) watchPreviews(prototype);
    for (const { prototype } of [SqliteLeases, RedisLeases]) watchLeases(prototype);
    watchAnsible();
}
