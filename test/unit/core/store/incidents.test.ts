import { systemClock } from '../../../../nodes/core/clock';
import { FixError } from '../../../../nodes/core/errors';
import { Incidents, type Rule } from '../../../../nodes/core/store/incidents';
import { Turns } from '../../../../nodes/core/store/turns';
import { anIncident, opening } from '../../../support/incidents';
import { temporarySqlite, type TemporaryStore } from '../../../support/stores';

let opened: TemporaryStore;
beforeEach(async () => {
    opened = await temporarySqlite();
});
afterEach(() => opened.close());

const noting = (text: string): Rule => (incident) => ({ incident, entries: [{ type: 'alerts.repeated', by: 'node:alert-in', text }] });

test('changes of one incident that begin at once are all written, in their order, and none is tried twice', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const commit = jest.spyOn(opened.store, 'commit');
    const texts = Array.from({ length: 100 }, (_, index) => `change ${index}`);
    await Promise.all(texts.map((text) => opened.incidents.change(incident.id, noting(text))));
    expect((await opened.store.timeline(incident.id, 1)).map(({ text }) => text)).toEqual(texts);
    expect(commit).toHaveBeenCalledTimes(texts.length);
});

test('two writers on one store, each with its own line, still lose nothing', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const others = new Incidents(opened.store, systemClock);
    await Promise.all(Array.from({ length: 20 }, (_, index) => (index % 2 ? others : opened.incidents).change(incident.id, noting('change'))));
    expect((await opened.store.read(incident.id))?.version).toBe(21);
});

test('a change that an observer of a change of the same incident begins is written after it', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const more: Promise<unknown>[] = [];
    const incidents = new Incidents(opened.store, systemClock, () => {
        if (more.length === 0) more.push(incidents.change(incident.id, noting('second')));
    });
    await incidents.change(incident.id, noting('first'));
    await Promise.all(more);
    expect((await opened.store.timeline(incident.id, 1)).map(({ text }) => text)).toEqual(['first', 'second']);
});

test('a rule that refuses does not stop those that come after it', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const refusing: Rule = () => {
        throw new FixError('STAGE_WRONG', 'no');
    };
    const [refused, written] = await Promise.allSettled([
        opened.incidents.change(incident.id, refusing), opened.incidents.change(incident.id, noting('after')),
    ]);
    expect([refused.status, written.status]).toEqual(['rejected', 'fulfilled']);
});

describe('turns', () => {
    const turns = new Turns();
    afterEach(() => expect(turns.size).toBe(0));

    test('keys do not wait for one another', async () => {
        let end = (): void => undefined;
        const slow = turns.take('a', () => new Promise<void>((resolve) => {
            end = resolve;
        }));
        await expect(turns.take('b', async () => 'done')).resolves.toBe('done');
        end();
        await slow;
    });

    test('one works at a time; who comes later waits for all before', async () => {
        let atWork = 0;
        const most: number[] = [];
        const work = async (): Promise<void> => {
            most.push((atWork += 1));
            await Promise.resolve();
            atWork -= 1;
        };
        await Promise.all(Array.from({ length: 10 }, () => turns.take('a', work)));
        expect(most).toEqual(Array(10).fill(1));
    });

    test('when the store is down those in line fail with the first, without trying; who comes later tries', async () => {
        let tried = 0;
        const down = async (): Promise<void> => {
            tried += 1;
            await new Promise(setImmediate);
            throw new FixError('STORE_DOWN', 'away');
        };
        const all = await Promise.allSettled(Array.from({ length: 5 }, () => turns.take('a', down)));
        expect(all).toMatchObject(Array(5).fill({ status: 'rejected', reason: { code: 'STORE_DOWN' } }));
        expect(tried).toBe(1);
        expect(turns.size).toBe(0);
        await expect(turns.take('a', () => Promise.resolve('done'))).resolves.toBe('done');
    });
});
