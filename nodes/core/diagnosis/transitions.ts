import { FixError } from '../errors';
import type { Diagnosis, Evidence } from '../model/diagnosis';
import type { Incident } from '../model/incident';
import type { Stage } from '../model/stage';
import type { NewTimelineEntry } from '../model/timeline';
import type { Transition } from '../store/incidents';
import type { JsonObject } from '../text/json';

const BY = 'node:llm-diagnose';

/** Stages from which an incident may be diagnosed (again). */
export const DIAGNOSABLE: readonly Stage[] = ['open', 'diagnosed', 'inconclusive', 'refused', 'failed', 'rolled-back'];

/**
 * Writes down that a diagnosis has begun. An incident that has closed stays as it is; throws `STAGE_WRONG` past the
 * point of diagnosis.
 */
export const startingDiagnosis: Transition = (incident) => {
    if (incident.stage === 'closed') return { incident, entries: [] };
    requireDiagnosable(incident);
    return { incident, entries: [{ type: 'diagnosis.started', by: BY, text: 'Diagnosis started.' }] };
};

/**
 * Puts the diagnosis on the incident: stage `diagnosed` (with a proposal, or advice) or `inconclusive`. What an
 * earlier round left (plan, seal, approval, run, verification) goes; the timeline keeps it. An incident that has
 * closed meanwhile stays as it is.
 */
export function endingDiagnosis(diagnosis: Diagnosis): Transition {
    return (incident) => {
        if (incident.stage === 'closed') return { incident, entries: [] };
        requireDiagnosable(incident);
        const {
            plan: _plan,
            draft: _draft,
            seal: _seal,
            approval: _approval,
            run: _run,
            verification: _verification,
            reason: _reason,
            ...rest
        } = incident;
        const stage: Stage = diagnosis.verdict === 'inconclusive' ? 'inconclusive' : 'diagnosed';
        const reason = diagnosis.reason === undefined ? {} : { reason: diagnosis.reason };
        return {
            incident: { ...rest, stage, diagnosis, ...reason },
            entries: [...diagnosis.evidence.map(evidenceEntry), madeEntry(diagnosis)],
        };
    };
}

function requireDiagnosable({ id, stage }: Incident): void {
    if (DIAGNOSABLE.includes(stage)) return;
    throw new FixError('STAGE_WRONG', `Incident ${id} is ${stage}; it is not diagnosed again now.`, {
        field: 'incident.stage',
        cure: 'Wait until the fix has ended or was refused.',
    });
}

/** Series stay on the incident: they are for charts, and `result` says in words what they show. */
function evidenceEntry({
    id,
    kind,
    title,
    query,
    result,
    status,
    mayNameHost,
    value,
    unit,
}: Evidence): NewTimelineEntry {
    return {
        type: 'evidence.recorded',
        by: BY,
        text: `${id}: ${title}`,
        data: {
            id,
            kind,
            result,
            ...(query === undefined ? {} : { query }),
            ...(status === undefined ? {} : { status }),
            ...(mayNameHost ? { mayNameHost } : {}),
            ...(value === undefined ? {} : { value }),
            ...(unit === undefined ? {} : { unit }),
        },
    };
}

function madeEntry(diagnosis: Diagnosis): NewTimelineEntry {
    const { verdict, cause, confidence, citations, proposal, reason, source } = diagnosis;
    const data: JsonObject = {
        verdict,
        confidence,
        citations,
        by: source.by,
        milliseconds: source.milliseconds,
        ...(source.model === undefined ? {} : { model: source.model }),
        ...(source.fallback === undefined ? {} : { fallback: source.fallback }),
        ...(source.usage === undefined ? {} : { usage: source.usage }),
        ...(source.requestIds === undefined ? {} : { requestIds: source.requestIds }),
        ...(reason === undefined ? {} : { reason }),
        ...(proposal === undefined ? {} : { proposal: { ...proposal } }),
    };
    return {
        type: verdict === 'inconclusive' ? 'diagnosis.inconclusive' : 'diagnosis.made',
        by: BY,
        text: cause,
        data,
    };
}
