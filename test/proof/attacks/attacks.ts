import type { Matrix } from '../matrix';
import { alteredFiles } from './altered-files';
import { approvals } from './approvals';
import { botkube } from './botkube';
import { environment } from './environment';
import { forgedDraft } from './forged-draft';
import { hiddenTasks } from './hidden-tasks';
import { legitimateGroups } from './legitimate';
import { model } from './model';
import { everyPersonOnce, onePerson } from './one-person';
import { logins, page } from './page';
import { parameters } from './parameters';
import { recordsInRedis, recordsInSqlite } from './records';
import { slack } from './slack';
import { targets } from './targets';
import { wiring } from './wiring';

const ON_A_TARGET = [
    alteredFiles,
    approvals,
    recordsInSqlite,
    recordsInRedis,
    forgedDraft,
    targets,
    parameters,
    model,
    botkube,
    onePerson,
    hiddenTasks,
];
/** These start a Node-RED, or run a whole fix in each case. */
const LONGER = [environment, wiring, page, logins, slack];

/** Every way we know to make something run that nobody approved. */
export const attacks: Matrix = {
    title: 'Attacks: nothing runs',
    atOnce: 2,
    groups: ({ short }) => (short ? [wiring, ...ON_A_TARGET] : [...LONGER, ...ON_A_TARGET]),
};

/** What is unusual and right: a refusal would be a false alarm. */
export const legitimate: Matrix = {
    title: 'Legitimate fixes: they run',
    atOnce: 2,
    groups: (effort) => [...legitimateGroups(effort), everyPersonOnce],
};
