import { Metrics } from '../../../../nodes/adapters/prom-client/metrics';
import { Incidents } from '../../../../nodes/core/store/incidents';
import { anIncident } from '../../../support/incidents';
import { temporarySqlite } from '../../../support/stores';

test('transitions of a store become numbers, open incidents are counted at the scrape', async () => {
    const { store, close } = await temporarySqlite();
    let now = new Date('2026-01-01T00:00:00Z');
    const metrics = new Metrics();
    const incidents = new Incidents(store, () => now, metrics.observe);
    const incident = anIncident({ severity: 'critical', openedAt: now.toISOString() });
    await incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'opened' }]);
    await incidents.create(anIncident({ severity: 'page-the-boss' }), [
        { type: 'incident.opened', by: 'node:alert-in', text: 'opened' },
    ]);
    now = new Date('2026-01-01T00:00:20Z');
    await incidents.change(incident.id, (stored) => ({
        incident: { ...stored, stage: 'inconclusive' },
        entries: [{ type: 'diagnosis.inconclusive', by: 'node:llm-diagnose', text: 'no runbook' }],
    }));

    const { body } = await metrics.text(() => store.countByStage());
    expect(body).toContain('alert_to_fix_incidents_opened_total{severity="critical"} 1');
    expect(body).toContain('alert_to_fix_incidents_opened_total{severity="other"} 1');
    expect(body).toContain('alert_to_fix_intake_total{event="opened"} 2');
    expect(body).toContain('alert_to_fix_incidents{stage="open"} 1');
    expect(body).toContain('alert_to_fix_incidents{stage="inconclusive"} 1');
    expect(body).toContain('alert_to_fix_incidents{stage="running"} 0');
    expect(body).toContain('alert_to_fix_stage_seconds_sum{stage="open"} 20');
    expect(body).toContain('alert_to_fix_failures_total{type="diagnosis.inconclusive"} 1');
    await close();
});

test.each([['01500'], [-1], [Number.NaN], [{}], [undefined]])(
    'a figure of %j that a server gave counts as nothing',
    async (figure) => {
        const metrics = new Metrics();
        const incident = anIncident({
            diagnosis: {
                verdict: 'advice',
                cause: 'c',
                confidence: 1,
                citations: [],
                evidence: [],
                at: '2026-01-01T00:00:00.000Z',
                source: {
                    by: 'model',
                    milliseconds: figure as number,
                    usage: { inputTokens: figure as number, outputTokens: 20, calls: 1 },
                },
            },
        });
        const entry = {
            type: 'diagnosis.made',
            by: 'node:llm-diagnose',
            text: 't',
            seq: 1,
            at: '',
            prev: '',
            hash: '',
        } as const;
        metrics.observe(incident, [entry], incident);
        const { body } = await metrics.text(async () => ({}));
        expect(body).toContain('alert_to_fix_model_tokens_total{direction="input"} 0');
        expect(body).toContain('alert_to_fix_model_tokens_total{direction="output"} 20');
    },
);
