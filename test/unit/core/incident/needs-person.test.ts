import { listOpen, needsPerson } from '../../../../nodes/core/incident/needs-person';
import type { Incident } from '../../../../nodes/core/model/incident';
import { STAGES, type Stage } from '../../../../nodes/core/model/stage';
import { anIncident } from '../../../support/incidents';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

const BY = 'node:test';

function ending(stage: Stage, status: 'firing' | 'resolved' = 'firing'): Incident {
    const { alerts, ...rest } = anIncident({ stage });
    return { ...rest, alerts: alerts.map((alert) => ({ ...alert, status })) };
}

test('while its alerts fire an incident needs a person as soon as it ended without success', () => {
    expect(STAGES.filter((stage) => needsPerson(ending(stage)))).toEqual([
        'inconclusive',
        'refused',
        'failed',
        'rolled-back',
        'unknown',
    ]);
});

test('once its alerts have resolved only an unknown run still needs a person', () => {
    expect(STAGES.filter((stage) => needsPerson(ending(stage, 'resolved')))).toEqual(['unknown']);
});

test('one alert of several that fires is enough', () => {
    const [alert] = anIncident().alerts;
    expect(needsPerson(anIncident({ stage: 'failed', alerts: [{ ...alert!, status: 'resolved' }, alert!] }))).toBe(
        true,
    );
});

describe('the list of open incidents', () => {
    let opened: TemporaryStore;
    let ms = Date.parse('2026-01-01T00:00:00.000Z');
    beforeEach(async () => {
        opened = await temporarySqlite(() => new Date(ms));
    });
    afterEach(() => opened.close());

    /** Each a second newer than the one before. */
    async function keep(incident: Incident): Promise<string> {
        ms += 1_000;
        await opened.incidents.create({ ...incident, updatedAt: new Date(ms).toISOString() }, [
            { type: 'incident.opened', by: BY, text: 'Opened.' },
        ]);
        return incident.id;
    }

    test('is not emptied by hundreds that ended and resolved', async () => {
        const open = await keep(ending('refused'));
        for (let count = 0; count < 250; count += 1)
            await keep(ending(count % 2 === 0 ? 'refused' : 'closed', 'resolved'));
        const { incidents, more } = await listOpen(opened.store, 50);
        expect([incidents.map(({ id }) => id), more]).toEqual([[open], false]);
    });

    test('reads no more than the newest five hundred that ended; what goes on is in it however old it is', async () => {
        const waiting = await keep(ending('waiting'));
        await keep(ending('failed'));
        for (let count = 0; count < 499; count += 1) await keep(ending('refused', 'resolved'));
        const failed = await keep(ending('failed'));
        const { incidents } = await listOpen(opened.store, 50);
        expect(incidents.map(({ id }) => id)).toEqual([failed, waiting]);
    });

    test('goes on behind the last one, names each once, and says when there is no more', async () => {
        const ids: string[] = [];
        for (const stage of ['waiting', 'closed', 'unknown', 'refused', 'open', 'closed', 'failed'] as const) {
            const id = await keep(ending(stage));
            if (stage !== 'closed') ids.unshift(id);
        }
        const first = await listOpen(opened.store, 3);
        expect([first.incidents.map(({ id }) => id), first.more]).toEqual([ids.slice(0, 3), true]);
        const second = await listOpen(opened.store, 3, first.incidents.at(-1));
        expect([second.incidents.map(({ id }) => id), second.more]).toEqual([ids.slice(3), false]);
    });
});
