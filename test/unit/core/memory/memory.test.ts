import { FixError } from '../../../../nodes/core/errors';
import type { Likeness, Memory } from '../../../../nodes/core/memory/port';
import { recall } from '../../../../nodes/core/memory/recall';
import { likenessOf, outcomeOf, recordOf } from '../../../../nodes/core/memory/record';
import { recurrenceKeyOf } from '../../../../nodes/core/memory/recurrence';
import { remember } from '../../../../nodes/core/memory/remember';
import { similarTo } from '../../../../nodes/core/memory/similarity';
import { StoreMemory } from '../../../../nodes/core/memory/store-memory';
import type { MemoryRecord, SimilarIncident } from '../../../../nodes/core/model/memory';
import { anIncident, opening } from '../../../support/incidents';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

const labelled = (labels: Record<string, string>): ReturnType<typeof anIncident> =>
    anIncident({ labels: { alertname: 'Disk', ...labels } });

describe('the recurrence key', () => {
    test.each([
        ['another port', { instance: 'web-1:9100' }, { instance: 'web-1:9200' }],
        ['an IPv6 address and its ports', { instance: '[fe80::1]:9100' }, { instance: '[fe80::1]' }],
        ['another severity', { severity: 'warning' }, { severity: 'critical' }],
        ['a restarted pod', { pod: 'web-7f9-x1' }, { pod: 'web-7f9-y2' }],
    ])('does not change with %s', (_what, one, other) => {
        expect(recurrenceKeyOf(labelled(one))).toBe(recurrenceKeyOf(labelled(other)));
    });

    test.each([
        ['the host', { host: 'web-1' }, { host: 'web-2' }],
        ['the namespace', { namespace: 'shop' }, { namespace: 'blog' }],
        ['the end of an IPv6 address', { instance: 'fe80::1' }, { instance: 'fe80::2' }],
        ['which label says it', { host: 'a' }, { job: 'a' }],
    ])('changes with %s', (_what, one, other) => {
        expect(recurrenceKeyOf(labelled(one))).not.toBe(recurrenceKeyOf(labelled(other)));
    });
});

describe('similarity', () => {
    const now = labelled({ host: 'web-1', job: 'node' });
    const past = (parts: Partial<MemoryRecord>): MemoryRecord => ({
        ...recordOf(now, new Date(0)),
        incidentId: 'inc-past0000',
        ...parts,
    });

    test('the same thing again scores 1, the same alert elsewhere less, a stranger nothing', () => {
        const same = past({ incidentId: 'inc-same0000' });
        const elsewhere = past({
            incidentId: 'inc-else0000',
            identity: 'x',
            labels: { alertname: 'Disk', host: 'web-2', job: 'node' },
        });
        const stranger = past({
            incidentId: 'inc-strange0',
            identity: 'y',
            alertname: 'Other',
            labels: { a: 'b' },
            text: 'nothing alike',
        });
        const similar = similarTo(likenessOf(now), [stranger, elsewhere, same], 5);
        expect(similar.map(({ incidentId }) => incidentId)).toEqual(['inc-same0000', 'inc-else0000']);
        expect(similar[0]?.score).toBe(1);
        expect(similar[1]?.score).toBeLessThan(1);
    });

    test('never names the incident itself, keeps outcome and limit, newest of equals first', () => {
        const itself = past({ incidentId: now.id });
        const older = past({ incidentId: 'inc-older000', at: '2020-01-01T00:00:00.000Z', outcome: 'failed' });
        const newer = past({ incidentId: 'inc-newer000', at: '2021-01-01T00:00:00.000Z', outcome: 'cleared' });
        const similar = similarTo(likenessOf(now), [itself, older, newer], 1);
        expect(similar).toMatchObject([{ incidentId: 'inc-newer000', outcome: 'cleared' }]);
        expect(similar[0]).not.toHaveProperty('labels');
    });

    test('shared words count, Chinese ones too', () => {
        const unlike = { identity: 'x', labels: {} };
        const here = { ...likenessOf(labelled({})), text: '磁盘空间不足' };
        const near = past({ ...unlike, incidentId: 'inc-near0000', text: '磁盘空间已满' });
        const far = past({ ...unlike, incidentId: 'inc-far00000', text: '证书将到期' });
        expect(similarTo(here, [far, near], 2).map(({ incidentId }) => incidentId)).toEqual([
            'inc-near0000',
            'inc-far00000',
        ]);
    });
});

describe('the outcome', () => {
    const run = { id: 'n', seal: 's', intendedAt: '', instance: 'i' } as const;
    const approval = { needed: 1, decisions: [], since: '', expiresAt: '' };
    const verification = { reason: '', at: '' };
    test.each([
        ['cleared', { verification: { ...verification, result: 'cleared' as const } }],
        ['not-cleared', { verification: { ...verification, result: 'not-cleared' as const } }],
        [
            'rolled-back',
            { stage: 'rolled-back' as const, verification: { ...verification, result: 'not-cleared' as const } },
        ],
        ['failed', { run: { ...run, state: 'failed' as const } }],
        ['unknown', { run: { ...run, state: 'intended' as const } }],
        ['refused', { approval: { ...approval, state: 'rejected' as const } }],
        ['no-fix', { stage: 'closed' as const, approval: { ...approval, state: 'withdrawn' as const } }],
        ['no-fix', { stage: 'inconclusive' as const }],
    ])('%s', (outcome, parts) => {
        expect(outcomeOf(anIncident(parts))).toBe(outcome);
    });
});

/** A memory that needs no incident store: the newest records of the same alert name, in this process. */
class ShortMemory implements Memory {
    private readonly records = new Map<string, MemoryRecord>();

    async remember(record: MemoryRecord): Promise<void> {
        this.records.set(record.incidentId, record);
    }

    async similar({ incidentId, alertname }: Likeness, limit: number): Promise<SimilarIncident[]> {
        const past = (await this.ofAlert(alertname, limit + 1)).filter((record) => record.incidentId !== incidentId);
        return past.slice(0, limit).map((record) => ({ ...record, score: 1 }));
    }

    async ofAlert(alertname: string, limit: number): Promise<MemoryRecord[]> {
        const past = [...this.records.values()].filter((record) => record.alertname === alertname);
        return past.sort((a, b) => b.at.localeCompare(a.at)).slice(0, limit);
    }
}

describe.each([
    ['of the incident store', ({ store }: TemporaryStore): Memory => new StoreMemory(store.memories)],
    ['of another kind', (): Memory => new ShortMemory()],
])('a memory %s', (_kind, memoryOf) => {
    let temporary: TemporaryStore;
    let memory: Memory;
    beforeEach(async () => {
        temporary = await temporarySqlite();
        memory = memoryOf(temporary);
    });
    afterEach(() => temporary.close());

    test('puts what one incident taught on the next of the kind, and both are written down', async () => {
        const { store, incidents } = temporary;
        const first = anIncident({
            stage: 'failed',
            alerts: [{ ...anIncident().alerts[0]!, annotations: { summary: 'token=hunter2hunter2 leaks' } }],
        });
        const second = anIncident();
        for (const incident of [first, second]) await store.commit(opening(incident));
        await expect(remember(incidents, memory, first.id)).resolves.toMatchObject({ outcome: 'failed' });
        await remember(incidents, memory, first.id);
        const recalled = await recall(incidents, memory, second.id, 5);
        expect(recalled.similar).toMatchObject([{ incidentId: first.id, score: 1, outcome: 'failed' }]);
        expect((await store.timeline(first.id)).map(({ type }) => type)).toContain('memory.remembered');
        expect((await store.timeline(second.id)).at(-1)).toMatchObject({ type: 'memory.recalled' });
        const [record] = await memory.ofAlert('DiskFilling', 1);
        expect(record?.text).not.toContain('hunter2');
    });

    test('knows the past incidents of an alert name, newest first, and no others', async () => {
        const past = (alertname: string, at: string): MemoryRecord => ({
            ...recordOf(anIncident({ labels: { alertname } }), new Date(at)),
        });
        const [older, newer] = [past('Disk', '2026-01-01T00:00:00Z'), past('Disk', '2026-01-02T00:00:00Z')];
        for (const record of [newer, older, past('Other', '2026-01-03T00:00:00Z')]) await memory.remember(record);
        await expect(memory.ofAlert('Disk', 5)).resolves.toEqual([newer, older]);
        await expect(memory.ofAlert('Disk', 1)).resolves.toEqual([newer]);
        await expect(memory.ofAlert('Nothing', 5)).resolves.toEqual([]);
    });
});

test('a memory that is down fails the step, and nothing is written down', async () => {
    const { store, incidents, close } = await temporarySqlite();
    const down = () => Promise.reject(new FixError('STORE_DOWN', 'The memory is away.'));
    const memory: Memory = { remember: down, similar: down, ofAlert: down };
    const incident = anIncident({ stage: 'failed' });
    await store.commit(opening(incident));
    await expect(remember(incidents, memory, incident.id)).rejects.toMatchObject({ code: 'STORE_DOWN' });
    await expect(recall(incidents, memory, incident.id, 5)).rejects.toMatchObject({ code: 'STORE_DOWN' });
    expect(await store.timeline(incident.id)).toHaveLength(1);
    await close();
});
