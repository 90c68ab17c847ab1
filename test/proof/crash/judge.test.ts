import { buildCard } from '../../../nodes/core/chat/build-card';
import type { Incident } from '../../../nodes/core/model/incident';
import type { TimelineType } from '../../../nodes/core/model/timeline';
import { anIncident } from '../../support/incidents';
import type { Hit } from './crash-scene';
import { type End, FIXED, judge, UNKNOWN } from './judge';

const LIFE: TimelineType[] = [
    'incident.opened',
    'plan.made',
    'approval.granted',
    'run.checking',
    'run.intended',
    'run.started',
    'run.ended',
    'incident.closed',
];

interface Told {
    incident?: Partial<Incident>;
    types?: TimelineType[];
    hit?: Partial<Hit>;
    chain?: boolean;
}

/** An incident that was fixed once, but for what is said of it. */
function hitWith({ incident: changes = {}, types = LIFE, hit = {}, chain = true }: Told = {}): Hit {
    const run: Incident['run'] = {
        id: 'n',
        seal: 's',
        state: 'succeeded',
        intendedAt: '2026-01-01T00:00:00.000Z',
        instance: 'i',
    };
    const incident = anIncident({ stage: 'closed', run, ...changes });
    const timeline = types.map((type, index) => ({
        seq: index + 1,
        at: '2026-01-01T00:00:00.000Z',
        type,
        by: 'node:test',
        text: type,
        prev: '',
        hash: '',
    }));
    return {
        alert: { labels: { alertname: 'a', host: 'h', note: 'n' }, note: 'n' },
        runs: 1,
        early: 0,
        wasApproved: true,
        wasHit: true,
        isOver: true,
        shown: {
            incident,
            timeline,
            chain: { whole: chain },
            card: buildCard(incident, 'en-US', new Date('2026-01-01T00:00:00Z')),
        },
        ...hit,
    };
}

const REASON = 'It is not known what was done; look at the hosts.';
const unknown = (reason: string): Told => ({
    incident: { stage: 'unknown', reason },
    types: [...LIFE.slice(0, 6), 'run.unknown'],
});

test.each<[string, Told, End[]]>([
    ['fixed once', {}, FIXED],
    ['unknown, and the card says so', unknown(REASON), UNKNOWN],
])('%s: the promise is kept', (_name, told, ends) => {
    expect(judge(hitWith(told), ends).ok).toBe(true);
});

test.each<[string, Told, string, End[]?]>([
    ['ran twice', { hit: { runs: 2 } }, 'RAN 2 TIMES', [{ stage: 'closed', runs: 2 }]],
    ['ran before the approval', { hit: { early: 1 } }, 'RAN BEFORE THE APPROVAL'],
    [
        'ran without an approval',
        { types: LIFE.filter((type) => type !== 'approval.granted') },
        'RAN WITHOUT AN APPROVAL',
    ],
    ['was intended twice', { types: [...LIFE.slice(0, 5), ...LIFE.slice(4)] }, 'intended twice'],
    ['ran without an intention', { types: LIFE.filter((type) => type !== 'run.intended') }, 'without an intention'],
    ['has a broken chain', { chain: false }, 'chain'],
    ['never ended', { hit: { isOver: false } }, 'stuck'],
    ['was lost', { hit: { shown: undefined } }, 'lost'],
    ['is closed though nothing ran', { hit: { runs: 0 } }, 'closed without a run', [{ stage: 'closed', runs: 0 }]],
    ['ended otherwise than expected', { incident: { stage: 'failed', reason: 'no' } }, 'not expected'],
    ['is unknown and does not say so', unknown('It went wrong.'), 'what nobody knows', UNKNOWN],
    [
        'is unknown and its timeline says closed',
        { incident: { stage: 'unknown', reason: REASON } },
        'timeline ends with incident.closed',
        UNKNOWN,
    ],
])('an incident that %s is a breach', (_name, told, said, ends = FIXED) => {
    const result = judge(hitWith(told), ends);
    expect(result.ok).toBe(false);
    expect(result.happened).toContain(said);
});
