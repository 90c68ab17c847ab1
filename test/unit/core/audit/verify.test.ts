// @needs redis-server

import type { AuditSource } from '../../../../nodes/core/audit/source';
import { storeSource } from '../../../../nodes/core/audit/store-source';
import { type AuditOptions, type AuditResult, verifyAudit } from '../../../../nodes/core/audit/verify';
import { planDigest } from '../../../../nodes/core/model/plan';
import { chain, type TimelineEntry } from '../../../../nodes/core/model/timeline';
import { type Anchor, anchorAfter } from '../../../../nodes/core/signing/anchor';
import { aPlan, keys, keysOf } from '../../../support/approvals';
import {
    type AttackedStore,
    type AuditedProcess,
    attackedRedis,
    attackedSqlite,
    audited,
    note,
    written,
} from '../../../support/audit';
import { anIncident } from '../../../support/incidents';

const others = keysOf('another store');

/** The same story, told again by somebody without the key: hashes fit, the text is another. */
function retold(id: string, entries: readonly TimelineEntry[], from: number, text: string): TimelineEntry[] {
    const kept = entries.slice(0, from - 1);
    const last = kept.at(-1);
    const told = entries.slice(from - 1).map(({ type, data }, at) => ({
        type,
        by: 'node:intruder' as const,
        text: at === 0 ? text : 'So it was.',
        ...(data ? { data } : {}),
    }));
    return [...kept, ...chain(id, { seq: last?.seq ?? 0, hash: last?.hash ?? '' }, entries[0]?.at ?? '', told)];
}

describe.each<[string, () => Promise<AttackedStore>]>([
    ['the embedded store', attackedSqlite],
    ['Redis', attackedRedis],
])('an audit of %s', (_name, start) => {
    let attacked: AttackedStore;
    let node: AuditedProcess;
    /** Five entries; anchored at 3 by anchor 1 and at 5 by anchor 2, which names `other` too. */
    let id: string;
    let other: string;

    beforeEach(async () => {
        attacked = await start();
        node = audited(attacked.store);
        id = await written(node, 3);
        await node.anchoring.flush();
        await note(node, id, 'Entry 4.');
        await note(node, id, 'Entry 5.');
        other = await written(node, 1);
        await node.anchoring.flush();
        await node.anchoring.close();
    });
    afterEach(() => attacked.close());

    const audit = (options: AuditOptions = { keys }): Promise<AuditResult> =>
        verifyAudit(storeSource(attacked.store), options);
    const timeline = (): Promise<TimelineEntry[]> => attacked.store.timeline(id);
    const anchors = (): Promise<Anchor[]> => attacked.store.anchors.read(0, 100);
    const newestAnchor = async (): Promise<Anchor> => (await anchors()).at(-1)!;

    test('finds nothing where nobody tampered', async () => {
        const newest = await newestAnchor();
        await expect(audit()).resolves.toEqual({
            incidents: 2,
            entries: 6,
            anchors: 2,
            signatures: 'checked',
            newest: { seq: 2, hash: newest.hash, at: newest.at },
            notAnchored: 0,
            found: 0,
            broken: 0,
            links: [],
        });
    });

    test('counts what is not anchored yet, and calls it no fault', async () => {
        const incidents = audited(attacked.store).incidents;
        await note({ incidents }, id, 'Entry 6.');
        const since = (await timeline())[5]?.at;
        await expect(audit()).resolves.toMatchObject({ broken: 0, notAnchored: 1, notAnchoredSince: since });
    });

    test('names an altered entry', async () => {
        const entries = await timeline();
        entries[1] = { ...entries[1]!, text: 'All was well.' };
        await attacked.intruder.entries(id, entries);
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            links: [{ incident: id, fault: 'entry-altered', seq: 2 }],
        });
    });

    test('names a missing entry', async () => {
        const entries = await timeline();
        await attacked.intruder.entries(
            id,
            entries.filter(({ seq }) => seq !== 3),
        );
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            links: [{ incident: id, fault: 'entry-missing', seq: 3 }],
        });
    });

    test('names the anchor that knows of entries which were cut off, though the record fits', async () => {
        const entries = await timeline();
        await attacked.intruder.timeline(id, entries.slice(0, 4));
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            links: [{ incident: id, fault: 'tail-cut', seq: 5, named: 5, anchor: 2 }],
        });
    });

    test('names the anchor that knows of entries which were rewritten as a whole, hashes and all', async () => {
        await attacked.intruder.timeline(id, retold(id, await timeline(), 4, 'Nobody approved.'));
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            links: [{ incident: id, fault: 'rewritten', seq: 4, named: 5, anchor: 2 }],
        });
        await attacked.intruder.timeline(id, retold(id, await timeline(), 1, 'Nothing happened.'));
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            links: [{ incident: id, fault: 'rewritten', seq: 1, named: 3, anchor: 1 }],
        });
    });

    test('still finds it when the true process has written and anchored more since', async () => {
        await attacked.intruder.timeline(id, retold(id, await timeline(), 2, 'Nothing happened.'));
        const later = audited(attacked.store);
        await note(later, id, 'Entry 6.');
        await later.anchoring.flush();
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            links: [{ incident: id, fault: 'rewritten', seq: 1, anchor: 1 }],
        });
    });

    test('finds entries that were cut off before any anchor, when the record was left', async () => {
        const { incidents } = audited(attacked.store);
        await note({ incidents }, id, 'Entry 6.');
        await attacked.intruder.entries(id, (await timeline()).slice(0, 5));
        const result = await audit();
        expect(result.links).toEqual([{ incident: id, fault: 'tail-cut', seq: 6, named: 6 }]);
    });

    test('names a record that does not fit its timeline', async () => {
        const { incidents } = audited(attacked.store);
        await note({ incidents }, id, 'Entry 6.');
        await attacked.intruder.entries(id, retold(id, await timeline(), 6, 'Another entry 6.'));
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            links: [{ incident: id, fault: 'record-altered', seq: 6 }],
        });
    });

    test('names a deleted incident', async () => {
        await attacked.intruder.deleteIncident(id);
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            incidents: 1,
            links: [{ incident: id, fault: 'incident-missing', anchor: 2 }],
        });
    });

    test('names an altered anchor, and does not believe it', async () => {
        const anchor = await newestAnchor();
        await attacked.intruder.anchor({ ...anchor, heads: anchor.heads.filter(({ incident }) => incident !== other) });
        await attacked.intruder.deleteIncident(other);
        await expect(audit()).resolves.toMatchObject({ broken: 1, links: [{ anchor: 2, fault: 'altered' }] });
    });

    test('names an anchor made without the key: by its signature, or by the key it claims', async () => {
        const [first, anchor] = await anchors();
        const { at, heads, removed } = anchor!;
        const forged = anchorAfter(first, { at, heads, removed, first: 1 }, others);
        await attacked.intruder.anchor(forged);
        await expect(audit()).resolves.toMatchObject({ broken: 1, links: [{ anchor: 2, fault: 'key-unknown' }] });
        await attacked.intruder.anchor({ ...forged, keyId: anchor!.keyId });
        await expect(audit()).resolves.toMatchObject({ broken: 1, links: [{ anchor: 2, fault: 'signature-wrong' }] });
    });

    test('without the key signatures are not checked, the chain still is', async () => {
        const [, anchor] = await anchors();
        await expect(audit({})).resolves.toMatchObject({ broken: 0, signatures: 'unchecked' });
        await attacked.intruder.anchor({ ...anchor!, at: '2020-01-01T00:00:00.000Z' });
        await expect(audit({})).resolves.toMatchObject({ broken: 1, links: [{ anchor: 2, fault: 'altered' }] });
    });

    test('names an anchor that was replaced by one that fits by itself', async () => {
        const later = audited(attacked.store);
        await note(later, id, 'Entry 6.');
        await later.anchoring.flush();
        const [first, second] = await anchors();
        await attacked.intruder.anchor(
            anchorAfter(first, { at: second!.at, heads: [], removed: [], first: 1 }, others),
        );
        await expect(audit({})).resolves.toMatchObject({ links: [{ anchor: 3, fault: 'not-following' }] });
        await expect(audit()).resolves.toMatchObject({
            links: [
                { anchor: 2, fault: 'key-unknown' },
                { anchor: 3, fault: 'not-following' },
            ],
        });
    });

    test.each([
        ['in the middle', 2, 2, 2],
        ['at the front, where retention drops them', 1, 1, 1],
    ])('names an anchor that is missing %s', async (_where, from, to, named) => {
        const later = audited(attacked.store);
        await note(later, id, 'Entry 6.');
        await later.anchoring.flush();
        await attacked.intruder.deleteAnchors(from, to);
        const { links } = await audit();
        expect(links[0]).toEqual({ anchor: named, fault: 'missing' });
    });

    test('a cut at the end of the anchors shows by an anchor that was seen before', async () => {
        const { seq, hash } = await newestAnchor();
        await expect(audit({ keys, expect: { seq, hash } })).resolves.toMatchObject({ broken: 0 });
        await attacked.intruder.deleteAnchors(2, 2);
        await attacked.intruder.timeline(id, (await timeline()).slice(0, 3));
        await attacked.intruder.deleteIncident(other);
        await expect(audit()).resolves.toMatchObject({ broken: 0 });
        await expect(audit({ keys, expect: { seq, hash } })).resolves.toMatchObject({
            broken: 1,
            links: [{ anchor: 2, fault: 'missing' }],
        });
        const later = audited(attacked.store);
        await note(later, id, 'Another entry 4.');
        await later.anchoring.flush();
        await expect(audit({ keys, expect: { seq, hash } })).resolves.toMatchObject({
            links: [{ anchor: 2, fault: 'not-expected' }],
        });
    });

    test('a running process reports that the chain was cut behind it', async () => {
        await attacked.intruder.deleteAnchors(2, 2);
        await note(node, id, 'Entry 6.');
        await node.anchoring.flush();
        expect(node.reported).toEqual([
            expect.objectContaining({
                code: 'STORE_CONFLICT',
                message: expect.stringContaining('ends at anchor 1, and ended at 2'),
            }),
        ]);
    });

    test('an entry that is no JSON, or null, is named, and the audit goes on', async () => {
        await attacked.intruder.garble(other);
        await attacked.intruder.entries(id, [null as unknown as TimelineEntry]);
        const { links, incidents } = await audit();
        expect(links).toHaveLength(2);
        expect(links).toEqual(
            expect.arrayContaining([
                { incident: id, fault: 'entry-altered', seq: 1 },
                { incident: other, fault: 'unreadable', seq: 1, reason: expect.any(String) },
            ]),
        );
        expect(incidents).toBe(2);
    });

    test('names a plan in the record that is not the one whose digest was approved', async () => {
        const incident = anIncident();
        const plan = aPlan(incident);
        const seal = planDigest(plan);
        const ran = async (id: string, hosts: string[]): Promise<void> => {
            const run = {
                id: plan.nonce,
                seal,
                state: 'intended' as const,
                intendedAt: incident.openedAt,
                instance: 'test',
            };
            await node.incidents.create({ ...incident, id, stage: 'running', plan: { ...plan, hosts }, run }, [
                { type: 'approval.granted', by: 'node:approval-gate', text: 'Approved.', data: { seal } },
            ]);
        };
        await ran(incident.id, plan.hosts);
        await expect(audit()).resolves.toMatchObject({ broken: 0 });
        await ran('inc-another0', ['web-2']);
        await expect(audit()).resolves.toMatchObject({
            broken: 1,
            links: [{ incident: 'inc-another0', fault: 'state-altered', seq: 1, what: 'plan' }],
        });
    });

    test('an incident that retention deletes is anchored as removed, and not missed', async () => {
        const closed = await written(node, 2, { stage: 'closed' });
        await node.anchoring.flush();
        await expect(node.anchoring.sweep(new Date(Date.now() + 60_000))).resolves.toBe(1);
        expect((await newestAnchor()).removed.map(({ incident, version }) => [incident, version])).toEqual([
            [closed, 2],
        ]);
        await expect(attacked.store.read(closed)).resolves.toBeUndefined();
        await expect(audit()).resolves.toMatchObject({ broken: 0, incidents: 2 });
    });
});

describe('anchors that retention drops while an audit reads them', () => {
    const links: Anchor[] = [];
    for (let seq = 1; seq <= 6; seq += 1)
        links.push(
            anchorAfter(
                links.at(-1),
                { at: '2026-01-01T00:00:00.000Z', heads: [], removed: [], first: seq === 6 ? 5 : 1 },
                keys,
            ),
        );
    const reading = (...gone: number[]): AuditSource => ({
        asOf: async () => new Date(),
        anchors: async function* (after = 0) {
            yield* links.filter(({ seq }) => seq > after && !gone.includes(seq));
        },
        incidents: async function* () {},
        incident: async () => undefined,
    });

    test('are not missed, since a later one says where the chain begins now', async () => {
        await expect(verifyAudit(reading(3, 4), { keys })).resolves.toMatchObject({ broken: 0, anchors: 4 });
    });

    test('are told from one that must still be there', async () => {
        await expect(verifyAudit(reading(3, 4, 5), { keys })).resolves.toMatchObject({
            broken: 1,
            links: [{ anchor: 5, fault: 'missing' }],
        });
    });
});
