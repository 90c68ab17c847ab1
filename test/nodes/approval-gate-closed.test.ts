import { GateSteps } from '../../nodes/approval-gate/gate-steps';
import { aGate, aPolicy, atTheGate } from '../support/approvals';
import { type TemporaryStore, temporarySqlite } from '../support/stores';

let opened: TemporaryStore;
beforeEach(async () => {
    opened = await temporarySqlite();
});
afterEach(() => opened.close());

test('a gate that closed while the store was being opened listens to nothing and holds nothing', async () => {
    await atTheGate(opened.incidents, {});
    const watch = jest.spyOn(opened.store, 'watch');
    const list = jest.spyOn(opened.store, 'list');
    const unwanted = (): never => {
        throw new Error('nothing may be told');
    };
    new GateSteps(
        opened.incidents,
        aGate(aPolicy([])),
        { decided: unwanted, escalated: unwanted, counted: unwanted, report: unwanted },
        AbortSignal.abort(),
    ).open();
    await new Promise(setImmediate);
    expect([watch, list].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
});
