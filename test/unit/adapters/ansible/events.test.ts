import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventFile, MAX_LINE } from '../../../../nodes/adapters/ansible/event-file';
import { RunRecord } from '../../../../nodes/adapters/ansible/events';
import { outcomeOf } from '../../../../nodes/adapters/ansible/outcome';
import type { TaskResult } from '../../../../nodes/core/model/run';

let folder: string;
beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-events-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

async function recordOf(file: string): Promise<RunRecord> {
    const record = new RunRecord();
    for await (const event of new EventFile(file).news()) await record.add(event);
    return record;
}

/** What a changed task with this diff becomes. */
async function changedWith(diff: string): Promise<TaskResult | undefined> {
    const file = path.join(folder, 'events.jsonl');
    appendFileSync(
        file,
        `${JSON.stringify({ event: 'changed', host: 'web-1', task: 'write', facts: false, ignored: false, began: 1, diff, message: null })}\n`,
    );
    return (await recordOf(file)).tasks[0];
}

test.each(['/runs/1', '/home/me/My Data/runs/1'])('names of temporary files below %s do not count', async (runs) => {
    const diff = (run: string): string =>
        `--- before: /etc/app.conf\n+++ after: ${runs}${run}/ansible-local-${run}1a/tmp${run}x/app.j2\n-a\n+b\n`;
    const [one, other] = [await changedWith(diff('8')), await changedWith(diff('9'))];
    expect(one?.diff).toBe('--- before: /etc/app.conf\n+++ after: app.j2\n-a\n+b\n');
    expect(one?.diffDigest).toBe(other?.diffDigest);
});

// Jest's own time limit is what a search that grows with the square of the line fails at.
test.each(['/', '/ansible-local-a/tmpa'])(
    "a host's file with a long line of %s is looked through once",
    async (piece) => {
        const task = await changedWith(`--- ${piece.repeat(200_000)} !\n+b\n`);
        expect(task?.status).toBe('changed');
        await new Promise(setImmediate);
    },
);

test('a line beyond the bound is left out without being held, and the run is not called a success', async () => {
    const file = path.join(folder, 'events.jsonl');
    const piece = Buffer.alloc(1 << 20, 'x');
    appendFileSync(file, '{"event":"changed","diff":"');
    for (let written = 0; written <= MAX_LINE; written += piece.length) appendFileSync(file, piece);
    appendFileSync(
        file,
        `"}\n${JSON.stringify({ event: 'stats', hosts: { 'web-1': { ok: 0, changed: 1, failed: 0, unreachable: 0, skipped: 0 } } })}\n`,
    );
    const record = await recordOf(file);
    expect(record.hosts).toBeDefined();
    expect(
        outcomeOf(
            record,
            { by: 'itself', exitCode: 0, milliseconds: 1 },
            { hosts: ['web-1'], call: { playbook: 'playbooks/p.yml' } },
            '',
        ),
    ).toMatchObject({
        status: 'failed',
        reason: expect.stringMatching(/^What Ansible told of a task is 66 MiB long and was not read/),
    });
});

test('an event that comes in pieces is read once it is whole', async () => {
    const file = path.join(folder, 'events.jsonl');
    const events = new EventFile(file);
    const news = async (): Promise<string[]> => {
        const found: string[] = [];
        for await (const { event } of events.news()) found.push(event);
        return found;
    };
    await expect(news()).resolves.toEqual([]);
    appendFileSync(file, '{"event":"task","ta');
    await expect(news()).resolves.toEqual([]);
    appendFileSync(file, 'sk":"write"}\n{"event":"play","play":"fix"}\n{"ev');
    await expect(news()).resolves.toEqual(['task', 'play']);
});
