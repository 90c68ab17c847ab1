import { newIncidentId } from '../../../nodes/core/incident/id';
import type { FlowPosition, Incident } from '../../../nodes/core/model/incident';
import type { MemoryRecord } from '../../../nodes/core/model/memory';
import { firstBrokenLink } from '../../../nodes/core/model/timeline';
import { type Anchor, anchorAfter, type Head } from '../../../nodes/core/signing/anchor';
import type { ChangeNotice, IncidentStore, ListPlace, ListQuery, StoredIncident } from '../../../nodes/core/store/port';
import { keys } from '../../support/approvals';
import { anIncident, moving, opening } from '../../support/incidents';
import { until } from '../../support/processes';

/** The store under test; each test may write into the same one, so tests use incidents and names of their own. */
export type StoreUnderTest = () => IncidentStore;

async function stored(store: IncidentStore, id: string): Promise<StoredIncident> {
    const found = await store.read(id);
    if (!found) throw new Error(`${id} is not stored`);
    return found;
}

function aMemory(parts: Partial<MemoryRecord>): MemoryRecord {
    return {
        incidentId: newIncidentId(),
        identity: 'i',
        alertname: 'A',
        labels: {},
        text: 't',
        outcome: 'cleared',
        at: '2026-01-01T00:00:00.000Z',
        ...parts,
    };
}

/** The next anchor of the store. */
async function nextAnchor(store: IncidentStore, heads: Head[], removed: Head[] = []): Promise<Anchor> {
    return anchorAfter(
        await store.anchors.newest(),
        { at: '2026-01-01T00:00:00.000Z', heads, removed, first: 1 },
        keys,
    );
}

function aHead(version = 1): Head {
    return { incident: newIncidentId(), version, head: 'a'.repeat(64) };
}

/** What every incident store must do. */
export function behavesLikeAStore(underTest: StoreUnderTest): void {
    describe('transitions', () => {
        test('a new incident is read back as it was written', async () => {
            const incident = anIncident({ labels: { text: 'ünï "quoted"\n{{ x }} \u202e' } });
            const change = opening(incident);
            await expect(underTest().commit(change)).resolves.toBe(true);
            await expect(underTest().read(incident.id)).resolves.toEqual({
                incident,
                version: 1,
                head: change.entries[0]?.hash,
            });
            await expect(underTest().timeline(incident.id)).resolves.toEqual(change.entries);
        });

        test('an unknown incident is undefined and has no timeline', async () => {
            await expect(underTest().read('inc-00000000')).resolves.toBeUndefined();
            await expect(underTest().timeline('inc-00000000')).resolves.toEqual([]);
        });

        test('an incident is created once', async () => {
            const incident = anIncident();
            await underTest().commit(opening(incident));
            await expect(underTest().commit(opening({ ...incident, team: 'thieves' }))).resolves.toBe(false);
            expect((await stored(underTest(), incident.id)).incident.team).toBe('ops');
        });

        test('of 50 transitions from one version exactly one is written, with its line', async () => {
            const incident = anIncident();
            await underTest().commit(opening(incident));
            const before = await stored(underTest(), incident.id);
            const changes = Array.from({ length: 50 }, (_, index) =>
                moving(before, 'diagnosed', '2026-01-01T00:01:00.000Z', `by ${index}`),
            );
            const won = await Promise.all(changes.map((change) => underTest().commit(change)));
            expect(won.filter(Boolean)).toHaveLength(1);
            const timeline = await underTest().timeline(incident.id);
            expect(timeline.map(({ text }) => text)).toEqual(['Opened.', `by ${won.indexOf(true)}`]);
        });

        test('even 50 equal transitions happen once', async () => {
            const incident = anIncident();
            const won = await Promise.all(Array.from({ length: 50 }, () => underTest().commit(opening(incident))));
            expect(won.filter(Boolean)).toHaveLength(1);
        });

        test('the timeline is a whole chain, in order, and can be read from an entry on', async () => {
            const incident = anIncident();
            await underTest().commit(opening(incident));
            for (const stage of ['diagnosed', 'planned', 'waiting'] as const) {
                await underTest().commit(
                    moving(await stored(underTest(), incident.id), stage, '2026-01-01T00:02:00.000Z'),
                );
            }
            const timeline = await underTest().timeline(incident.id);
            expect(timeline).toHaveLength(4);
            expect(firstBrokenLink(incident.id, timeline)).toBeUndefined();
            await expect(underTest().timeline(incident.id, 2)).resolves.toEqual(timeline.slice(2));
        });

        test('100 incidents written at once are all there', async () => {
            const incidents = Array.from({ length: 100 }, () => anIncident());
            const won = await Promise.all(incidents.map((incident) => underTest().commit(opening(incident))));
            expect(won.every(Boolean)).toBe(true);
            for (const { id } of incidents) expect((await stored(underTest(), id)).version).toBe(1);
        });
    });

    describe('groups', () => {
        test('of 50 claims at once all agree on one current incident', async () => {
            const group = `{}:{alertname="${newIncidentId()}"}`;
            const claims = await Promise.all(
                Array.from({ length: 50 }, () => underTest().claimGroup(group, newIncidentId())),
            );
            expect(new Set(claims.map(({ current }) => current)).size).toBe(1);
            expect(claims.every(({ previous }) => previous === undefined)).toBe(true);
        });

        test('a released group remembers the incident before', async () => {
            const group = newIncidentId();
            await underTest().claimGroup(group, 'inc-first');
            await expect(underTest().releaseGroup(group, 'inc-other')).resolves.toBe(false);
            await expect(underTest().releaseGroup(group, 'inc-first')).resolves.toBe(true);
            await expect(underTest().releaseGroup(group, 'inc-first')).resolves.toBe(false);
            await expect(underTest().claimGroup(group, 'inc-second')).resolves.toEqual({
                current: 'inc-second',
                previous: 'inc-first',
            });
            await expect(underTest().claimGroup(group, 'inc-third')).resolves.toEqual({
                current: 'inc-second',
                previous: 'inc-first',
            });
        });
    });

    describe('lists', () => {
        test('are newest first, by stage, and go on page by page', async () => {
            const ids: string[] = [];
            for (const minute of ['01', '02', '03', '04']) {
                const at = `2027-01-01T00:${minute}:00.000Z`;
                const incident = anIncident({ updatedAt: at });
                ids.unshift(incident.id);
                await underTest().commit(opening(incident));
            }
            await underTest().commit(
                moving(await stored(underTest(), ids[1]!), 'diagnosed', '2027-01-01T00:03:30.000Z'),
            );
            const idsOf = (list: StoredIncident[]): string[] => list.map(({ incident }) => incident.id);
            expect(idsOf(await underTest().list({ limit: 2 }))).toEqual(ids.slice(0, 2));
            expect(
                idsOf(
                    await underTest().list({
                        limit: 2,
                        before: { updatedAt: '2027-01-01T00:03:30.000Z', id: ids[1]! },
                    }),
                ),
            ).toEqual(ids.slice(2));
            expect(idsOf(await underTest().list({ stages: ['diagnosed'], limit: 1 }))).toEqual([ids[1]]);
            expect(idsOf(await underTest().list({ stages: ['open', 'diagnosed'], limit: 3 }))).toEqual(ids.slice(0, 3));
            await expect(underTest().list({ stages: [] })).resolves.toEqual([]);
        });

        test.each<[string, ListQuery]>([
            ['all', {}],
            ['by stage', { stages: ['open'] }],
        ])('of one millisecond lose none at the edge of a page: %s', async (_what, query) => {
            const updatedAt = `2027-02-${query.stages ? '01' : '02'}T00:00:00.000Z`;
            const sameTime = Array.from({ length: 5 }, () => anIncident({ updatedAt }));
            for (const incident of sameTime) await underTest().commit(opening(incident));
            const seen: string[] = [];
            let before: ListPlace | undefined = { updatedAt, id: '~' };
            while (before && seen.length < 5) {
                const page: StoredIncident[] = await underTest().list({ ...query, limit: 2, before });
                seen.push(...page.map(({ incident }) => incident.id));
                before = page.at(-1)?.incident;
            }
            expect(seen.slice(0, 5)).toEqual(
                sameTime
                    .map(({ id }) => id)
                    .sort()
                    .reverse(),
            );
        });

        test('tell what was left at a node, but not what this process has sent on', async () => {
            const node = newIncidentId();
            const at = (flow: Partial<FlowPosition>): Incident =>
                anIncident({ flow: { node, state: 'sent', port: 0, instance: 'mine', ...flow } });
            const [mine, dead, working, elsewhere] = [
                at({}),
                at({ instance: 'dead' }),
                at({ state: 'working' }),
                at({ node: `${node}2`, instance: 'dead' }),
            ];
            await Promise.all(
                [mine, dead, working, elsewhere].map((incident) => underTest().commit(opening(incident))),
            );
            expect((await underTest().idsLeftAt(node, ['open'], 'mine')).sort()).toEqual([dead.id, working.id].sort());
            await expect(underTest().idsLeftAt(node, ['waiting'], 'mine')).resolves.toEqual([]);
            await underTest().commit(
                moving(await stored(underTest(), dead.id), 'diagnosed', '2026-01-01T00:01:00.000Z'),
            );
            await expect(underTest().idsLeftAt(node, ['open'], 'mine')).resolves.toEqual([working.id]);
            await expect(underTest().idsLeftAt(node, ['diagnosed'], 'mine')).resolves.toEqual([dead.id]);
        });

        test('counts follow the stages', async () => {
            const before = await underTest().countByStage();
            const incident = anIncident({ stage: 'rolled-back' });
            await underTest().commit(opening(incident));
            expect((await underTest().countByStage())['rolled-back']).toBe((before['rolled-back'] ?? 0) + 1);
            await underTest().commit(
                moving(await stored(underTest(), incident.id), 'closed', '2026-01-01T00:05:00.000Z'),
            );
            expect((await underTest().countByStage())['rolled-back'] ?? 0).toBe(before['rolled-back'] ?? 0);
        });
    });

    describe('leases', () => {
        test('have one owner, who may renew and give back', async () => {
            const name = newIncidentId();
            const taken = await Promise.all(
                ['a', 'b', 'c'].map((owner) => underTest().leases.take(name, owner, 60_000)),
            );
            expect(taken.filter(Boolean)).toHaveLength(1);
            const owner = ['a', 'b', 'c'][taken.indexOf(true)]!;
            await expect(underTest().leases.ownerOf(name)).resolves.toBe(owner);
            await expect(underTest().leases.take(name, owner, 60_000)).resolves.toBe(true);
            await expect(underTest().leases.release(name, 'stranger')).resolves.toBe(false);
            await expect(underTest().leases.release(name, owner)).resolves.toBe(true);
            await expect(underTest().leases.ownerOf(name)).resolves.toBeUndefined();
            await expect(underTest().leases.take(name, 'next', 60_000)).resolves.toBe(true);
        });

        test('run out', async () => {
            const name = newIncidentId();
            await underTest().leases.take(name, 'a', 20);
            await until(async () => (await underTest().leases.ownerOf(name)) === undefined);
            await expect(underTest().leases.release(name, 'a')).resolves.toBe(false);
            await expect(underTest().leases.take(name, 'b', 60_000)).resolves.toBe(true);
        });
    });

    describe('watchers', () => {
        test('hear of each commit until they stop, whatever another watcher throws', async () => {
            const heard: ChangeNotice[] = [];
            const stopBad = underTest().watch(() => {
                throw new Error('a bad watcher');
            });
            const stop = underTest().watch((notice) => heard.push(notice));
            const incident = anIncident();
            await until(async () => {
                await underTest().commit(opening(anIncident()));
                return heard.length > 0;
            });
            await underTest().commit(opening(incident));
            await underTest().commit(
                moving(await stored(underTest(), incident.id), 'diagnosed', '2026-01-01T00:01:00.000Z'),
            );
            await until(() => heard.filter(({ id }) => id === incident.id).length === 2);
            expect(heard.filter(({ id }) => id === incident.id)).toEqual([
                { id: incident.id, version: 1, stage: 'open' },
                { id: incident.id, version: 2, stage: 'diagnosed' },
            ]);
            stop();
            stopBad();
            const count = heard.length;
            await underTest().commit(opening(anIncident()));
            await underTest().ping();
            expect(heard).toHaveLength(count);
        });
    });

    describe('memory', () => {
        test('recalls the same thing first, then the same alert, then the newest, and replaces', async () => {
            const identity = newIncidentId();
            const alertname = newIncidentId();
            const same = aMemory({ identity, alertname, at: '2026-01-01T00:00:00.000Z' });
            const alike = aMemory({ alertname, at: '2026-01-02T00:00:00.000Z' });
            const newest = aMemory({ at: '2099-01-01T00:00:00.000Z' });
            for (const record of [same, alike, newest]) await underTest().memories.write(record);
            await underTest().memories.write({ ...same, outcome: 'failed' });
            const recalled = await underTest().memories.find({ recurrenceKey: identity, alertname, limit: 3 });
            expect(recalled).toEqual([{ ...same, outcome: 'failed' }, alike, newest]);
            await expect(
                underTest().memories.find({ recurrenceKey: identity, alertname, limit: 1 }),
            ).resolves.toHaveLength(1);
        });

        test('a memory that came to name another thing is no longer found under the old', async () => {
            const record = aMemory({
                identity: newIncidentId(),
                alertname: newIncidentId(),
                at: '2020-01-01T00:00:00.000Z',
            });
            await underTest().memories.write(record);
            await underTest().memories.write({ ...record, identity: 'another', alertname: 'Another' });
            const first = (
                await underTest().memories.find({
                    recurrenceKey: record.identity,
                    alertname: record.alertname,
                    limit: 1,
                })
            )[0];
            expect(first?.incidentId).not.toBe(record.incidentId);
        });
    });

    describe('previews', () => {
        test('a preview of megabytes is read back as it was written, and only the first write of a nonce counts', async () => {
            const { id } = anIncident();
            const text = `ünï "quoted" {{ x }} \u202e\n${'+ a line\n'.repeat(500_000)}`;
            await underTest().previews.keep(id, 'one', text);
            await underTest().previews.keep(id, 'one', 'another');
            await underTest().previews.keep(id, 'two', 'of another plan');
            expect((await underTest().previews.read(id, 'one')) === text).toBe(true);
            await expect(underTest().previews.read(id, 'two')).resolves.toBe('of another plan');
            await expect(underTest().previews.read(id, 'three')).resolves.toBeUndefined();
            await expect(underTest().previews.read('inc-00000000', 'one')).resolves.toBeUndefined();
        });
    });

    describe('retention', () => {
        test('tells what it deletes before; when that fails, nothing is deleted', async () => {
            const old = anIncident({ stage: 'closed', updatedAt: '2000-01-01T00:00:00.000Z' });
            const change = opening(old);
            await underTest().commit(change);
            await expect(
                underTest().sweep(new Date('2000-06-01'), () => Promise.reject(new Error('no'))),
            ).rejects.toThrow('no');
            await expect(underTest().read(old.id)).resolves.toBeDefined();
            const told: Head[][] = [];
            await expect(
                underTest().sweep(new Date('2000-06-01'), async (heads) => void told.push(heads)),
            ).resolves.toBe(1);
            expect(told).toEqual([[{ incident: old.id, version: 1, head: change.entries[0]?.hash }]]);
        });

        test('an incident that changes after it was told stays', async () => {
            const old = anIncident({ stage: 'failed', updatedAt: '2000-01-01T00:00:00.000Z' });
            await underTest().commit(opening(old));
            const change = async (): Promise<void> => {
                await underTest().commit(
                    moving(await stored(underTest(), old.id), 'closed', '2000-01-02T00:00:00.000Z'),
                );
            };
            await expect(underTest().sweep(new Date('2000-06-01'), change)).resolves.toBe(0);
            expect((await stored(underTest(), old.id)).incident.stage).toBe('closed');
            await expect(underTest().sweep(new Date('2000-06-01'))).resolves.toBe(1);
        });

        test('sweeps ended incidents of old, with timeline and group, and nothing else', async () => {
            const at = '2001-01-01T00:00:00.000Z';
            const group = newIncidentId();
            const old = anIncident({ stage: 'closed', updatedAt: at, groupKey: group });
            const underWay = anIncident({ stage: 'waiting', updatedAt: at });
            const fresh = anIncident({ stage: 'closed', updatedAt: '2002-01-01T00:00:00.000Z' });
            await underTest().claimGroup(group, old.id);
            await underTest().releaseGroup(group, old.id);
            for (const incident of [old, underWay, fresh]) {
                await underTest().commit(opening(incident));
                await underTest().previews.keep(incident.id, 'nonce', '+ a line');
            }
            await expect(underTest().sweep(new Date('2001-06-01'))).resolves.toBe(1);
            await expect(underTest().read(old.id)).resolves.toBeUndefined();
            await expect(underTest().timeline(old.id)).resolves.toEqual([]);
            await expect(underTest().previews.read(old.id, 'nonce')).resolves.toBeUndefined();
            await expect(underTest().previews.read(fresh.id, 'nonce')).resolves.toBe('+ a line');
            await expect(underTest().claimGroup(group, 'inc-next')).resolves.toEqual({ current: 'inc-next' });
            await expect(underTest().read(underWay.id)).resolves.toBeDefined();
            await expect(underTest().read(fresh.id)).resolves.toBeDefined();
            const listed = await underTest().list({ before: { updatedAt: '2001-06-01T00:00:00.000Z', id: '' } });
            expect(listed.map(({ incident }) => incident.id)).toEqual([underWay.id]);
        });
    });

    describe('anchors', () => {
        test('are added one after the other, and read back from a number on', async () => {
            const { anchors } = underTest();
            const before = (await anchors.newest())?.seq ?? 0;
            const added: Anchor[] = [];
            for (const heads of [[aHead()], [aHead(), aHead(7)], []]) {
                const anchor = await nextAnchor(underTest(), heads);
                await expect(anchors.append(anchor)).resolves.toBe(true);
                added.push(anchor);
            }
            expect(added.map(({ seq }) => seq)).toEqual([before + 1, before + 2, before + 3]);
            await expect(anchors.newest()).resolves.toEqual(added[2]);
            await expect(anchors.read(before, 10)).resolves.toEqual(added);
            await expect(anchors.read(before + 1, 1)).resolves.toEqual([added[1]]);
            await expect(anchors.read(before + 3, 10)).resolves.toEqual([]);
        });

        test('of 20 that want to be the next exactly one is added', async () => {
            const wanted = await Promise.all(Array.from({ length: 20 }, () => nextAnchor(underTest(), [aHead()])));
            const added = await Promise.all(wanted.map((anchor) => underTest().anchors.append(anchor)));
            expect(added.filter(Boolean)).toHaveLength(1);
            await expect(underTest().anchors.newest()).resolves.toEqual(wanted[added.indexOf(true)]);
        });

        test('one of 1,000 heads is no trouble', async () => {
            const anchor = await nextAnchor(
                underTest(),
                Array.from({ length: 1_000 }, () => aHead()),
            );
            await expect(underTest().anchors.append(anchor)).resolves.toBe(true);
            await expect(underTest().anchors.newest()).resolves.toEqual(anchor);
        });

        test('are found by the incident they name: the newest of it, until it is removed', async () => {
            const { anchors } = underTest();
            const head = aHead(3);
            await expect(anchors.naming(head.incident)).resolves.toBeUndefined();
            const first = await nextAnchor(underTest(), [head]);
            await anchors.append(first);
            const late = await nextAnchor(underTest(), [{ ...head, version: 2 }]);
            await anchors.append(late);
            await expect(anchors.naming(head.incident)).resolves.toEqual(first);
            const newer = await nextAnchor(underTest(), [{ ...head, version: 5 }]);
            await anchors.append(newer);
            await expect(anchors.naming(head.incident)).resolves.toEqual(newer);
            await anchors.append(await nextAnchor(underTest(), [], [head]));
            await expect(anchors.naming(head.incident)).resolves.toBeUndefined();
        });

        test('are dropped from the front', async () => {
            const { anchors } = underTest();
            for (let count = 0; count < 3; count += 1) await anchors.append(await nextAnchor(underTest(), [aHead()]));
            const newest = await anchors.newest();
            await anchors.drop(newest?.seq ?? 0);
            await expect(anchors.read(0, 10)).resolves.toEqual([newest]);
        });
    });

    describe('heads', () => {
        test('are told oldest first, page by page, with the version that is anchored', async () => {
            const at = (second: number): string => `2030-01-01T00:00:0${second}.000Z`;
            const written = [
                anIncident({ updatedAt: at(1) }),
                anIncident({ updatedAt: at(2) }),
                anIncident({ updatedAt: at(2) }),
            ];
            for (const incident of written) await underTest().commit(opening(incident));
            const [first, ...sameTime] = written as [Incident, Incident, Incident];
            await underTest().anchors.append(await nextAnchor(underTest(), [{ ...aHead(), incident: first.id }]));
            await underTest().commit(moving(await stored(underTest(), first.id), 'diagnosed', at(3)));
            const inOrder = [...sameTime.map(({ id }) => id).sort(), first.id];
            const read: string[] = [];
            let place: ListPlace | undefined = { updatedAt: at(0), id: '' };
            for (;;) {
                const page: Awaited<ReturnType<IncidentStore['heads']>> = await underTest().heads(place, 1);
                const last = page.at(-1);
                if (!last) break;
                expect(page).toHaveLength(1);
                const { version, head } = await stored(underTest(), last.incident);
                expect(last).toMatchObject({ version, head, anchored: last.incident === first.id ? 1 : 0 });
                read.push(last.incident);
                place = { updatedAt: last.updatedAt, id: last.incident };
            }
            expect(read).toEqual(inOrder);
            expect((await underTest().heads(undefined, 1)).length).toBe(1);
        });
    });

    test('a store that can be written answers a ping', async () => {
        await expect(underTest().ping()).resolves.toBeUndefined();
    });
}
