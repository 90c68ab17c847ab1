// @needs redis-server
import { Anchoring } from '../../../../nodes/core/audit/anchoring';
import { storeSource } from '../../../../nodes/core/audit/store-source';
import { type AuditResult, verifyAudit } from '../../../../nodes/core/audit/verify';
import { FixError } from '../../../../nodes/core/errors';
import { Incidents } from '../../../../nodes/core/store/incidents';
import type { IncidentStore } from '../../../../nodes/core/store/port';
import { keys } from '../../../support/approvals';
import { type AttackedStore, attackedRedis, attackedSqlite, audited, note, written } from '../../../support/audit';
import { until } from '../../../support/processes';

const audit = (store: IncidentStore): Promise<AuditResult> => verifyAudit(storeSource(store), { keys });
const count = async (store: IncidentStore): Promise<number> => (await store.anchors.read(0, 1_000)).length;

describe.each<[string, () => Promise<AttackedStore>]>([
    ['the embedded store', attackedSqlite],
    ['Redis', attackedRedis],
])('anchoring in %s', (_name, start) => {
    let attacked: AttackedStore;
    let store: IncidentStore;
    beforeEach(async () => {
        attacked = await start();
        store = attacked.store;
    });
    afterEach(() => attacked.close());

    test('many changes of many incidents make few anchors, each incident with its newest head', async () => {
        const node = audited(store);
        const ids = await Promise.all(Array.from({ length: 30 }, () => written(node, 3)));
        await node.anchoring.flush();
        const anchors = await store.anchors.read(0, 10);
        expect(anchors).toHaveLength(1);
        expect(new Map(anchors[0]?.heads.map(({ incident, version }) => [incident, version]))).toEqual(
            new Map(ids.map((id) => [id, 3])),
        );
        await node.anchoring.flush();
        expect(await count(store)).toBe(1);
        await expect(audit(store)).resolves.toMatchObject({ broken: 0, notAnchored: 0, incidents: 30 });
    });

    test.each(['approval.granted', 'run.intended', 'run.ended', 'verification.made', 'incident.closed'] as const)(
        '%s is anchored at once, by itself',
        async (type) => {
            const node = audited(store);
            const id = await written(node, 1);
            await note(node, id, 'Now.', type);
            await until(async () => (await store.anchors.newest())?.heads[0]?.version === 2);
        },
    );

    test('1,000 incidents that changed are anchored at once, more in several anchors', async () => {
        const node = audited(store);
        await Promise.all(Array.from({ length: 1_200 }, () => written(node, 1)));
        await until(async () => (await count(store)) > 0);
        await node.anchoring.flush();
        expect((await store.anchors.read(0, 10)).every(({ heads }) => heads.length <= 1_000)).toBe(true);
        await expect(audit(store)).resolves.toMatchObject({ broken: 0, notAnchored: 0, incidents: 1_200 });
    });

    test('processes that anchor at once share one whole chain, and lose nothing', async () => {
        const nodes = [audited(store), audited(await attacked.another()), audited(await attacked.another())];
        await Promise.all(
            nodes.map(async (node) => {
                for (let round = 0; round < 10; round += 1) {
                    await written(node, 2);
                    await node.anchoring.flush();
                }
            }),
        );
        expect(await count(store)).toBe(30);
        expect(nodes.flatMap(({ reported }) => reported)).toEqual([]);
        await expect(audit(store)).resolves.toMatchObject({ broken: 0, notAnchored: 0, incidents: 30, found: 0 });
    });

    test('a process that died between writing and anchoring: the next one looks back, anchors it, and says that it found it', async () => {
        const anchored = audited(store);
        await written(anchored, 2);
        await anchored.anchoring.flush();
        const died = new Incidents(store, () => new Date());
        const id = await written({ incidents: died }, 3);
        await expect(audit(store)).resolves.toMatchObject({ broken: 0, notAnchored: 3 });
        const next = audited(await attacked.another());
        await next.anchoring.lookBack();
        expect((await store.anchors.newest())?.heads).toEqual([
            expect.objectContaining({ incident: id, version: 3, found: true }),
        ]);
        await expect(audit(store)).resolves.toMatchObject({ broken: 0, notAnchored: 0, found: 1 });
        await next.anchoring.lookBack();
        expect(await count(store)).toBe(2);
    });

    test('the look of every hour leaves to a process that lives what it has just written', async () => {
        const living = audited(store);
        await written(living, 2);
        const looking = audited(await attacked.another());
        await looking.anchoring.lookBack(new Date());
        await living.anchoring.flush();
        await expect(audit(store)).resolves.toMatchObject({ anchors: 1, notAnchored: 0, found: 0 });
        await written({ incidents: new Incidents(store, () => new Date()) }, 2);
        await looking.anchoring.lookBack(new Date(Date.now() + 60_000));
        await expect(audit(store)).resolves.toMatchObject({ anchors: 2, notAnchored: 0, found: 1 });
    });

    test('a store without any anchor, such as of an earlier version, is anchored as it is found', async () => {
        const earlier = new Incidents(store, () => new Date('2024-01-01'));
        for (let index = 0; index < 5; index += 1) await written({ incidents: earlier }, 2);
        await audited(store).anchoring.lookBack();
        await expect(audit(store)).resolves.toMatchObject({ broken: 0, notAnchored: 0, found: 5, anchors: 1 });
    });

    test('a look back does not cover up what was tampered with', async () => {
        const node = audited(store);
        const id = await written(node, 3);
        await node.anchoring.flush();
        await attacked.intruder.timeline(id, (await store.timeline(id)).slice(0, 2));
        await note({ incidents: new Incidents(store, () => new Date()) }, id, 'Another third entry.');
        await note({ incidents: new Incidents(store, () => new Date()) }, id, 'A fourth entry.');
        await audited(store).anchoring.lookBack();
        await expect(audit(store)).resolves.toMatchObject({
            broken: 1,
            found: 1,
            links: [{ incident: id, fault: 'rewritten', seq: 1, named: 3, anchor: 1 }],
        });
    });

    test('what closing nodes still write is anchored too', async () => {
        const node = audited(store);
        const id = await written(node, 1);
        await node.anchoring.close();
        expect((await store.anchors.newest())?.heads[0]?.version).toBe(1);
        await note(node, id, 'The last line.');
        await until(async () => (await store.anchors.newest())?.heads[0]?.version === 2);
    });

    test('retention: anchors of before go, a day at once; what is still there stays anchored, a front that was cut off shows', async () => {
        let now = new Date('2026-01-01T00:00:00.000Z');
        const node = audited(store, () => now);
        const waiting = await written(node, 2, { updatedAt: now.toISOString() });
        await written(node, 2, { stage: 'closed', updatedAt: now.toISOString() });
        await node.anchoring.flush();
        now = new Date('2026-01-03T00:00:00.000Z');
        const recent = await written(node, 2, { updatedAt: now.toISOString() });
        await node.anchoring.flush();
        await expect(node.anchoring.sweep(new Date('2026-01-01T12:00:00.000Z'))).resolves.toBe(1);
        expect((await store.anchors.read(0, 10)).map(({ seq }) => seq)).toEqual([1, 2, 3]);
        await expect(audit(store)).resolves.toMatchObject({ broken: 0, incidents: 2 });

        now = new Date('2026-01-04T00:00:00.000Z');
        await node.anchoring.sweep(new Date('2026-01-02T12:00:00.000Z'));
        const kept = await store.anchors.read(0, 10);
        expect(kept.map(({ seq, first }) => [seq, first])).toEqual([
            [2, 1],
            [3, 1],
            [4, 1],
            [5, 2],
        ]);
        expect(kept[2]?.heads.map(({ incident }) => incident)).toEqual([waiting]);
        await expect(audit(store)).resolves.toMatchObject({ broken: 0, incidents: 2, notAnchored: 0 });

        await attacked.intruder.deleteAnchors(2, 2);
        await attacked.intruder.deleteIncident(recent);
        const cut = await audit(store);
        expect(cut.links[0]).toEqual({ anchor: 2, fault: 'missing' });
    });
});

test('while the store is down nothing is lost and nobody is disturbed; without keys it is reported', async () => {
    const attacked = await attackedSqlite();
    const { store } = attacked;
    let down = true;
    const shaky = new Proxy<IncidentStore>(store, {
        get: (target, name) => {
            if (name !== 'anchors') {
                const member: unknown = Reflect.get(target, name);
                return typeof member === 'function' ? member.bind(target) : member;
            }
            return down
                ? new Proxy({}, { get: () => () => Promise.reject(new FixError('STORE_DOWN', 'down')) })
                : target.anchors;
        },
    });
    const node = audited(shaky);
    await written(node, 2);
    await expect(node.anchoring.flush()).rejects.toMatchObject({ code: 'STORE_DOWN' });
    down = false;
    await node.anchoring.flush();
    await expect(audit(store)).resolves.toMatchObject({ broken: 0, notAnchored: 0, incidents: 1 });
    expect(node.reported).toEqual([]);

    const reported: unknown[] = [];
    const keyless = new Anchoring({
        store,
        clock: () => new Date(),
        keys: () => Promise.reject(new FixError('CONFIG_INVALID', 'no key')),
        report: (thrown) => void reported.push(thrown),
    });
    await written({ incidents: new Incidents(store, () => new Date(), keyless.observe) }, 1);
    const { incidents } = { incidents: new Incidents(store, () => new Date(), keyless.observe) };
    await note({ incidents }, await written({ incidents }, 1), 'Closed.', 'incident.closed');
    await until(() => reported.length > 0);
    expect(reported[0]).toMatchObject({ code: 'CONFIG_INVALID' });
    await keyless.close();
    await attacked.close();
});

test('that there is no key is reported once, however often it is tried; again when it is gone again', async () => {
    const attacked = await attackedSqlite();
    const reported: unknown[] = [];
    let tries = 0;
    let missing = true;
    const anchoring = new Anchoring({
        store: attacked.store,
        clock: () => new Date(),
        report: (thrown) => void reported.push(thrown),
        keys: () => {
            tries += 1;
            return missing ? Promise.reject(new FixError('CONFIG_INVALID', 'no key')) : Promise.resolve(keys);
        },
    });
    const incidents = new Incidents(attacked.store, () => new Date(), anchoring.observe);
    const id = await written({ incidents }, 1);
    const tryOnce = async (): Promise<void> => {
        const before = tries;
        await note({ incidents }, id, 'Closed.', 'incident.closed');
        await until(() => tries > before);
    };
    await tryOnce();
    await tryOnce();
    await tryOnce();
    expect(reported).toHaveLength(1);
    missing = false;
    await anchoring.flush();
    missing = true;
    await tryOnce();
    await until(() => reported.length > 1);
    expect(reported).toHaveLength(2);
    await anchoring.close();
    await attacked.close();
});

test('a secret is redacted before it is hashed: neither entry nor hash nor anchor knows it', async () => {
    const attacked = await attackedSqlite();
    const node = audited(attacked.store);
    const id = await written(node, 1);
    const secret = 'sk-live0123456789abcdefghij';
    await node.incidents.change(id, (incident) => ({
        incident,
        entries: [
            {
                type: 'run.task',
                by: { platform: 'page', id: 'alice', name: `alice password=${secret}` },
                text: `web-1: set token: ${secret}`,
                data: {
                    host: 'web-1',
                    diff: `+api_key=${secret}`,
                    nested: [{ db_password: 'hunter2 hunter2', note: `Bearer ${secret}` }],
                },
            },
        ],
    }));
    await node.anchoring.flush();
    const entries = await attacked.store.timeline(id);
    expect(JSON.stringify([entries, await attacked.store.anchors.read(0, 10)])).not.toMatch(/live0123456789|hunter2/);
    expect(entries[1]?.text).toBe('web-1: set token: [redacted]');
    await expect(audit(attacked.store)).resolves.toMatchObject({ broken: 0, notAnchored: 0 });
    await attacked.close();
});
