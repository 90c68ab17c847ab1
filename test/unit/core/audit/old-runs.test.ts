// @needs redis-server
import { existsSync, mkdirSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { RunFolders } from '../../../../nodes/adapters/ansible/run-folders';
import { Anchoring } from '../../../../nodes/core/audit/anchoring';
import { sweepWithRuns } from '../../../../nodes/core/audit/old-runs';
import { systemClock } from '../../../../nodes/core/clock';
import { newNonce } from '../../../../nodes/core/incident/id';
import type { Incident } from '../../../../nodes/core/model/incident';
import { aPlan } from '../../../support/approvals';
import { type AuditedProcess, attackedSqlite, audited, written } from '../../../support/audit';
import { anIncident } from '../../../support/incidents';

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

/** An incident of the year 2000 that has run these plans, one after the other. */
async function ran(node: AuditedProcess, nonces: string[], parts: Partial<Incident> = {}): Promise<void> {
    const id = await written(node, 2, { stage: 'closed', updatedAt: YEAR_2000, ...parts });
    for (const nonce of nonces) {
        await node.incidents.change(id, (incident) => ({
            incident,
            entries: [{ type: 'run.intended', by: 'node:ansible-exec', text: 'Started.', data: { nonce } }],
        }));
    }
}

const sweep = (node: AuditedProcess): Promise<number> =>
    sweepWithRuns(
        node.anchoring,
        attacked.store,
        new RunFolders(attacked.folder),
        new Date('2000-02-01T00:00:00.000Z'),
    );

test('the folders of its runs go with an incident, unless so young that the approval could last, and never while the incident is kept', async () => {
    const node = audited(attacked.store, () => new Date(YEAR_2000));
    const [first, second, young, kept, strange] = [newNonce(), newNonce(), newNonce(), newNonce(), newNonce()];
    const folders = [
        runFolder(first, 30),
        runFolder(second, 30),
        runFolder(young, 3),
        runFolder(kept, 30),
        runFolder(strange, 30),
    ];
    const outside = path.join(attacked.folder, 'outside');
    mkdirSync(outside);
    await ran(node, [first, second]);
    await ran(node, [young]);
    await ran(node, [kept], { stage: 'verifying' });
    await ran(node, ['../outside', '']);

    await expect(sweep(node)).resolves.toBe(3);
    expect(folders.map((folder) => existsSync(folder))).toEqual([false, false, true, true, true]);
    expect(existsSync(outside)).toBe(true);
});

test('a folder stays as long as the rollback of its plan could be made to run', async () => {
    const node = audited(attacked.store, () => new Date(YEAR_2000));
    const nonce = newNonce();
    const folder = runFolder(nonce, 30);
    await ran(node, [nonce], {
        plan: aPlan(anIncident(), { madeAt: YEAR_2000, verify: { withinSeconds: 30 * 365 * 24 * 3600 } }),
    });
    await expect(sweep(node)).resolves.toBe(1);
    expect(existsSync(folder)).toBe(true);
});

test('a folder that is gone already keeps no other from being removed', async () => {
    const node = audited(attacked.store, () => new Date(YEAR_2000));
    const [gone, there] = [newNonce(), newNonce()];
    const folder = runFolder(there, 30);
    await ran(node, [gone, there]);
    await expect(sweep(node)).resolves.toBe(1);
    expect(existsSync(folder)).toBe(false);
});

test('a sweep that fails removes no folder', async () => {
    const node = audited(attacked.store, () => new Date(YEAR_2000));
    const nonce = newNonce();
    const folder = runFolder(nonce, 30);
    await ran(node, [nonce]);
    const keyless = new Anchoring({
        store: attacked.store,
        keys: () => Promise.reject(new Error('nobody can sign')),
        clock: systemClock,
        report: () => undefined,
    });
    await expect(sweepWithRuns(keyless, attacked.store, new RunFolders(attacked.folder), new Date())).rejects.toThrow(
        'nobody can sign',
    );
    expect(existsSync(folder)).toBe(true);
});
