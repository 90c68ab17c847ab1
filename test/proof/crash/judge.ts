import type { Card } from '../../../nodes/core/chat/card';
import { isEnded, type Stage } from '../../../nodes/core/model/stage';
import type { Shown } from '../../support/line';
import type { Result } from '../matrix';
import type { Hit } from './crash-scene';

/** An end that is right: a stage with how often the fix ran. */
export interface End {
    stage: Stage;
    runs: number;
}

export const FIXED: End[] = [{ stage: 'closed', runs: 1 }];
export const UNKNOWN: End[] = [
    { stage: 'unknown', runs: 0 },
    { stage: 'unknown', runs: 1 },
];
/** Nothing ran, and a person is told that nobody can know. */
export const UNKNOWN_UNRUN: End[] = [{ stage: 'unknown', runs: 0 }];

/** What a card may look like at an end. */
const TONES: Partial<Record<Stage, Card['tone'][]>> = {
    closed: ['good', 'neutral'],
    unknown: ['bad'],
    failed: ['bad'],
    refused: ['neutral'],
    inconclusive: ['bad'],
};

export function endsText(ends: readonly End[]): string {
    return [...new Set(ends.map(endText))].join(', or ');
}

/**
 * Was the promise kept? Whatever is expected, nothing runs twice or without an approval, and the incident tells the
 * truth.
 */
export function judge(hit: Hit, ends: readonly End[]): Result {
    const { shown, runs } = hit;
    if (!shown) return { ok: false, happened: 'the incident was lost' };
    const end = { stage: shown.incident.stage, runs };
    const isExpected = ends.some((allowed) => allowed.stage === end.stage && allowed.runs === runs);
    const faults = [...broken(hit, shown), ...(isExpected ? untruths(shown, runs) : ['not expected'])];
    if (faults.length === 0) return { ok: true, happened: endText(end) };
    return { ok: false, happened: `${endText(end)}: ${faults.join('; ')}\n${story(shown)}` };
}

function endText({ stage, runs }: End): string {
    return `${stage}, ${runs} ${runs === 1 ? 'run' : 'runs'}`;
}

/** What must never be, whatever was killed. */
function broken(hit: Hit, { incident, timeline, chain }: Shown): string[] {
    const types = timeline.map(({ type }) => type);
    const approved = types.indexOf('approval.granted');
    const intended = types.indexOf('run.intended');
    return [
        hit.runs > 1 && `RAN ${hit.runs} TIMES`,
        hit.early > 0 && 'RAN BEFORE THE APPROVAL',
        hit.runs > 0 && approved === -1 && 'RAN WITHOUT AN APPROVAL',
        intended !== -1 && (approved === -1 || approved > intended) && 'intended before it was approved',
        types.filter((type) => type === 'run.intended').length > 1 && 'intended twice',
        hit.runs > 0 && intended === -1 && 'ran without an intention written before',
        !chain.whole && 'the chain of the timeline is broken',
        !hit.isOver && `stuck at ${incident.flow.node}, ${incident.flow.state}`,
    ].filter((fault) => fault !== false);
}

/** Where the incident, its timeline or its card say something else than what happened. */
function untruths({ incident, timeline, card }: Shown, runs: number): string[] {
    const { stage, run, reason = '' } = incident;
    const told = JSON.stringify(card.sections);
    const lastStage = timeline.findLast(({ type }) =>
        ['incident.closed', 'run.unknown', 'run.refused', 'plan.failed', 'run.ended'].includes(type),
    )?.type;
    return [
        card.decision !== undefined && isEnded(stage) && 'its card still offers a decision',
        !(TONES[stage]?.includes(card.tone) ?? false) && `its card is ${card.tone}`,
        stage === 'closed' && (runs !== 1 || run?.state !== 'succeeded') && 'closed without a run that succeeded',
        stage === 'closed' && lastStage !== 'incident.closed' && `its timeline ends with ${lastStage}`,
        stage !== 'closed' &&
            (reason === '' || !told.includes(JSON.stringify(reason).slice(1, 40))) &&
            'its card does not say why',
        stage === 'unknown' && !/not (?:be )?known/.test(reason) && `it does not say what nobody knows: ${reason}`,
        stage === 'unknown' &&
            lastStage !== 'run.unknown' &&
            incident.verification?.result !== 'unknown' &&
            `its timeline ends with ${lastStage}`,
        stage === 'refused' && runs > 0 && 'refused, but it ran',
    ].filter((fault) => fault !== false);
}

function story({ incident, timeline }: Shown): string {
    return [
        `${incident.id} ${incident.reason ?? ''}`,
        ...timeline.map(({ at, type, text }) => `  ${at} ${type}: ${text.slice(0, 160)}`),
    ].join('\n');
}
