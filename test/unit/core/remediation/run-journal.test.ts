import { FixError } from '../../../../nodes/core/errors';
import type { TaskResult } from '../../../../nodes/core/model/run';
import type { TimelineEntry } from '../../../../nodes/core/model/timeline';
import type { RemediationParts } from '../../../../nodes/core/remediation/parts';
import { RunJournal, writtenTasks } from '../../../../nodes/core/remediation/run-journal';
import { canonicalJson, sha256 } from '../../../../nodes/core/text/json';
import { anIncident } from '../../../support/incidents';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

let temporary: TemporaryStore;
beforeEach(async () => {
    temporary = await temporarySqlite();
});
afterEach(() => temporary.close());

async function running(): Promise<{ id: string; parts: RemediationParts }> {
    const { incidents } = temporary;
    const { id } = anIncident();
    await incidents.create(anIncident({ id, stage: 'running' }), [
        { type: 'run.intended', by: 'node:ansible-exec', text: 'Started.' },
    ]);
    return { id, parts: { incidents, progress: () => undefined } as unknown as RemediationParts };
}

const task = (number: number, parts: Partial<TaskResult> = {}): TaskResult => ({
    host: 'web-1',
    task: `task ${number}`,
    status: 'ok',
    ...parts,
});

/** Every result that the timeline holds, in order. */
async function results(id: string): Promise<string[]> {
    const told = ({ data }: TimelineEntry): { task?: unknown }[] =>
        Array.isArray(data?.results) ? (data.results as { task: string }[]) : [data ?? {}];
    const entries = (await temporary.store.timeline(id)).filter(({ type }) => type === 'run.task');
    return entries.flatMap(told).map((one) => String(one.task));
}

const names = (count: number): string[] => Array.from({ length: count }, (_, at) => `task ${at + 1}`);

test('every one of 1,000 results is in the timeline: the first by themselves, then many together, those that failed always by themselves', async () => {
    const { id, parts } = await running();
    const journal = new RunJournal(parts, id);
    for (let number = 1; number <= 1_000; number += 1)
        journal.add(
            task(
                number,
                number === 700
                    ? { status: 'failed', message: 'no space' }
                    : number === 701
                      ? { status: 'changed', diff: '+x' }
                      : {},
            ),
        );
    await journal.flush();
    expect(await results(id)).toEqual(names(1_000));
    const entries = (await temporary.store.timeline(id)).slice(1);
    expect(entries).toHaveLength(300 + 4 + 1 + 3);
    expect(entries.map(({ text }) => text)).toEqual(
        expect.arrayContaining(['web-1: task 700: failed: no space', '100 further task results, 1 with a change.']),
    );
    const digest = sha256(canonicalJson({ host: 'web-1', task: 'task 701', status: 'changed', diff: '+x' }));
    expect(
        entries.some(({ data }) =>
            JSON.stringify(data).includes(`"task":"task 701","status":"changed","digest":"${digest}"`),
        ),
    ).toBe(true);
    await expect(writtenTasks(parts, id)).resolves.toBe(1_000);
});

test('a process that takes the run over writes what is missing, once', async () => {
    const { id, parts } = await running();
    const first = new RunJournal(parts, id);
    for (let number = 1; number <= 450; number += 1) first.add(task(number));
    await first.flush();
    const second = new RunJournal(parts, id, await writtenTasks(parts, id));
    for (let number = 1; number <= 620; number += 1) {
        second.add(task(number));
        if (number % 50 === 0) await second.flush();
    }
    await second.flush();
    expect(await results(id)).toEqual(names(620));
});

test('what could not be written is written with the next, in order', async () => {
    const { id, parts } = await running();
    let down = true;
    const { incidents } = temporary;
    const shaky = {
        change: (...args: Parameters<typeof incidents.change>) =>
            down ? Promise.reject(new FixError('STORE_DOWN', 'down')) : incidents.change(...args),
    };
    const journal = new RunJournal({ ...parts, incidents: shaky as typeof incidents }, id);
    for (let number = 1; number <= 310; number += 1) journal.add(task(number));
    await journal.flush();
    down = false;
    journal.add(task(311));
    await journal.flush();
    expect(await results(id)).toEqual(names(311));
});

test('a long diff is cut, and its whole is in the chain by its digest', async () => {
    const { id, parts } = await running();
    const journal = new RunJournal(parts, id);
    const diff = '+ a line\n'.repeat(1_000);
    journal.add(task(1, { status: 'changed', diff, message: 'said' }));
    await journal.flush();
    const entry = (await temporary.store.timeline(id)).at(-1);
    expect(String(entry?.data?.diff)).toHaveLength(4_000 + '\n… [cut]'.length);
    expect(entry?.data?.digest).toBe(
        sha256(canonicalJson({ host: 'web-1', task: 'task 1', status: 'changed', diff, message: 'said' })),
    );
});
