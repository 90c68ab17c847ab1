import { setTimeout as pause } from 'node:timers/promises';
import { hold, keepHolding, type Lease, releaseAll, takeAll } from '../../../../nodes/core/store/hold';
import type { Leases } from '../../../../nodes/core/store/leases';
import { until } from '../../../support/processes';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

let temporary: TemporaryStore;
let leases: Leases;
const never = new AbortController().signal;
const lease = (owner: string, parts: Partial<Lease> = {}): Lease => ({ name: 'step', owner, ttlMs: 60_000, ...parts });

beforeEach(async () => {
    temporary = await temporarySqlite();
    leases = temporary.store.leases;
});
afterEach(() => temporary.close());

function begun(owner: string, parts: Partial<Lease> = {}): { end: () => void; ended: Promise<unknown> } {
    let end = (): void => undefined;
    const work = new Promise<void>((resolve) => {
        end = resolve;
    });
    return { end, ended: hold(leases, lease(owner, parts), () => work) };
}

describe('work under a lease', () => {
    test('is done once at a time, and gives the lease back at its end', async () => {
        const first = begun('a');
        await until(async () => (await leases.ownerOf('step')) === 'a');
        await expect(hold(leases, lease('b'), () => Promise.reject(new Error('done twice')))).resolves.toBeUndefined();
        first.end();
        await first.ended;
        await expect(leases.ownerOf('step')).resolves.toBeUndefined();
        await expect(hold(leases, lease('b'), async () => 'done')).resolves.toEqual({ result: 'done' });
    });

    test('gives the lease back when it fails', async () => {
        await expect(hold(leases, lease('a'), () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
        await expect(leases.ownerOf('step')).resolves.toBeUndefined();
    });

    test('keeps the lease however long it takes', async () => {
        const first = begun('a', { ttlMs: 60 });
        await pause(300);
        await expect(leases.ownerOf('step')).resolves.toBe('a');
        first.end();
        await first.ended;
        await pause(100);
        await expect(leases.ownerOf('step')).resolves.toBeUndefined();
    });

    test('does not take the lease once more with a renewal that was on its way when it ended', async () => {
        const slow: Leases = {
            take: async (...asked) => {
                await pause(40);
                return leases.take(asked[0], asked[1], 60_000);
            },
            release: (...asked) => leases.release(...asked),
            ownerOf: (name) => leases.ownerOf(name),
        };
        await hold(slow, lease('a', { ttlMs: 30 }), () => pause(15));
        await pause(60);
        await expect(leases.ownerOf('step')).resolves.toBeUndefined();
    });
});

describe('who waits for a lease', () => {
    test('has it when it is given back', async () => {
        const first = begun('a');
        const second = hold(leases, lease('b'), async () => 'done', { everyMs: 5, signal: never });
        await pause(30);
        first.end();
        await expect(second).resolves.toEqual({ result: 'done' });
    });

    test.each([
        ['has no patience left', () => ({ patienceMs: 20, signal: never })],
        ['is stopped', () => ({ signal: AbortSignal.timeout(20) })],
    ])('does without it when it %s', async (_what, waiting) => {
        await leases.take('step', 'a', 60_000);
        const work = jest.fn();
        await expect(hold(leases, lease('b'), work, { everyMs: 5, ...waiting() })).resolves.toBeUndefined();
        expect(work).not.toHaveBeenCalled();
        await expect(leases.ownerOf('step')).resolves.toBe('a');
    });

    test('waits for the other lease as well that must be free', async () => {
        await leases.take('other', 'a', 60_000);
        const waiting = { everyMs: 5, signal: never, besides: 'other' };
        const held = hold(leases, lease('b'), async () => 'done', waiting);
        await pause(30);
        await expect(leases.ownerOf('step')).resolves.toBeUndefined();
        await leases.release('other', 'a');
        await expect(held).resolves.toEqual({ result: 'done' });
    });
});

describe('a lease that is kept', () => {
    test('is held from now on, and runs out after the last renewal', async () => {
        const { stop } = keepHolding(leases, lease('a', { ttlMs: 60 }), () => undefined);
        await pause(200);
        await expect(leases.ownerOf('step')).resolves.toBe('a');
        stop();
        await until(async () => (await leases.ownerOf('step')) === undefined);
    });

    test('says each time that the store did not take it', async () => {
        let missed = 0;
        await temporary.store.close();
        const { stop } = keepHolding(leases, lease('a', { ttlMs: 30 }), () => {
            missed += 1;
        });
        await until(() => missed >= 2);
        stop();
    });
});

describe('several leases', () => {
    const wanted = [lease('a', { name: 'one' }), lease('a', { name: 'two' }), lease('a', { name: 'three' })];

    test('are taken together, and given back together', async () => {
        await expect(takeAll(leases, wanted)).resolves.toBeUndefined();
        for (const { name } of wanted) await expect(leases.ownerOf(name)).resolves.toBe('a');
        await releaseAll(leases, wanted);
        for (const { name } of wanted) await expect(leases.ownerOf(name)).resolves.toBeUndefined();
    });

    test('none is kept when one is held, and that one is named', async () => {
        await leases.take('two', 'b', 60_000);
        await expect(takeAll(leases, wanted)).resolves.toEqual({ name: 'two', holder: 'b' });
        await expect(leases.ownerOf('one')).resolves.toBeUndefined();
        await expect(leases.ownerOf('three')).resolves.toBeUndefined();
        await expect(leases.ownerOf('two')).resolves.toBe('b');
    });
});
