import type { Incident } from '../../../nodes/core/model/incident';
import { chain, type NewTimelineEntry } from '../../../nodes/core/model/timeline';
import { isKept, judge, type Kept, type Seen, type Verdict } from '../../soak/judge';
import { anIncident } from '../../support/incidents';

const AT = '2026-01-01T00:00:00.000Z';
const ALERT = anIncident().alerts[0]!;
const taken = { fingerprint: ALERT.fingerprint, alertname: 'ServiceStuck1', startsAt: ALERT.startsAt };
const BY = 'node:test';
const granted: NewTimelineEntry = { type: 'approval.granted', by: BY, text: 'Yes.', data: { seal: 'seal-1' } };
const intended: NewTimelineEntry = {
    type: 'run.intended',
    by: BY,
    text: 'Runs.',
    data: { nonce: 'nonce-1', seal: 'seal-1' },
};
const mark = { note: 'note-1', nonce: 'nonce-1' };

function kept(parts: Partial<Incident> = {}, entries: NewTimelineEntry[] = [granted, intended]): Kept {
    const incident = anIncident({ stage: 'closed', ...parts });
    return { incident, entries: chain(incident.id, { seq: 0, hash: '' }, AT, entries) };
}

/** One alert that was taken, approved, fixed once and closed, but for what is said. */
function seen(parts: Partial<Seen> = {}): Seen {
    return {
        taken: [taken],
        marks: [mark],
        approved: new Set(['seal-1']),
        incidents: [kept()],
        brokenLinks: [],
        ...parts,
    };
}

const advice = {
    verdict: 'advice',
    cause: 'c',
    confidence: 1,
    citations: [],
    evidence: [],
    at: AT,
    source: { by: 'rules', milliseconds: 1 },
} as const;

test.each<[string, Partial<Seen>]>([
    ['was fixed once', {}],
    ['waits for a decision', { incidents: [kept({ stage: 'waiting' })] }],
    [
        'has an advice that somebody must read',
        { incidents: [kept({ stage: 'diagnosed', diagnosis: { ...advice, citations: [], evidence: [] } })] },
    ],
    [
        'is in the incident with a later start, since it fired again',
        { incidents: [kept({ alerts: [{ ...ALERT, startsAt: '2099-01-01T00:00:00Z' }] })] },
    ],
    [
        'was approved, and refused by a check before the run',
        { marks: [], incidents: [kept({ stage: 'refused' }, [granted])] },
    ],
    [
        'was planned and approved twice, and ran once for each',
        {
            marks: [mark, { note: 'note-1', nonce: 'nonce-2' }],
            approved: new Set(['seal-1', 'seal-2']),
            incidents: [
                kept({}, [
                    granted,
                    intended,
                    { ...granted, data: { seal: 'seal-2' } },
                    { ...intended, data: { nonce: 'nonce-2', seal: 'seal-2' } },
                ]),
            ],
        },
    ],
])('an alert that %s is no fault', (_name, parts) => {
    expect(judge(seen(parts))).toEqual({ losses: [], doubleRuns: [], unapproved: [], brokenChains: [] });
    expect(isKept(judge(seen(parts)))).toBe(true);
});

test.each<[string, Partial<Seen>, keyof Verdict, string]>([
    ['was taken and is in no incident', { incidents: [kept({ alerts: [] })] }, 'losses', 'is in no incident'],
    [
        'fired again, and only its first time is in an incident',
        { taken: [{ ...taken, startsAt: '2099-01-01T00:00:00Z' }] },
        'losses',
        'is in no incident',
    ],
    ['is stuck before its diagnosis', { incidents: [kept({ stage: 'open' })] }, 'losses', 'stuck: open'],
    [
        'is diagnosed, has a fix, and never got a plan',
        { incidents: [kept({ stage: 'diagnosed' })] },
        'losses',
        'stuck: diagnosed',
    ],
    ['is approved and never runs', { incidents: [kept({ stage: 'approved' })] }, 'losses', 'stuck: approved'],
    ['runs for ever', { incidents: [kept({ stage: 'running' })] }, 'losses', 'stuck: running'],
    ['was fixed twice by one plan', { marks: [mark, mark] }, 'doubleRuns', 'nonce-1 of note-1 ran 2 times'],
    [
        'used one seal for two runs',
        { incidents: [kept({}, [granted, intended, { ...intended, data: { nonce: 'nonce-2', seal: 'seal-1' } }])] },
        'doubleRuns',
        'seal-1 was used for 2 runs',
    ],
    [
        'was fixed, and no incident knows of it',
        { incidents: [kept({}, [granted])] },
        'unapproved',
        'no incident says so',
    ],
    ['was fixed without an approval', { incidents: [kept({}, [intended])] }, 'unapproved', 'without an approval'],
    [
        'was fixed before its approval',
        { incidents: [kept({}, [intended, granted])] },
        'unapproved',
        'without an approval',
    ],
    [
        'was approved for another seal',
        { incidents: [kept({}, [{ ...granted, data: { seal: 'other' } }, intended])] },
        'unapproved',
        'without an approval',
    ],
    ['says it was approved, and nobody did', { approved: new Set<string>() }, 'unapproved', 'nobody approved'],
    ['has a broken chain', { brokenLinks: ['incident inc-1: entry-altered'] }, 'brokenChains', 'entry-altered'],
])('an alert that %s is a fault', (_name, parts, fault, said) => {
    const verdict = judge(seen(parts));
    expect(verdict[fault].join('\n')).toContain(said);
    expect(isKept(verdict)).toBe(false);
});
