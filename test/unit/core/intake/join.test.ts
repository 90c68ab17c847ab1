import { needsPerson } from '../../../../nodes/core/incident/needs-person';
import { joining } from '../../../../nodes/core/intake/join';
import { mayReopen } from '../../../../nodes/core/intake/reopen';
import type { Alert, Incident } from '../../../../nodes/core/model/incident';
import type { Stage } from '../../../../nodes/core/model/stage';
import { anIncident } from '../../../support/incidents';

const NAMES = { severity: 'severity', cluster: 'cluster', team: 'team', clusterName: 'main' };
const START = Date.parse('2026-01-01T00:00:00Z');
const seconds = (count: number): Date => new Date(START + count * 1_000);

function alert(host: string, parts: Partial<Alert> = {}): Alert {
    return {
        fingerprint: Buffer.from(host).toString('hex'),
        status: 'firing',
        labels: { alertname: 'DiskFilling', host, severity: 'critical' },
        annotations: { summary: 'full' },
        startsAt: seconds(0).toISOString(),
        ...parts,
    };
}
const over = (host: string, at = 100): Alert => alert(host, { status: 'resolved', endsAt: seconds(at).toISOString() });
const again = (host: string, at = 200): Alert => alert(host, { startsAt: seconds(at).toISOString() });

function known(stage: Stage, alerts: Alert[], parts: Partial<Incident> = {}): Incident {
    return anIncident({
        stage,
        alerts,
        notifiedAt: seconds(0).toISOString(),
        source: { node: 'n', dialect: 'alertmanager', receiver: 'r', externalURL: 'http://a' },
        ...(stage === 'closed' ? { closedAt: seconds(100).toISOString() } : {}),
        ...parts,
    });
}

function told(incident: Incident, alerts: Alert[], at = 300, externalURL = 'http://a') {
    const decision = joining({ alerts, externalURL }, NAMES)(incident, seconds(at));
    return { ...decision, types: decision.entries.map(({ type }) => type) };
}

describe('what a notification does to the current incident of its group', () => {
    const [a, b] = [alert('a'), alert('b')];
    const cases: [string, Incident, Alert[], number, string, string[]][] = [
        ['the same again at once is a duplicate', known('open', [a]), [a], 5, 'duplicate', []],
        ['the same again later is a reminder', known('open', [a]), [a], 3_600, 'changed', ['alerts.repeated']],
        ['a reminder of a waiting incident is told', known('waiting', [a]), [a], 3_600, 'changed', ['alerts.repeated']],
        ['another alert joins', known('diagnosed', [a]), [a, b], 5, 'changed', ['alerts.joined']],
        [
            'another alert joins and one resolves',
            known('diagnosed', [a]),
            [over('a'), b],
            300,
            'changed',
            ['alerts.joined', 'alerts.resolved'],
        ],
        ['one of two resolves', known('waiting', [a, b]), [over('a'), b], 300, 'changed', ['alerts.resolved']],
        [
            'other annotations change it',
            known('open', [a]),
            [alert('a', { annotations: { summary: 'fuller' } })],
            5,
            'changed',
            ['alerts.changed'],
        ],
        ['an earlier start of a peer changes nothing', known('open', [again('a')]), [a], 5, 'duplicate', []],
        ['an alert it does not mention stays', known('open', [a, b]), [a], 5, 'duplicate', []],
        ["an unknown alert that resolved is nobody's", known('open', [a]), [a, over('b')], 5, 'duplicate', []],
        [
            'all resolved closes an open one',
            known('open', [a]),
            [over('a')],
            300,
            'resolved',
            ['alerts.resolved', 'incident.closed'],
        ],
        ['a late firing duplicate of a peer opens nothing', known('closed', [over('a')]), [a], 300, 'duplicate', []],
        [
            'a firing alert with a new start after it closed needs a new one',
            known('closed', [over('a')]),
            [again('a')],
            300,
            'refired',
            [],
        ],
        ['a new alert after it closed needs a new one', known('closed', [over('a')]), [b], 300, 'refired', []],
        ['a closed one that fires on for long needs a new one', known('closed', [a]), [a], 3_600, 'refired', []],
        [
            'a resolved one that fires on with the old start for long needs a new one',
            known('closed', [over('a')]),
            [a],
            3_600,
            'refired',
            [],
        ],
        [
            'a closed one takes the late resolution',
            known('closed', [a]),
            [over('a')],
            300,
            'resolved',
            ['alerts.resolved'],
        ],
        ['a repeat of a failed one joins quietly', known('failed', [a]), [a], 3_600, 'duplicate', ['alerts.repeated']],
        [
            'a new alert joins a failed one that still fires',
            known('failed', [a]),
            [a, b],
            300,
            'changed',
            ['alerts.joined'],
        ],
        [
            'an alert of a failed one starts again while another fires on',
            known('failed', [over('a'), b]),
            [again('a'), b],
            300,
            'changed',
            ['alerts.joined'],
        ],
        [
            'all of a refused one resolved and one starts again',
            known('refused', [over('a')]),
            [again('a')],
            300,
            'refired',
            ['incident.closed'],
        ],
        [
            'a missed resolution shows by the new start',
            known('inconclusive', [a]),
            [again('a')],
            300,
            'refired',
            ['incident.closed'],
        ],
        [
            'a new start while it is handled joins',
            known('waiting', [over('a'), b]),
            [again('a'), b],
            300,
            'changed',
            ['alerts.joined'],
        ],
        [
            'the resolution of an earlier firing changes nothing',
            known('open', [again('a')]),
            [over('a')],
            300,
            'duplicate',
            [],
        ],
    ];
    test('an incident that ended without success gives its alerts to the next one, and is closed', () => {
        const { incident } = joining({ alerts: [again('a')] }, NAMES)(
            known('refused', [a]),
            new Date('2026-01-01T01:00:00.000Z'),
        );
        expect(incident).toMatchObject({
            stage: 'closed',
            closedAt: '2026-01-01T01:00:00.000Z',
            alerts: [{ status: 'resolved', endsAt: again('a').startsAt }],
        });
        expect([needsPerson(incident), mayReopen(incident)]).toEqual([false, false]);
    });

    test.each(cases)('%s', (_what, incident, alerts, at, outcome, types) => {
        const decision = told(incident, alerts, at);
        expect([decision.outcome, decision.types]).toEqual([outcome, types]);
    });

    test('the other Alertmanager of a pair may be minutes late', () => {
        expect(told(known('open', [a]), [a], 600, 'http://b').outcome).toBe('duplicate');
        expect(told(known('open', [a]), [a], 600, 'http://a').outcome).toBe('changed');
        expect(told(known('open', [a]), [a], 3_600, 'http://b').outcome).toBe('changed');
    });

    test('two that fire in one incident: severity is the worst, labels those they share', () => {
        const mild = alert('b', { labels: { alertname: 'DiskFilling', host: 'b', severity: 'warning', team: 'x' } });
        const { incident } = told(known('open', [mild]), [a, mild]);
        expect(incident).toMatchObject({
            severity: 'critical',
            labels: { alertname: 'DiskFilling' },
            cluster: 'main',
            team: '',
        });
        expect(incident.labels).not.toHaveProperty('host');
    });

    test('properties that another node wrote survive', () => {
        const incident = { ...known('open', [a]), mine: { kept: true } };
        expect(told(incident, [a, b]).incident).toHaveProperty('mine', { kept: true });
    });
});

describe('when the last alert resolves', () => {
    const approval = { state: 'waiting' as const, needed: 1, decisions: [], since: 'x', expiresAt: 'y' };
    const closes: Stage[] = [
        'open',
        'diagnosed',
        'planned',
        'inconclusive',
        'refused',
        'failed',
        'rolled-back',
        'unknown',
    ];
    test.each(closes)('%s is closed with the reason', (stage) => {
        const { incident, types } = told(known(stage, [alert('a')]), [over('a')]);
        expect(incident).toMatchObject({
            stage: 'closed',
            resolvedAt: seconds(100).toISOString(),
            closedAt: seconds(300).toISOString(),
        });
        expect(incident.reason).toMatch(/\w/);
        expect(types).toContain('incident.closed');
    });

    test.each<Stage>(['waiting', 'approved'])('%s is withdrawn', (stage) => {
        const { incident, types, outcome } = told(known(stage, [alert('a')], { approval }), [over('a')]);
        expect(incident).toMatchObject({
            stage: 'refused',
            approval: { state: 'withdrawn' },
            resolvedAt: seconds(100).toISOString(),
        });
        expect(types).toEqual(['alerts.resolved', 'approval.withdrawn']);
        expect(outcome).toBe('resolved');
    });

    test.each<Stage>(['running', 'verifying'])('%s goes on: its verification decides', (stage) => {
        const { incident, types } = told(known(stage, [alert('a')]), [over('a')]);
        expect(incident).toMatchObject({ stage, resolvedAt: seconds(100).toISOString() });
        expect(types).toEqual(['alerts.resolved']);
    });

    test('a held incident is closed without being told', () => {
        const flow = { node: 'n', state: 'held' as const, until: seconds(900).toISOString(), instance: 'i' };
        const { incident, outcome } = told(known('open', [alert('a')], { flow }), [over('a')]);
        expect([incident.stage, outcome]).toEqual(['closed', 'held']);
    });

    test('one that fires again while the fix runs takes the resolution back', () => {
        const incident = known('running', [over('a')], { resolvedAt: seconds(100).toISOString() });
        expect(told(incident, [again('a')]).incident).not.toHaveProperty('resolvedAt');
    });
});
