import { appendFileSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventFile, RunRecord } from '../../../../nodes/adapters/ansible/events';
import type { TaskResult } from '../../../../nodes/core/remediation/run';

let folder: string;
beforeEach(() => { folder = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-events-')); });
afterEach(() => rmSync(folder, { recursive: true }));

/** What a changed task with this diff becomes. */
async function changedWith(diff: string): Promise<TaskResult | undefined> {
    const file = path.join(folder, 'events.jsonl');
    appendFileSync(file, `${JSON.stringify({ event: 'changed', host: 'web-1', task: 'write', facts: false, ignored: false, began: 1, diff, message: null })}\n`);
    const [event] = await new EventFile(file).news();
    return event && new RunRecord().add(event);
}

test.each(['/runs/1', '/home/me/My Data/runs/1'])('names of temporary files below %s do not count', async (runs) => {
    const diff = (run: string): string => `--- before: /etc/app.conf\n+++ after: ${runs}${run}/ansible-local-${run}1a/tmp${run}x/app.j2\n-a\n+b\n`;
    const [one, other] = [await changedWith(diff('8')), await changedWith(diff('9'))];
    expect(one?.diff).toBe('--- before: /etc/app.conf\n+++ after: app.j2\n-a\n+b\n');
    expect(one?.diffDigest).toBe(other?.diffDigest);
});

// Jest's own time limit is what a search that grows with the square of the line fails at.
test.each(['/', '/ansible-local-a/tmpa'])('a host\'s file with a long line of %s is looked through once', async (piece) => {
    const task = await changedWith(`--- ${piece.repeat(200_000)} !\n+b\n`);
    expect(task?.status).toBe('changed');
    await new Promise(setImmediate);
});
