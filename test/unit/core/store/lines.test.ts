import { FixError } from '../../../../nodes/core/errors';
import { Lines } from '../../../../nodes/core/store/lines';

const done = <Result>(value: Result): PromiseSettledResult<Result> => ({ status: 'fulfilled', value });

test('keys do not wait for one another', async () => {
    let end = (): void => undefined;
    const lines = new Lines(async (key: string, jobs: readonly string[]) => {
        if (key === 'slow') {
            await new Promise<void>((resolve) => {
                end = resolve;
            });
        }
        return jobs.map(done);
    }, 10);
    const slow = lines.add('slow', 'later');
    await expect(lines.add('fast', 'now')).resolves.toBe('now');
    end();
    await expect(slow).resolves.toBe('later');
    expect(lines.size).toBe(0);
});

test('the first begins at once; those that come meanwhile are done together, in their order, a few at a time', async () => {
    const together: (readonly number[])[] = [];
    const lines = new Lines(async (_key: string, jobs: readonly number[]) => {
        together.push(jobs);
        await Promise.resolve();
        return jobs.map(done);
    }, 3);
    await expect(Promise.all([0, 1, 2, 3, 4].map((job) => lines.add('a', job)))).resolves.toEqual([0, 1, 2, 3, 4]);
    expect(together).toEqual([[0], [1, 2, 3], [4]]);
    expect(lines.size).toBe(0);
});

test('a job that fails is told so, and those done together with it are not', async () => {
    const lines = new Lines(
        async (_key: string, jobs: readonly number[]) =>
            jobs.map(
                (job): PromiseSettledResult<number> =>
                    job === 2 ? { status: 'rejected', reason: new FixError('STAGE_WRONG', 'no') } : done(job),
            ),
        10,
    );
    const all = await Promise.allSettled([0, 1, 2, 3].map((job) => lines.add('a', job)));
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});

describe('when the work fails as a whole', () => {
    const failing = (code: 'STORE_DOWN' | 'STORE_CONFLICT', tried: number[]): Lines<number, number> =>
        new Lines(async (_key: string, jobs: readonly number[]) => {
            tried.push(...jobs);
            await new Promise(setImmediate);
            throw new FixError(code, 'away');
        }, 2);

    test('because the store is down, those in line fail with it, without trying; who comes later tries', async () => {
        const tried: number[] = [];
        const lines = failing('STORE_DOWN', tried);
        const all = await Promise.allSettled([0, 1, 2, 3, 4].map((job) => lines.add('a', job)));
        expect(all).toMatchObject(Array(5).fill({ status: 'rejected', reason: { code: 'STORE_DOWN' } }));
        expect(tried).toEqual([0]);
        expect(lines.size).toBe(0);
        await expect(lines.add('a', 5)).rejects.toMatchObject({ code: 'STORE_DOWN' });
        expect(tried).toEqual([0, 5]);
    });

    test('for another reason, those in line are tried', async () => {
        const tried: number[] = [];
        const lines = failing('STORE_CONFLICT', tried);
        const all = await Promise.allSettled([0, 1, 2, 3].map((job) => lines.add('a', job)));
        expect(all).toMatchObject(Array(4).fill({ status: 'rejected', reason: { code: 'STORE_CONFLICT' } }));
        expect(tried).toEqual([0, 1, 2, 3]);
    });
});
