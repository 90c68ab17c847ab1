import { decide } from '../../../../nodes/core/approval/decide';
import { opening } from '../../../../nodes/core/approval/gate';
import { adopting, NO_INSTANCE } from '../../../../nodes/core/incident/flow';
import { endedSince, mayReopen, reopening } from '../../../../nodes/core/intake/reopen';
import type { Incident } from '../../../../nodes/core/model/incident';
import { STAGES, type Stage } from '../../../../nodes/core/model/stage';
import { firstBrokenLink } from '../../../../nodes/core/model/timeline';
import { aGate, aPlannedIncident, aPolicy, aRule, keys, person, sealOf } from '../../../support/approvals';
import { aWaitingIncident } from '../../../support/cards';
import { anIncident } from '../../../support/incidents';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

const ALICE = person('alice', { name: 'Alice' });
const NOW = new Date('2026-01-02T00:00:00.000Z');
const ENDINGS: readonly Stage[] = ['inconclusive', 'refused', 'failed', 'rolled-back'];

const again = (incident: Incident, since = endedSince(incident)) => reopening(ALICE, since)(incident, NOW);

test.each(ENDINGS)('a %s incident is as if its alerts had just come; the timeline says who wanted it', (stage) => {
    const before: Incident = { ...aWaitingIncident(), stage, reason: 'Rejected.' };
    const { incident, entries } = again(before);
    expect(incident).toMatchObject({
        id: before.id,
        stage: 'open',
        alerts: before.alerts,
        requestedBy: ALICE,
        flow: { node: before.source.node, state: 'sent', port: 0, instance: NO_INSTANCE },
    });
    for (const part of ['diagnosis', 'plan', 'seal', 'approval', 'run', 'verification', 'reason'])
        expect(incident).not.toHaveProperty(part);
    expect(entries).toEqual([
        {
            type: 'incident.reopened',
            by: ALICE,
            text: `Alice (page:alice) has it diagnosed again; it was ${stage}.`,
            data: { stage, seal: before.seal?.digest },
        },
    ]);
});

test.each(STAGES.filter((stage) => !ENDINGS.includes(stage)))('an incident that is %s is left alone', (stage) => {
    const incident = anIncident({ stage });
    expect(mayReopen(incident)).toBe(false);
    expect(() => again(incident)).toThrow(
        expect.objectContaining({ code: 'STAGE_WRONG', field: 'incident.stage', cure: expect.any(String) }),
    );
});

test('once all alerts have resolved there is nothing to diagnose', () => {
    const { alerts, ...rest } = anIncident({ stage: 'refused' });
    const incident: Incident = { ...rest, alerts: alerts.map((alert) => ({ ...alert, status: 'resolved' })) };
    expect(mayReopen(incident)).toBe(false);
    expect(() => again(incident)).toThrow(expect.objectContaining({ code: 'ALERT_NOT_FIRING', field: 'alerts' }));
});

test('a click on an earlier ending counts for nothing', () => {
    const incident = anIncident({ stage: 'failed', stageSince: '2026-01-01T09:00:00.000Z' });
    expect(() => again(incident, '2026-01-01T08:00:00.000Z')).toThrow(
        expect.objectContaining({ code: 'STAGE_WRONG', field: 'since' }),
    );
});

test('whoever takes it up says so, and not that there was a restart', () => {
    const { incident } = again(anIncident({ stage: 'failed' }));
    const { entries } = adopting(incident.flow, { ...incident.flow, instance: 'here' })(incident, NOW);
    expect(entries[0]).toMatchObject({ type: 'flow.resumed', text: 'Sent into the flow again.' });
});

describe('in a store', () => {
    let opened: TemporaryStore;
    beforeEach(async () => {
        opened = await temporarySqlite();
    });
    afterEach(() => opened.close());

    test('of ten people at once one has it diagnosed again; what waited for approval before is void, and the chain is whole', async () => {
        const { incidents, store } = opened;
        const planned = aPlannedIncident();
        await incidents.create(planned, [{ type: 'incident.opened', by: 'node:test', text: 'Opened.' }]);
        const waiting = await incidents.change(planned.id, opening(aGate(aPolicy([aRule()]))));
        const seal = sealOf(waiting);
        await decide({ incidents, keys }, { incidentId: planned.id, seal, verdict: 'reject', by: ALICE });
        const { incident } = await incidents.get(planned.id);
        const clicks = await Promise.allSettled(
            Array.from({ length: 10 }, (_, n) =>
                incidents.change(planned.id, reopening(person(`p${n}`), endedSince(incident))),
            ),
        );
        expect(clicks.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        const timeline = await store.timeline(planned.id);
        expect(timeline.filter(({ type }) => type === 'incident.reopened')).toHaveLength(1);
        expect(firstBrokenLink(planned.id, timeline)).toBeUndefined();
        await expect(
            decide({ incidents, keys }, { incidentId: planned.id, seal, verdict: 'approve', by: ALICE }),
        ).rejects.toMatchObject({ code: 'STAGE_WRONG' });
        expect(await store.idsLeftAt(planned.source.node, ['open'], 'another')).toEqual([planned.id]);
    });
});
