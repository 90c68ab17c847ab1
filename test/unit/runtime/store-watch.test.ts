import { watchStore } from '../../../nodes/runtime/store-watch';
import { until } from '../../support/processes';
import { serviceOf } from '../../support/store-node';
import { type TemporaryStore, temporarySqlite } from '../../support/stores';

let temporary: TemporaryStore;
beforeEach(async () => {
    temporary = await temporarySqlite();
});
afterEach(async () => {
    jest.useRealTimers();
    await temporary.close();
});

test('a store is looked at every few seconds until the node closes', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask', 'Date'] });
    const closing = new AbortController();
    let looks = 0;
    watchStore(serviceOf(temporary.store), { up: () => void (looks += 1), down: () => undefined }, closing.signal);
    await until(() => looks === 1);
    jest.advanceTimersByTime(5_000);
    await until(() => looks === 2);
    closing.abort();
    expect(jest.getTimerCount()).toBe(0);
});

test('a node that has closed while it was starting looks at nothing, and leaves no timer', async () => {
    jest.useFakeTimers({ doNotFake: ['setImmediate', 'setTimeout', 'nextTick', 'queueMicrotask', 'Date'] });
    const ping = jest.spyOn(temporary.store, 'ping');
    watchStore(serviceOf(temporary.store), { up: () => undefined, down: () => undefined }, AbortSignal.abort());
    expect(jest.getTimerCount()).toBe(0);
    expect(ping).not.toHaveBeenCalled();
});
