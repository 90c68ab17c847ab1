import { setTimeout as pause } from 'node:timers/promises';
import { type Case, type Group, runGroup, runGroups } from './matrix';
import { breachesOf, countsOf, tableOf } from './table';

const kept = (name: string, happened = 'nothing ran'): Case => ({
    name,
    expected: 'nothing runs',
    run: async () => ({ ok: true, happened }),
});
const broken: Case = { name: 'broken', expected: 'nothing runs', run: async () => ({ ok: false, happened: 'it ran' }) };
const groupOf = (name: string, cases: Case[], more: Partial<Group> = {}): Group => ({
    name,
    open: async () => cases,
    ...more,
});

test('a group runs every case once a round, in their order, and counts what happened', async () => {
    const seen: string[] = [];
    const noting = (name: string): Case => ({
        name,
        expected: '',
        run: async () => ({ ok: true, happened: seen.push(name) % 2 === 0 ? 'even' : 'odd' }),
    });
    const report = await runGroup(groupOf('two', [noting('a'), noting('b'), noting('c')], { rounds: 3 }));
    expect(seen).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a', 'b', 'c']);
    expect(tableOf(report)).toContain('| 2 × odd; 1 × even | ok');
    expect(countsOf([report])).toContain('3 cases, 9 rounds, 0 breaches');
});

test.each([
    ['that says so', groupOf('one', [kept('fine'), broken]), 'it ran'],
    [
        'that rejects',
        groupOf('one', [{ ...broken, run: () => Promise.reject(new Error('it fell over')) }]),
        'it fell over',
    ],
    [
        'whose scene does not start',
        groupOf('one', [], { open: () => Promise.reject(new Error('no scene')) }),
        'no scene',
    ],
    [
        'whose scene does not stop',
        groupOf('one', [kept('fine')], { close: () => Promise.reject(new Error('still runs')) }),
        'still runs',
    ],
    ['that has no cases', groupOf('one', []), 'none'],
])('a group %s is a breach, told in full below the table', async (_name, group, told) => {
    const report = await runGroup(group);
    expect(breachesOf([report])).toBe(1);
    expect(tableOf(report)).toMatch(new RegExp(`\\| BREACH \\|[^]*BREACH .*: ${told}`));
});

test('the scene of a group ends, also when a case has failed', async () => {
    const close = jest.fn(async () => undefined);
    await runGroup(groupOf('one', [broken], { close }));
    await runGroup(groupOf('one', [], { open: () => Promise.reject(new Error('no scene')), close }));
    expect(close).toHaveBeenCalledTimes(2);
});

test('as many groups run at once as the matrix allows', async () => {
    let running = 0;
    let most = 0;
    const slow: Case = {
        name: 'slow',
        expected: '',
        run: async () => {
            most = Math.max(most, ++running);
            await pause(20);
            running -= 1;
            return { ok: true, happened: '' };
        },
    };
    const groups = ['a', 'b', 'c', 'd'].map((name) => groupOf(name, [slow]));
    const ended: string[] = [];
    const reports = await runGroups(groups, { title: '', atOnce: 2, groups: () => groups }, ({ name }) =>
        ended.push(name),
    );
    expect(most).toBe(2);
    expect(reports).toHaveLength(4);
    expect(ended.sort()).toEqual(['a', 'b', 'c', 'd']);
});
