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
