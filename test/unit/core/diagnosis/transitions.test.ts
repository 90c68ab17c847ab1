import { endingDiagnosis, startingDiagnosis } from '../../../../nodes/core/diagnosis/transitions';
import type { Diagnosis } from '../../../../nodes/core/model/diagnosis';
import { aWaitingIncident, DIAGNOSIS } from '../../../support/cards';
import { diskIncident } from '../../../support/diagnosis';

const NOW = new Date();
const INCONCLUSIVE: Diagnosis = {
    ...DIAGNOSIS,
    verdict: 'inconclusive',
    proposal: undefined,
    reason: 'No runbook is for this alert.',
};

test('a proposal or advice makes the incident diagnosed, each piece of evidence is written down', () => {
    const { incident, entries } = endingDiagnosis(DIAGNOSIS)(diskIncident(), NOW);
    expect(incident).toMatchObject({ stage: 'diagnosed', diagnosis: DIAGNOSIS });
    expect(entries.map(({ type }) => type)).toEqual([
        ...DIAGNOSIS.evidence.map(() => 'evidence.recorded'),
        'diagnosis.made',
    ]);
});

test('the timeline says which evidence may name a host and which was not answered; series stay on the incident', () => {
    const at = '2026-01-01T00:00:00.000Z';
    const evidence: Diagnosis['evidence'] = [
        { id: 'E1', kind: 'alert', title: 'Alert', result: 'web-1', mayNameHost: true, at },
        { id: 'E2', kind: 'graph', title: 'Graph', result: 'rising', series: [{ labels: {}, points: [[1, 2]] }], at },
        { id: 'E3', kind: 'check', title: 'Check', result: 'Not answered: refused', status: 'not-answered', at },
    ];
    const { incident, entries } = endingDiagnosis({ ...DIAGNOSIS, evidence })(diskIncident(), NOW);
    expect(entries.slice(0, 3).map(({ data }) => data)).toEqual([
        { id: 'E1', kind: 'alert', result: 'web-1', mayNameHost: true },
        { id: 'E2', kind: 'graph', result: 'rising' },
        { id: 'E3', kind: 'check', result: 'Not answered: refused', status: 'not-answered' },
    ]);
    expect(incident.diagnosis?.evidence).toEqual(evidence);
});

test('no cause makes it inconclusive, with the reason', () => {
    const { incident, entries } = endingDiagnosis(INCONCLUSIVE)(diskIncident(), NOW);
    expect(incident).toMatchObject({ stage: 'inconclusive', reason: 'No runbook is for this alert.' });
    expect(entries.at(-1)?.type).toBe('diagnosis.inconclusive');
});

test.each(['inconclusive', 'refused', 'failed', 'rolled-back'] as const)(
    'a %s incident may be diagnosed again; what the last round left goes',
    (stage) => {
        const { incident } = endingDiagnosis(DIAGNOSIS)({ ...aWaitingIncident(), stage, reason: 'Rejected.' }, NOW);
        expect(incident.stage).toBe('diagnosed');
        expect(incident).not.toHaveProperty('plan');
        expect(incident).not.toHaveProperty('approval');
        expect(incident).not.toHaveProperty('seal');
        expect(incident).not.toHaveProperty('reason');
    },
);

test.each(['planned', 'waiting', 'approved', 'running', 'verifying', 'unknown'] as const)(
    'a %s incident is not diagnosed',
    (stage) => {
        expect(() => startingDiagnosis(diskIncident({}, { stage }), NOW)).toThrow(
            expect.objectContaining({ code: 'STAGE_WRONG' }),
        );
        expect(() => endingDiagnosis(DIAGNOSIS)(diskIncident({}, { stage }), NOW)).toThrow(
            expect.objectContaining({ code: 'STAGE_WRONG' }),
        );
    },
);

test('an incident that has closed meanwhile stays as it is', () => {
    const closed = diskIncident({}, { stage: 'closed' });
    expect(startingDiagnosis(closed, NOW)).toEqual({ incident: closed, entries: [] });
    expect(endingDiagnosis(DIAGNOSIS)(closed, NOW)).toEqual({ incident: closed, entries: [] });
});
