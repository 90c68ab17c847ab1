import { Slots } from '../../../nodes/runtime/slots';

function gate(): { opened: Promise<void>; open: () => void } {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
        open = resolve;
    });
    return { opened, open };
}

const never = new AbortController().signal;

test('at most so many run, the others follow in order, nothing is lost', async () => {
    const slots = new Slots(2, () => undefined);
    const gates = [gate(), gate(), gate(), gate()];
    const begun: number[] = [];
    const work = gates.map(({ opened }, index) =>
        slots.run(never, async () => {
            begun.push(index);
            await opened;
        }),
    );
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1]);
    gates[1]?.open();
    await work[1];
    await new Promise(setImmediate);
    expect(begun).toEqual([0, 1, 2]);
    gates.forEach(({ open }) => open());
    await Promise.all(work);
    expect(begun).toEqual([0, 1, 2, 3]);
});

test('work that fails gives its place to the next', async () => {
    const slots = new Slots(1, () => undefined);
    const failing = slots.run(never, () => Promise.reject(new Error('broken')));
    const next = slots.run(never, () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('done');
});

test('who waits may leave; the place goes to the next', async () => {
    const states: string[] = [];
    const slots = new Slots(1, (running, waiting) => states.push(`${running}/${waiting}`));
    const first = gate();
    const stop = new AbortController();
    const running = slots.run(never, () => first.opened);
    const leaving = slots.run(stop.signal, () => Promise.resolve());
    const staying = slots.run(never, () => Promise.resolve('done'));
    stop.abort();
    await expect(leaving).rejects.toMatchObject({ code: 'CANCELLED' });
    first.open();
    await running;
    await expect(staying).resolves.toBe('done');
    expect(states.at(-1)).toBe('0/0');
});
