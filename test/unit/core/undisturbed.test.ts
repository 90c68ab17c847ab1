import { Listeners } from '../../../nodes/core/store/listeners';
import { undisturbed } from '../../../nodes/core/undisturbed';

const boom = new Error('boom');

test.each<[string, () => unknown]>([
    [
        'throws',
        () => {
            throw boom;
        },
    ],
    ['rejects', () => Promise.reject(boom)],
])('who calls a listener that %s goes on, and the reason is reported', async (_how, listener) => {
    const reported: unknown[] = [];
    undisturbed(listener, (thrown) => reported.push(thrown))();
    await new Promise(setImmediate);
    expect(reported).toEqual([boom]);
});

test('a report that throws, or none, ends as a warning of the process', () => {
    const warn = jest.spyOn(process, 'emitWarning').mockImplementation(() => undefined);
    const throws = (): never => {
        throw boom;
    };
    undisturbed(throws)();
    undisturbed(throws, throws)();
    const warnings = warn.mock.calls.map(([text]) => text);
    warn.mockRestore();
    expect(warnings).toEqual([expect.stringContaining('boom'), expect.stringContaining('boom')]);
});

test('of several listeners all hear, also behind one that throws', () => {
    const [heard, reported]: unknown[][] = [[], []];
    const listeners = new Listeners<number>((thrown) => reported?.push(thrown));
    listeners.add(() => {
        throw boom;
    });
    const stop = listeners.add((notice) => heard?.push(notice));
    listeners.tell(1);
    stop();
    listeners.tell(2);
    expect([heard, reported]).toEqual([[1], [boom, boom]]);
});
