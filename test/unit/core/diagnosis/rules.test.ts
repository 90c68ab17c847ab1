import { type DiagnosisRequest, diagnose, diagnosisText } from '../../../../nodes/core/diagnosis/diagnose';
import { alertsOf, DISK_RUNBOOK, diskIncident, metricsOf, runbookOf } from '../../../support/diagnosis';
import { GOOD_RUNBOOK, knowledgeRunbook } from '../../../support/runbook-text';

function byRules(parts: Partial<DiagnosisRequest> = {}) {
    return diagnose({
        incident: diskIncident(),
        runbooks: [DISK_RUNBOOK],
        metrics: metricsOf(0.95),
        signal: new AbortController().signal,
        clock: () => new Date('2026-01-01T00:10:00Z'),
        ...parts,
    });
}

test('the first cause whose checks hold is the diagnosis, with its fix and the evidence for it', async () => {
    const diagnosis = await byRules();
    expect(diagnosis).toMatchObject({
        verdict: 'proposal',
        cause: 'Old spool files fill the volume of web-1.',
        confidence: 0.9,
        citations: ['E1', 'E2'],
        proposal: {
            runbook: 'disk-filling',
            action: 'clean-spool',
            parameters: { keep_days: 1, path: '/var/spool/print' },
            hosts: ['web-1'],
        },
        source: { by: 'rules' },
    });
    expect(diagnosis.evidence[1]).toMatchObject({
        id: 'E2',
        kind: 'check',
        value: 0.95,
        unit: 'ratio',
        query: 'disk_used_bytes{instance="web-1:9100"} / disk_quota_bytes{instance="web-1:9100"}',
    });
    expect(diagnosisText(diagnosis)).toBe(
        'Old spool files fill the volume of web-1. Proposed: Remove old spool files on web-1.',
    );
});

test.each([
    ['the value does not fulfil it', metricsOf(0.5)],
    ['there are no samples', metricsOf('no samples')],
    ['the value is not a number', metricsOf(Number.NaN)],
    ['Prometheus is down', metricsOf('down')],
    ['there is no Prometheus', undefined],
])('a check does not hold when %s', async (_when, metrics) => {
    expect(await byRules({ metrics })).toMatchObject({
        verdict: 'inconclusive',
        citations: [],
        reason: expect.stringContaining('disk-filling'),
    });
});

test.each([
    [
        'did not answer',
        metricsOf('down'),
        '1 of 1 check of the runbook disk-filling could not be measured: Prometheus cannot be reached: refused.',
    ],
    ['answered, and nothing fits', metricsOf(0.5), 'No cause in the runbook disk-filling fits what was measured.'],
])('that nothing fits is said only of what was measured: Prometheus %s', async (_what, metrics, reason) => {
    expect(await byRules({ metrics })).toMatchObject({ cause: reason, reason });
});

test('of several checks it is said how many were not answered', async () => {
    const text = GOOD_RUNBOOK.replace(
        /^causes:/m,
        '  - id: other\n    title: Other\n    query: up\n    holds: "> 0"\ncauses:',
    );
    const down = metricsOf('down');
    const metrics = {
        ...down,
        query: (promql: string, signal: AbortSignal) => (promql === 'up' ? down : metricsOf(0.5)).query(promql, signal),
    };
    expect((await byRules({ runbooks: [runbookOf(text)], metrics })).reason).toBe(
        '1 of 2 checks of the runbook disk-filling could not be measured: Prometheus cannot be reached: refused. No cause fits what the others measured.',
    );
});

test('a source that is down becomes evidence that says so', async () => {
    const { evidence } = await byRules({ metrics: metricsOf('down') });
    expect(evidence.find(({ kind }) => kind === 'check')?.result).toBe(
        'Not answered: Prometheus cannot be reached: refused',
    );
});

test('without a matching runbook it is inconclusive', async () => {
    const diagnosis = await byRules({ runbooks: [runbookOf(knowledgeRunbook('other'), 'other')] });
    expect(diagnosis).toMatchObject({ verdict: 'inconclusive', reason: 'No runbook is for this alert.' });
});

test('a cause without an action is advice', async () => {
    const text = GOOD_RUNBOOK.replace('    action: clean-spool\n    parameters: { keep_days: 1 }\n', '');
    const diagnosis = await byRules({ runbooks: [runbookOf(text)] });
    expect(diagnosis).toMatchObject({ verdict: 'advice', confidence: 0.9 });
    expect(diagnosis.proposal).toBeUndefined();
});

test('a fix whose host is not in the inventory stays advice, with the reason', async () => {
    const diagnosis = await byRules({ inventoryHosts: ['db-1'] });
    expect(diagnosis).toMatchObject({
        verdict: 'advice',
        reason: expect.stringContaining('The inventory has no host "web-1"'),
    });
});

test('a label that does not fit a parameter leaves advice, with the reason', async () => {
    const diagnosis = await byRules({ incident: diskIncident({ path: '/var; rm -rf /' }) });
    expect(diagnosis).toMatchObject({ verdict: 'advice', reason: expect.stringContaining('"path" must match') });
});

test('one query is asked for each different alert, and the fix is for all their hosts', async () => {
    const asked: string[] = [];
    const one = diskIncident();
    const other = diskIncident({ host: 'web-2', instance: 'web-2:9100' });
    const incident = {
        ...one,
        alerts: [...one.alerts, ...other.alerts.map((alert) => ({ ...alert, fingerprint: 'fedcba9876543210' }))],
    };
    const diagnosis = await byRules({ incident, metrics: metricsOf(0.95, asked) });
    expect(asked).toHaveLength(2);
    expect(diagnosis.proposal?.hosts).toEqual(['web-1', 'web-2']);
    expect(diagnosis.cause).toBe('Old spool files fill the volume of web-1, web-2.');
});

test('a label cannot leave its string in a query', async () => {
    const asked: string[] = [];
    await byRules({ incident: diskIncident({ instance: 'a"} or vector(1) #' }), metrics: metricsOf(0.95, asked) });
    expect(asked[0]).toContain('instance="a\\"} or vector(1) #"');
});

test('related alerts, similar incidents and the runbook are recorded, without the own alert and without secrets', async () => {
    const incident = diskIncident(
        {},
        {
            similar: [
                {
                    incidentId: 'inc-past',
                    alertname: 'DiskFilling',
                    cause: 'token=abc123secret',
                    outcome: 'cleared',
                    at: '2025-12-31T00:00:00Z',
                    score: 1,
                },
            ],
        },
    );
    const firing = [
        { fingerprint: '0123456789abcdef', labels: incident.labels, startsAt: '2026-01-01T00:00:00Z' },
        {
            fingerprint: 'aaaaaaaaaaaaaaaa',
            labels: { alertname: 'PrinterQueue', host: 'web-1' },
            startsAt: '2026-01-01T00:01:00Z',
        },
    ];
    const { evidence } = await byRules({ incident, alerts: alertsOf(firing) });
    expect(evidence.map(({ kind }) => kind)).toEqual(['alert', 'check', 'related_alerts', 'past_incidents', 'runbook']);
    expect(evidence[2]?.result).toBe('{alertname="PrinterQueue", host="web-1"} since 2026-01-01T00:01:00Z');
    expect(evidence[3]?.result).toContain('token=[redacted]');
});

test('evidence is capped, and invisible characters are written out', async () => {
    const incident = diskIncident({ note: `‮${'x'.repeat(16_000)}` });
    const [alert] = (await byRules({ incident })).evidence;
    expect(alert?.result.length).toBeLessThan(3_100);
    expect(alert?.result).toContain('‹U+202E›');
});

test('a diagnosis that is stopped ends with CANCELLED', async () => {
    const stop = new AbortController();
    stop.abort();
    await expect(
        byRules({
            signal: stop.signal,
            metrics: { ...metricsOf(1), query: (_q, signal) => Promise.reject(signal.reason) },
        }),
    ).rejects.toMatchObject({ code: 'CANCELLED' });
});
