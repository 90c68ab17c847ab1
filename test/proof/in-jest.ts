import { breaches, type GroupReport, type Matrix, runGroups } from './matrix';
import { tableOf } from './table';

/**
 * The short form of a matrix as tests: one a group, which fails with the table when a single case breaks the promise.
 */
export function proveInShort(matrix: Matrix): void {
    const groups = matrix.groups({ short: true, rounds: 1 });
    describe(matrix.title, () => {
        let reports: GroupReport[];

        beforeAll(async () => {
            reports = await runGroups(groups, matrix, () => undefined);
        });

        test.each(groups.map(({ name }) => name))('%s', (name) => {
            const report = reports.find((found) => found.name === name)!;
            if (report.rows.some((row) => breaches(row).length > 0))
                throw new Error(`the promise is broken\n${tableOf(report)}`);
        });
    });
}
