import { systemClock } from '../../../../nodes/core/clock';
import { FixError } from '../../../../nodes/core/errors';
import { firstBrokenLink } from '../../../../nodes/core/model/timeline';
import { Incidents, type Transition } from '../../../../nodes/core/store/incidents';
import { anIncident, opening } from '../../../support/incidents';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

let opened: TemporaryStore;
beforeEach(async () => {
    opened = await temporarySqlite();
});
afterEach(() => opened.close());

const noting =
    (text: string): Transition =>
    (incident) => ({ incident, entries: [{ type: 'alerts.repeated', by: 'node:alert-in', text }] });

test('changes of one incident that begin at once are all written, in their order, in a few writes', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const commit = jest.spyOn(opened.store, 'commit');
    const texts = Array.from({ length: 100 }, (_, index) => `change ${index}`);
    await Promise.all(texts.map((text) => opened.incidents.change(incident.id, noting(text))));
    expect((await opened.store.timeline(incident.id, 1)).map(({ text }) => text)).toEqual(texts);
    expect(commit).toHaveBeenCalledTimes(6);
    expect(firstBrokenLink(incident.id, await opened.store.timeline(incident.id))).toBeUndefined();
});

test('a line with half a character, such as Ansible may hand on, is written, and the chain stays whole', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    await opened.incidents.change(incident.id, noting('output: \udc80'));
    const timeline = await opened.store.timeline(incident.id);
    expect(timeline.at(-1)?.text).toBe('output: \ufffd');
    expect(firstBrokenLink(incident.id, timeline)).toBeUndefined();
});

test('each of the changes written together is answered and told with what it made of the incident', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const told: string[][] = [];
    const incidents = new Incidents(opened.store, systemClock, (after, entries, before) => {
        told.push([before?.team ?? '', after.team ?? '', ...entries.map(({ text }) => text)]);
    });
    const moving =
        (team: string): Transition =>
        (known, now) => ({ ...noting(`to ${team}`)(known, now), incident: { ...known, team } });
    const answers = await Promise.all(
        ['first', 'a', 'b', 'c'].map((team) => incidents.change(incident.id, moving(team))),
    );
    expect(answers.map(({ team }) => team)).toEqual(['first', 'a', 'b', 'c']);
    expect(told).toEqual([
        [incident.team ?? '', 'first', 'to first'],
        ['first', 'a', 'to a'],
        ['a', 'b', 'to b'],
        ['b', 'c', 'to c'],
    ]);
    expect((await opened.store.read(incident.id))?.incident.team).toBe('c');
});

test('a transition written together with others decides on what they made of the incident', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const once: Transition = (known, now) => {
        if (known.team === 'taken') throw new FixError('ALREADY_RUN', 'no');
        return { ...noting('taken')(known, now), incident: { ...known, team: 'taken' } };
    };
    const all = await Promise.allSettled(
        [noting('before'), once, once, once, noting('after')].map((transition) =>
            opened.incidents.change(incident.id, transition),
        ),
    );
    expect(all.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'rejected', 'fulfilled']);
    expect((await opened.store.timeline(incident.id, 1)).map(({ text }) => text)).toEqual(['before', 'taken', 'after']);
});

test('two writers on one store, each with its own line, still lose nothing', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const others = new Incidents(opened.store, systemClock);
    await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
            (index % 2 ? others : opened.incidents).change(incident.id, noting('change')),
        ),
    );
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

test('a transition that refuses does not stop those that come after it', async () => {
    const incident = anIncident();
    await opened.store.commit(opening(incident));
    const refusing: Transition = () => {
        throw new FixError('STAGE_WRONG', 'no');
    };
    const [refused, written] = await Promise.allSettled([
        opened.incidents.change(incident.id, refusing),
        opened.incidents.change(incident.id, noting('after')),
    ]);
    expect([refused.status, written.status]).toEqual(['rejected', 'fulfilled']);
});

test('an observer that throws disturbs neither the commit nor who waits for it, and is reported', async () => {
    const reported: unknown[] = [];
    const boom = new Error('a metric threw');
    const incidents = new Incidents(
        opened.store,
        systemClock,
        () => {
            throw boom;
        },
        (thrown) => reported.push(thrown),
    );
    const incident = anIncident();
    expect(await incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }])).toBe(
        true,
    );
    await expect(incidents.change(incident.id, noting('next'))).resolves.toMatchObject({ id: incident.id });
    expect((await opened.store.timeline(incident.id)).map(({ text }) => text)).toEqual(['Opened.', 'next']);
    expect(reported).toEqual([boom, boom]);
});
