import type { Matrix } from '../matrix';
import { alteredFiles } from './altered-files';
import { approvals } from './approvals';
import { recordsInRedis, recordsInSqlite } from './records';
import { parameters } from './parameters';
import { targets } from './targets';

/** Every way we know to make something run that nobody approved. */
export const attacks: Matrix = {
    title: 'Attacks: nothing runs',
    atOnce: 2,
    groups: () => [alteredFiles, approvals, recordsInSqlite, recordsInRedis, targets, parameters],
};
