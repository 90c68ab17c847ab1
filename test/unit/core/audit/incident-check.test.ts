import { auditIncident } from '../../../../nodes/core/audit/incident-audit';
import { endedSince, reopening } from '../../../../nodes/core/intake/reopen';
import type { RunOutcome } from '../../../../nodes/core/model/run';
import { endingRollback, failing, succeeding, verifying } from '../../../../nodes/core/remediation/transitions';
import type { Transition } from '../../../../nodes/core/store/incidents';
import { keys, person } from '../../../support/approvals';
import { aWaitingIncident } from '../../../support/cards';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

let opened: TemporaryStore;
let id: string;
beforeEach(async () => {
    opened = await temporarySqlite();
    const waiting = aWaitingIncident();
    ({ id } = waiting);
    await opened.incidents.create(waiting, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
});
afterEach(() => opened.close());

const outcome = (status: RunOutcome['status']): RunOutcome => ({
    status,
    hosts: {},
    tasks: [],
    exitCode: 0,
    milliseconds: 5,
});

/** Makes each transition, and answers what the audit says after it. */
async function audited(...transitions: Transition[]): Promise<string[]> {
    const states: string[] = [];
    for (const transition of transitions) {
        await opened.incidents.change(id, transition);
        states.push((await auditIncident(opened.store, keys, id)).state);
    }
    return states;
}

const approved: Transition = (incident) => ({
    incident: { ...incident, stage: 'approved' },
    entries: [{ type: 'approval.granted', by: 'node:approval-gate', text: 'Approved.' }],
});
const begun: Transition = (incident) => ({
    incident: {
        ...incident,
        stage: 'running',
        run: {
            id: 'a'.repeat(32),
            seal: 'b'.repeat(64),
            state: 'intended',
            intendedAt: incident.openedAt,
            instance: 'test',
        },
    },
    entries: [{ type: 'run.intended', by: 'node:ansible-exec', text: 'Started.' }],
});
const cleared = verifying({ result: 'cleared', reason: 'The alert cleared.', at: '2026-01-01T00:00:00.000Z' }, 'end');

/** From open to waiting again. */
function planned(): Transition[] {
    return (['diagnosed', 'planned', 'waiting'] as const).map((stage) => (incident) => ({
        incident: { ...incident, stage },
        entries: [{ type: 'diagnosis.made', by: 'node:llm-diagnose', text: stage }],
    }));
}

async function again(): Promise<Transition> {
    const { incident } = await opened.incidents.get(id);
    return reopening(person('bob'), endedSince(incident));
}

test('a second run is not measured by what the first came to', async () => {
    const first = await audited(
        approved,
        begun,
        failing(outcome('failed'), 'rollback'),
        endingRollback(outcome('succeeded')),
    );
    const second = await audited(
        await again(),
        ...planned(),
        approved,
        begun,
        succeeding(outcome('succeeded')),
        cleared,
    );
    expect(new Set([...first, ...second])).toEqual(new Set(['not-anchored']));
});

test('a record that tells of another outcome than the chain is found, in the second run too', async () => {
    await audited(approved, begun, failing(outcome('failed'), 'end'));
    await audited(await again(), ...planned(), approved, begun, succeeding(outcome('succeeded')));
    const forged: Transition = (incident) => ({
        incident: { ...incident, ...(incident.run && { run: { ...incident.run, outcome: outcome('failed') } }) },
        entries: [{ type: 'run.task', by: 'node:ansible-exec', text: 'A task.' }],
    });
    await opened.incidents.change(id, forged);
    await expect(auditIncident(opened.store, keys, id)).resolves.toMatchObject({
        state: 'broken',
        fault: 'state-altered',
        what: 'outcome',
    });
});
