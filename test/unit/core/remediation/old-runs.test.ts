import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Anchoring } from '../../../../nodes/core/audit/anchoring';
import { systemClock } from '../../../../nodes/core/clock';
import { sweepWithRuns } from '../../../../nodes/core/remediation/old-runs';
import { newNonce } from '../../../../nodes/core/incident/id';
import type { Incident } from '../../../../nodes/core/incident/incident';
import { attackedSqlite, audited, written } from '../../../support/audit';

const YEAR_2000 = '2000-01-01T00:00:00.000Z';
const DAY_MS = 24 * 3_600_000;

let attacked: Awaited<ReturnType<typeof attackedSqlite>>;
let runs: string;
beforeEach(async () => {
    attacked = await attackedSqlite();
    runs = path.join(attacked.folder, 'runs');
});
afterEach(() => attacked.close());

/** The folder of a run as it is kept, last touched so many days ago. */
function runFolder(nonce: string, daysOld: number): string {
    const folder = path.join(runs, nonce);
    mkdirSync(folder, { recursive: true });
    writeFileSync(path.join(folder, 'log.txt'), 'PLAY');
    const then = new Date(Date.now() - daysOld * DAY_MS);
    utimesSync(folder, then, then);
    return folder;
}

function ran(id: string, parts: Partial<Incident> = {}): Partial<Incident> {
    return { stage: 'closed', updatedAt: YEAR_2000, run: { id, startedAt: YEAR_2000, timeoutSeconds: 60 } as unknown as Incident['run'], ...parts };
}

test('the folder of a run goes with its incident, unless it is so young that the approval could last, and never while the incident is kept', async () => {
    const node = audited(attacked.store, () => new Date(YEAR_2000));
    const [old, young, kept, strange] = [newNonce(), newNonce(), newNonce(), newNonce()];
    const folders = [runFolder(old, 30), runFolder(young, 3), runFolder(kept, 30), runFolder(strange, 30)];
    const outside = path.join(attacked.folder, 'outside');
    mkdirSync(outside);
    await written(node, 2, ran(old));
    await written(node, 2, ran(young));
    await written(node, 2, ran(kept, { stage: 'verifying' }));
    await written(node, 2, ran('../outside'));

    await expect(sweepWithRuns(node.anchoring, attacked.store, runs, new Date('2000-02-01T00:00:00.000Z'))).resolves.toBe(3);
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, true, true, true]);
    expect(existsSync(outside)).toBe(true);
});

test('a sweep that fails removes no folder', async () => {
    const node = audited(attacked.store, () => new Date(YEAR_2000));
    const nonce = newNonce();
    const folder = runFolder(nonce, 30);
    await written(node, 2, ran(nonce));
    const keyless = new Anchoring({ store: attacked.store, keys: () => Promise.reject(new Error('nobody can sign')), clock: systemClock, report: () => undefined });
    await expect(sweepWithRuns(keyless, attacked.store, runs, new Date())).rejects.toThrow('nobody can sign');
    expect(existsSync(folder)).toBe(true);
});
