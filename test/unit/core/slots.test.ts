import { Slots } from '../../../nodes/core/slots';

function gate(): { opened: Promise<void>; open: () => void } {
    let open = (): void => undefined;
    const opened = new Promise<void>((resolve) => {
        open = resolve;
    });
    return { opened, open };
}

const never = new AbortController().signal;

test('at most the allowed number run, the others follow in order, nothing is lost', async () => {
    const slots = new Slots({ running: 2 });
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
    const slots = new Slots({ running: 1 });
    const failing = slots.run(never, () => Promise.reject(new Error('broken')));
    const next = slots.run(never, () => Promise.resolve('done'));
    await expect(failing).rejects.toThrow('broken');
    await expect(next).resolves.toBe('done');
});

test('who waits may leave; the place goes to the next', async () => {
    const states: string[] = [];
    const slots = new Slots({ running: 1 }, (running, waiting) => states.push(`${running}/${waiting}`));
    const first = gate();
    const stop = new AbortController();
    const running = slots.run(never, () => first.opened);
    const leaving = slots.run(stop.signal, () => Promise.resolve());
    const staying = slots.run(never, () => Promise.resolve('done'));
    const reason = new Error('the node closes');
    stop.abort(reason);
    await expect(leaving).rejects.toBe(reason);
    first.open();
    await running;
    await expect(staying).resolves.toBe('done');
    expect(states.at(-1)).toBe('0/0');
});

test('work whose signal is aborted already does not wait for its turn', async () => {
    const slots = new Slots({ running: 1 });
    const first = gate();
    const running = slots.run(never, () => first.opened);
    const reason = new Error('too late');
    await expect(slots.run(AbortSignal.abort(reason), () => Promise.resolve())).rejects.toBe(reason);
    first.open();
    await running;
});

test('full when as many wait as may, and not without a limit', async () => {
    const [bounded, unbounded] = [new Slots({ running: 1, waiting: 1 }), new Slots({ running: 1 })];
    const first = gate();
    const work: Promise<void>[] = [];
    for (const full of [false, false, true]) {
        expect(bounded.full).toBe(full);
        for (const slots of [bounded, unbounded]) work.push(slots.run(never, () => first.opened));
    }
    expect(unbounded.full).toBe(false);
    first.open();
    await Promise.all(work);
    expect(bounded.full).toBe(false);
});
