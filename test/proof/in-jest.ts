import { runGroup, breaches, type Matrix } from './matrix';
import { tableOf } from './table';

/** The short form of a matrix as tests: one a group, which fails with the table when a single case breaks the promise. */
export function proveInShort({ title, groups }: Matrix): void {
    describe(title, () => {
        test.each(groups({ short: true, rounds: 1 }).map((group) => [group.name, group] as const))('%s', async (_name, group) => {
            const report = await runGroup(group);
            if (report.rows.some((row) => breaches(row).length > 0)) throw new Error(`the promise is broken\n${tableOf(report)}`);
        });
    });
}
