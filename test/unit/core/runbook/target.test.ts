import type { Alert } from '../../../../nodes/core/model/incident';
import type { Runbook } from '../../../../nodes/core/model/runbook';
import { matchingAlerts, matchingRunbooks } from '../../../../nodes/core/runbook/choose';
import { targetHosts } from '../../../../nodes/core/runbook/target';
import { parseMatchers } from '../../../../nodes/core/text/matcher';

function alert(labels: Record<string, string>, status: Alert['status'] = 'firing'): Alert {
    return { fingerprint: '0123456789abcdef', status, labels, annotations: {}, startsAt: '2026-01-01T00:00:00Z' };
}

function runbook(id: string, ...lists: string[]): Runbook {
    return {
        id,
        title: id,
        alerts: lists.map(parseMatchers),
        knowledge: '',
        checks: [],
        causes: [],
        actions: [],
        digest: '',
        file: '',
    };
}

describe('the hosts of an action', () => {
    const inventory = ['web-1', 'web-2', 'db.example.com', '::1'];
    const hosts = (target: string, labels: Record<string, string>[], evidence?: string): string[] =>
        targetHosts({ id: 'fix', target }, { alerts: labels.map((set) => alert(set)) }, inventory, evidence);

    test('are exact inventory names, each once, sorted', () => {
        expect(hosts('host', [{ host: 'web-2' }, { host: 'web-1' }, { host: 'web-2' }])).toEqual(['web-1', 'web-2']);
    });

    test.each([
        ['web-1:9100', 'web-1'],
        ['db.example.com:80', 'db.example.com'],
        ['[::1]:9100', '::1'],
        ['::1', '::1'],
    ])('a port is dropped: %s', (instance, host) => expect(hosts('instance', [{ instance }])).toEqual([host]));

    test('a fixed host comes from the runbook', () => {
        expect(hosts('=web-2', [{ host: 'web-1' }])).toEqual(['web-2']);
    });

    test.each([
        'all',
        'web-*',
        'web-1,web-2',
        '~web',
        '!web-1',
        'web-1 ',
        'WEB-1',
        '@/etc/passwd',
        'web-1:web-2',
        'web-1:9100:1',
    ])('a pattern or a stranger is refused: %s', (host) => {
        expect(() => hosts('host', [{ host }])).toThrow(
            expect.objectContaining({ code: 'HOST_UNKNOWN', cure: expect.any(String) }),
        );
    });

    test('one stranger among them refuses all', () => {
        expect(() => hosts('host', [{ host: 'web-1' }, { host: 'other' }])).toThrow('"other"');
        expect(() => hosts('=other', [])).toThrow('"other"');
    });

    test('without the label, the one host that the cited evidence names', () => {
        expect(hosts('host', [{}], 'disk_used{host="web-1:9100"} 0.97')).toEqual(['web-1']);
        expect(hosts('host', [{}], 'It is db.example.com.')).toEqual(['db.example.com']);
        for (const evidence of ['', 'web-11 is full', 'web-1 and web-2']) {
            expect(() => hosts('host', [{}], evidence)).toThrow(
                expect.objectContaining({ code: 'TARGET_NOT_IN_EVIDENCE' }),
            );
        }
    });

    test('an alert that has resolved names no host while others fire', () => {
        const alerts = [alert({ host: 'web-1' }), alert({ host: 'web-2' }, 'resolved')];
        expect(targetHosts({ id: 'fix', target: 'host' }, { alerts }, inventory)).toEqual(['web-1']);
    });
});

describe('the runbooks of an incident', () => {
    const broad = runbook('broad', 'alertname=~"Disk.*"');
    const exact = runbook('exact', 'alertname="DiskFilling"', 'alertname="Other"');
    const exactest = runbook('exactest', 'alertname="DiskFilling", severity="critical"');
    const other = runbook('other', 'alertname="Other"');

    test('come most specific first', () => {
        const incident = { alerts: [alert({ alertname: 'DiskFilling', severity: 'critical' })] };
        expect(matchingRunbooks([broad, other, exact, exactest], incident).map(({ id }) => id)).toEqual([
            'exactest',
            'exact',
            'broad',
        ]);
    });

    test('of equal weight come by id', () => {
        const incident = { alerts: [alert({ alertname: 'Other' })] };
        expect(matchingRunbooks([other, exact], incident).map(({ id }) => id)).toEqual(['exact', 'other']);
    });

    test('are for the alerts that fire', () => {
        const incident = { alerts: [alert({ alertname: 'DiskFilling' }, 'resolved'), alert({ alertname: 'Other' })] };
        expect(matchingRunbooks([broad, other], incident)).toEqual([other]);
        expect(matchingAlerts(exact, incident)).toEqual([incident.alerts[1]]);
    });
});
