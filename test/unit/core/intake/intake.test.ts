import { type Effect, Intake, type IntakeSettings } from '../../../../nodes/core/intake/intake';
import { releasing } from '../../../../nodes/core/intake/open';
import { parsePayload } from '../../../../nodes/core/intake/payload';
import type { Incident } from '../../../../nodes/core/model/incident';
import { firstBrokenLink } from '../../../../nodes/core/model/timeline';
import { Incidents } from '../../../../nodes/core/store/incidents';
import { alertOn, anAlert, aPayload } from '../../../support/alertmanager-payload';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

const SETTINGS: IntakeSettings = {
    grouping: { by: 'group' },
    scope: '/webhook main',
    cooldownSeconds: 0,
    stormLimit: 0,
    names: { severity: 'severity', cluster: 'cluster', team: 'team', clusterName: 'main' },
};

let now = new Date('2026-01-01T00:10:00Z');
let opened: TemporaryStore;
beforeEach(async () => {
    now = new Date('2026-01-01T00:10:00Z');
    opened = await temporarySqlite(() => now);
});
afterEach(() => opened.close());

function intakeOf(settings: Partial<IntakeSettings> = {}, instance = 'i1', incidents = opened.incidents): Intake {
    return new Intake({ incidents, node: 'alert-in-1', instance, settings: { ...SETTINGS, ...settings } });
}

async function take(intake: Intake, payload: unknown): Promise<Effect[]> {
    const effects: Effect[] = [];
    await intake.accept(await parsePayload(payload), (effect) => effects.push(effect));
    return effects;
}

const kinds = (effects: Effect[]): string[] => effects.map(({ kind }) => kind).sort();
const stored = async (): Promise<Incident[]> => (await opened.store.list()).map(({ incident }) => incident);
const later = (seconds: number): void => {
    now = new Date(now.getTime() + seconds * 1_000);
};
const resolved = (host = 'web-1') => alertOn(host, { status: 'resolved', endsAt: now.toISOString() });
const firing = (host = 'web-1', startsAt = '2026-01-01T00:00:00Z') => alertOn(host, { startsAt });

test('a firing group opens one incident, stands at this node, and has a whole timeline', async () => {
    const [effect] = await take(intakeOf(), aPayload());
    expect(effect).toMatchObject({
        kind: 'new',
        incident: {
            stage: 'open',
            severity: 'critical',
            cluster: 'main',
            labels: { alertname: 'DiskFilling' },
            flow: { node: 'alert-in-1', state: 'sent', port: 0, instance: 'i1' },
            source: { dialect: 'alertmanager' },
        },
    });
    expect(await stored()).toEqual([effect?.incident]);
    const timeline = await opened.store.timeline(effect?.incident.id ?? '');
    expect(timeline.map(({ type }) => type)).toEqual(['incident.opened']);
    expect(firstBrokenLink(effect?.incident.id ?? '', timeline)).toBeUndefined();
});

test('a repeat joins, a resolution closes, a re-fired alert opens a new incident linked to the last', async () => {
    const intake = intakeOf();
    const [first] = await take(intake, aPayload({ alerts: [firing()] }));
    expect(kinds(await take(intake, aPayload({ alerts: [firing()] })))).toEqual(['duplicate']);
    later(60);
    expect(kinds(await take(intake, aPayload({ alerts: [resolved()] })))).toEqual(['resolved']);
    expect(kinds(await take(intake, aPayload({ alerts: [resolved()] })))).toEqual(['duplicate']);
    const [second] = await take(intake, aPayload({ alerts: [firing('web-1', now.toISOString())] }));
    expect(second).toMatchObject({ kind: 'new', incident: { previous: first?.incident.id } });
    expect(await stored()).toHaveLength(2);
});

test('a resolution of what was never seen opens nothing, and the next firing does', async () => {
    const intake = intakeOf();
    expect(await take(intake, aPayload({ alerts: [resolved()] }))).toEqual([]);
    expect(await stored()).toEqual([]);
    expect(kinds(await take(intake, aPayload({ alerts: [firing()] })))).toEqual(['new']);
});

test('a claim that a crash left without an incident is healed by the next notification', async () => {
    const intake = intakeOf();
    const [made] = await take(intake, aPayload());
    const { groupKey = '', id = '' } = made?.incident ?? {};
    await opened.store.releaseGroup(groupKey, id);
    await opened.store.claimGroup(groupKey, 'inc-crashed0');
    expect(await take(intake, aPayload())).toMatchObject([{ kind: 'new', incident: { id: 'inc-crashed0' } }]);
});

test('an opening whose answer is lost is told, because nobody was sent the incident that may be there', async () => {
    const { store } = opened;
    const deaf = Object.assign(Object.create(store) as typeof store, {
        commit: async (change: Parameters<typeof store.commit>[0]) => {
            await store.commit(change);
            throw new Error('no answer');
        },
    });
    const unsure: string[] = [];
    const incidents = new Incidents(deaf, () => now);
    const intake = new Intake({
        incidents,
        node: 'alert-in-1',
        instance: 'i1',
        settings: SETTINGS,
        unsure: (id) => unsure.push(id),
    });
    await expect(take(intake, aPayload())).rejects.toThrow('no answer');
    expect(unsure).toEqual((await stored()).map(({ id }) => id));
    expect(unsure).toHaveLength(1);
});

test('two instances that take the same notification at once make one incident', async () => {
    const other = new Incidents(opened.store, () => now);
    const intakes = [intakeOf({}, 'i1'), intakeOf({}, 'i2', other)];
    for (let round = 0; round < 20; round += 1) {
        const effects = await Promise.all(
            [...intakes, ...intakes].map((intake) => take(intake, aPayload({ groupKey: `g${round}` }))),
        );
        expect(effects.flat().filter(({ kind }) => kind === 'new')).toHaveLength(1);
    }
    expect(await stored()).toHaveLength(20);
});

describe('grouping', () => {
    const both = aPayload({ alerts: [firing('web-1'), firing('web-2')] });
    test('by group makes one of two alerts', async () => {
        expect(kinds(await take(intakeOf(), both))).toEqual(['new']);
    });
    test('by fingerprint makes two', async () => {
        expect(kinds(await take(intakeOf({ grouping: { by: 'fingerprint' } }), both))).toEqual(['new', 'new']);
    });
    test('by labels joins what has equal values', async () => {
        const payload = aPayload({
            alerts: [firing('web-1'), firing('web-2'), anAlert({ fingerprint: 'ff', labels: { alertname: 'Other' } })],
        });
        expect(kinds(await take(intakeOf({ grouping: { by: 'labels', labels: ['alertname'] } }), payload))).toEqual([
            'new',
            'new',
        ]);
    });
    test('the same group of another scope is another incident', async () => {
        await take(intakeOf(), both);
        expect(kinds(await take(intakeOf({ scope: '/webhook other' }), both))).toEqual(['new']);
    });
});

describe('cooldown', () => {
    async function refire(cooldownSeconds: number): Promise<Effect | undefined> {
        const intake = intakeOf({ cooldownSeconds });
        await take(intake, aPayload({ alerts: [firing()] }));
        await take(intake, aPayload({ alerts: [resolved()] }));
        later(30);
        return (await take(intake, aPayload({ alerts: [firing('web-1', now.toISOString())] })))[0];
    }
    test('holds an incident that fires again too soon, until the cooldown ends', async () => {
        expect(await refire(300)).toMatchObject({
            kind: 'held',
            incident: { flow: { state: 'held', until: '2026-01-01T00:15:00.000Z' } },
        });
    });
    test('is over after its time', async () => {
        expect(await refire(20)).toMatchObject({ kind: 'new', incident: { flow: { state: 'sent' } } });
    });
    test('a held incident is released once', async () => {
        const held = await refire(300);
        const position = { node: 'alert-in-1', state: 'sent' as const, port: 0, instance: 'i2' };
        const released = await opened.incidents.change(held?.incident.id ?? '', releasing(position));
        expect(released.flow).toEqual(position);
        const again = await opened.incidents.change(
            held?.incident.id ?? '',
            releasing({ ...position, instance: 'i3' }),
        );
        expect(again.flow).toEqual(position);
    });
});

describe('a storm', () => {
    const storm = (from: number, to: number) =>
        aPayload({
            alerts: Array.from({ length: to - from }, (_, index) =>
                firing(`host-${String(from + index).padStart(4, '0')}`),
            ),
        });
    const settings: Partial<IntakeSettings> = { grouping: { by: 'fingerprint' }, stormLimit: 5 };

    test('folds what is above the limit into one digest: nothing is dropped', async () => {
        const intake = intakeOf(settings);
        const effects = await take(intake, storm(0, 50));
        expect(effects.map(({ kind }) => kind)).toEqual(Array(6).fill('new'));
        const digest = effects.find(({ incident }) => incident.digest);
        expect(digest?.incident.alerts).toHaveLength(45);
        expect(kinds(await take(intake, storm(50, 60)))).toEqual(['changed']);
        const incidents = await stored();
        expect(incidents).toHaveLength(6);
        expect(incidents.flatMap(({ alerts }) => alerts)).toHaveLength(60);
    });

    test('a resolution finds its alert in the digest', async () => {
        const intake = intakeOf(settings);
        await take(intake, storm(0, 20));
        const [effect] = await take(intake, aPayload({ alerts: [resolved('host-0010')] }));
        expect(effect).toMatchObject({ kind: 'changed', incident: { digest: true } });
    });

    test('ends: a minute later groups are incidents again', async () => {
        const intake = intakeOf(settings);
        await take(intake, storm(0, 20));
        later(61);
        expect(await take(intake, storm(20, 21))).toMatchObject([
            { kind: 'new', incident: expect.not.objectContaining({ digest: true }) },
        ]);
    });

    test('repeats of known groups are no storm', async () => {
        const intake = intakeOf(settings);
        await take(intake, storm(0, 5));
        later(61);
        await take(intake, storm(0, 5));
        expect(kinds(await take(intake, storm(5, 10)))).toEqual(Array(5).fill('new'));
    });
});
