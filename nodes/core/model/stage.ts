import { FixError } from '../errors';

/** The straight way, then its exits. */
export const STAGES = [
    'open',
    'diagnosed',
    'planned',
    'waiting',
    'approved',
    'running',
    'verifying',
    'closed',
    'inconclusive',
    'refused',
    'failed',
    'rolled-back',
    'unknown',
] as const;

export type Stage = (typeof STAGES)[number];

/**
 * Which stage may follow which. `closed` has no way on: a re-fired alert opens a new incident. From an end without
 * success a person may send the incident back to `open`.
 */
const NEXT: Record<Stage, readonly Stage[]> = {
    open: ['diagnosed', 'inconclusive', 'refused', 'failed', 'closed'],
    diagnosed: ['diagnosed', 'inconclusive', 'planned', 'refused', 'failed', 'closed'],
    planned: ['planned', 'diagnosed', 'waiting', 'approved', 'refused', 'failed', 'closed'],
    waiting: ['approved', 'refused', 'failed', 'closed'],
    approved: ['running', 'refused', 'failed', 'closed'],
    running: ['verifying', 'failed', 'rolled-back', 'unknown'],
    verifying: ['closed', 'failed', 'rolled-back', 'unknown'],
    closed: [],
    inconclusive: ['open', 'diagnosed', 'inconclusive', 'closed'],
    refused: ['open', 'diagnosed', 'inconclusive', 'closed'],
    failed: ['open', 'diagnosed', 'inconclusive', 'closed'],
    'rolled-back': ['open', 'diagnosed', 'inconclusive', 'closed'],
    unknown: ['closed'],
};

const ENDED: readonly Stage[] = ['closed', 'inconclusive', 'refused', 'failed', 'rolled-back', 'unknown'];

/** True when nothing more happens to the incident by itself. */
export function isEnded(stage: Stage): boolean {
    return ENDED.includes(stage);
}

function mayFollow(from: Stage, to: Stage): boolean {
    return NEXT[from].includes(to);
}

/** Throws `STAGE_WRONG` unless `to` may follow `from`. */
export function requireNextStage(incidentId: string, from: Stage, to: Stage): void {
    if (mayFollow(from, to)) return;
    throw new FixError('STAGE_WRONG', `Incident ${incidentId} is ${from}; it cannot become ${to}.`, {
        field: 'incident.stage',
        cure: 'Wire the nodes in the order of the standard flow.',
    });
}
