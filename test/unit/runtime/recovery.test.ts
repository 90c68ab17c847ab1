import { FixError } from '../../../nodes/core/errors';
import type { FlowPosition } from '../../../nodes/core/model/incident';
import { Incidents } from '../../../nodes/core/store/incidents';
import type { Leases } from '../../../nodes/core/store/leases';
import type { IncidentStore } from '../../../nodes/core/store/port';
import { INSTANCE, instanceLease } from '../../../nodes/runtime/instance';
import { recover } from '../../../nodes/runtime/recovery';
import { noteFailedStep, undelivered } from '../../../nodes/runtime/undelivered';
import { anIncident, opening } from '../../support/incidents';
import { type TemporaryStore, temporarySqlite } from '../../support/stores';

let temporary: TemporaryStore;
let closing: AbortController;
let carriedOn: string[];

beforeEach(async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask', 'hrtime'] });
    temporary = await temporarySqlite();
    closing = new AbortController();
    carriedOn = [];
});
afterEach(async () => {
    closing.abort();
    jest.useRealTimers();
    await temporary.close();
});

/** Lets seconds pass, and all that waits for the store come to its end in each. */
async function pass(seconds: number): Promise<void> {
    for (let second = 0; second < seconds; second += 1) {
        jest.advanceTimersByTime(1_000);
        for (let turn = 0; turn < 5; turn += 1) await new Promise(setImmediate);
    }
}

function recovering(store: IncidentStore = temporary.store): void {
    recover(
        new Incidents(store, () => new Date()),
        {
            node: 'node-1',
            stages: ['open'],
            active: () => false,
            resume: async ({ id }) => void carriedOn.push(id),
            emit: ({ id }, output) => void carriedOn.push(`${id} on ${output}`),
            report: () => undefined,
        },
        closing.signal,
    );
}

async function leftBy(instance: string): Promise<void> {
    const flow: FlowPosition = { node: 'node-1', state: 'working', instance };
    await temporary.store.commit(opening(anIncident({ flow })));
}

test('a step that fails every time is carried on after ever longer pauses', async () => {
    await leftBy(INSTANCE);
    recovering();
    await pass(120);
    expect(carriedOn.length).toBeGreaterThan(2);
    expect(carriedOn.length).toBeLessThan(7);
});

test('a step of a process that died is carried on at once', async () => {
    await leftBy('dead');
    recovering();
    await pass(1);
    expect(carriedOn).toHaveLength(1);
});

describe('an incident that this process has put on an output', () => {
    const STORE_DOWN = new FixError('STORE_DOWN', 'away');
    const sent: FlowPosition = { node: 'node-1', state: 'sent', port: 1, instance: INSTANCE };

    async function sentIncident(): Promise<string> {
        const incident = anIncident({ flow: sent });
        await temporary.store.commit(opening(incident));
        recovering();
        await pass(6);
        expect(carriedOn).toEqual([]);
        return incident.id;
    }

    test('is put there again, once, when the store failed the node that was to take it over', async () => {
        const id = await sentIncident();
        noteFailedStep(id, STORE_DOWN);
        await pass(30);
        expect(carriedOn).toEqual([`${id} on 1`]);
    });

    test('is put there again each time that this fails, after ever longer pauses', async () => {
        const id = await sentIncident();
        for (let second = 0; second < 120; second += 1) {
            noteFailedStep(id, STORE_DOWN);
            await pass(1);
        }
        expect(carriedOn.length).toBeGreaterThan(2);
        expect(carriedOn.length).toBeLessThan(7);
    });

    test('stays there when the node refused it for a reason of its own', async () => {
        const id = await sentIncident();
        noteFailedStep(id, new FixError('STAGE_WRONG', 'no'));
        await pass(30);
        expect(carriedOn).toEqual([]);
    });

    test('is left alone once it has moved on', async () => {
        const id = await sentIncident();
        noteFailedStep(id, STORE_DOWN);
        const incidents = new Incidents(temporary.store, () => new Date());
        await incidents.change(id, (incident) => ({
            incident: { ...incident, flow: { node: 'node-2', state: 'working', instance: INSTANCE } },
            entries: [{ type: 'flow.resumed', by: 'node:test', text: 'Taken over.' }],
        }));
        await pass(30);
        expect(carriedOn).toEqual([]);
        expect(undelivered().has(id)).toBe(false);
    });
});

test('while the store was away nobody could renew a lease, so nobody is considered dead until all could', async () => {
    let away = false;
    const { store } = temporary;
    const unlessAway = <Answer>(ask: () => Promise<Answer>): Promise<Answer> =>
        away ? Promise.reject(new Error('away')) : ask();
    const shared: IncidentStore = Object.assign(Object.create(store) as IncidentStore, {
        leases: {
            take: (...asked: Parameters<Leases['take']>) => unlessAway(() => store.leases.take(...asked)),
            release: (...asked: Parameters<Leases['release']>) => store.leases.release(...asked),
            ownerOf: (name: string) => store.leases.ownerOf(name),
        } satisfies Leases,
        idsLeftAt: (...asked: Parameters<IncidentStore['idsLeftAt']>) => unlessAway(() => store.idsLeftAt(...asked)),
    });
    await leftBy('other');
    await store.leases.take(instanceLease('other'), 'other', 15_000);
    recovering(shared);
    await pass(5);
    away = true;
    await pass(25);
    away = false;
    await pass(6);
    expect(carriedOn).toEqual([]);
    await pass(30);
    expect(carriedOn).not.toEqual([]);
});

test('a node that has closed meanwhile is not begun with', async () => {
    await leftBy('dead');
    closing.abort();
    recovering();
    await pass(6);
    expect(carriedOn).toEqual([]);
    expect(await temporary.store.leases.ownerOf(instanceLease(INSTANCE))).toBeUndefined();
});

test('a wall clock that goes back does not keep a step from being carried on', async () => {
    await leftBy(INSTANCE);
    recovering();
    await pass(1);
    expect(carriedOn).toHaveLength(1);
    jest.setSystemTime(Date.now() - 3_600_000);
    await pass(30);
    expect(carriedOn.length).toBeGreaterThan(1);
});
