import { mkdir, mkdtemp, readdir, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openDatabase } from '../../../nodes/adapters/sqlite/load-sqlite';
import { SqliteStore } from '../../../nodes/adapters/sqlite/sqlite-store';
import { anIncident, opening } from '../../support/incidents';
import { type RunningProgram, spawnUntil, stop } from '../../support/processes';
import { type TemporaryStore, temporarySqlite } from '../../support/stores';
import { behavesLikeAStore } from './store-behaviour';

let temporary: TemporaryStore;
beforeAll(async () => {
    temporary = await temporarySqlite();
});
afterAll(() => temporary.close());

behavesLikeAStore(() => temporary.store);

describe('the file', () => {
    let folder: string;
    let file: string;
    beforeEach(async () => {
        folder = await mkdtemp(path.join(tmpdir(), 'alert-to-fix-sqlite-'));
        file = path.join(folder, 'made', 'incidents.db');
    });
    afterEach(() => rm(folder, { recursive: true, force: true }));

    test("is its owner's only, with all that lies beside it", async () => {
        const store = new SqliteStore(file);
        await store.open();
        await store.commit(opening(anIncident()));
        expect((await stat(path.dirname(file))).mode & 0o777).toBe(0o700);
        for (const end of ['', '-wal', '-shm', '-hold']) expect((await stat(file + end)).mode & 0o777).toBe(0o600);
        await store.close();
    });

    test('may be closed in the turn in which something is written: that is on disk', async () => {
        const store = new SqliteStore(file);
        await store.open();
        const incident = anIncident();
        const writing = store.commit(opening(incident));
        await store.close();
        await expect(writing).resolves.toBe(true);
        await new Promise((resolve) => setImmediate(resolve));
        await store.open();
        expect((await store.read(incident.id))?.incident).toEqual(incident);
        await store.close();
    });

    test('keeps everything over a restart, except leases of other things than hosts', async () => {
        const first = new SqliteStore(file);
        await first.open();
        const incident = anIncident();
        await first.claimGroup('group', incident.id);
        await first.commit(opening(incident));
        await first.leases.take('step', 'the process before', 60_000);
        await first.leases.take('host:web-1', 'a fix', 60_000);
        await first.close();
        const second = new SqliteStore(file);
        await second.open();
        expect((await second.read(incident.id))?.incident).toEqual(incident);
        await expect(second.timeline(incident.id)).resolves.toHaveLength(1);
        await expect(second.claimGroup('group', 'inc-other')).resolves.toEqual({ current: incident.id });
        await expect(second.leases.ownerOf('step')).resolves.toBeUndefined();
        await expect(second.leases.ownerOf('host:web-1')).resolves.toBe('a fix');
        await second.close();
    });

    test('is refused while another process has it, and free again once that is killed', async () => {
        const holder = await anotherProcessHolding(file);
        const store = new SqliteStore(file, { patienceMs: 100 });
        await expect(store.open()).rejects.toMatchObject({
            code: 'STORE_DOWN',
            message: expect.stringContaining('in use by another process'),
        });
        await expect(store.ping()).rejects.toMatchObject({ code: 'STORE_DOWN' });
        await stop(holder, 'SIGKILL');
        await store.open();
        await expect(store.ping()).resolves.toBeUndefined();
        await store.close();
    });

    test('waits a moment for the process before to let go', async () => {
        const first = new SqliteStore(file);
        await first.open();
        const second = new SqliteStore(file, { patienceMs: 10_000 });
        const opened = second.open();
        await first.close();
        await opened;
        await second.close();
    });

    test('says what is wrong when it is no database, of a newer version, or in a folder that cannot be made', async () => {
        await mkdir(path.dirname(file));
        await writeFile(
            file,
            'a shopping list, long enough to be read as a header of a database file, and then some more',
        );
        await expect(new SqliteStore(file).open()).rejects.toMatchObject({
            code: 'STORE_DOWN',
            message: expect.stringContaining('not a database'),
        });
        await rm(file);
        const database = openDatabase(file);
        database.exec('PRAGMA user_version = 99');
        database.close();
        await expect(new SqliteStore(file).open()).rejects.toMatchObject({
            code: 'STORE_DOWN',
            message: expect.stringContaining('newer version'),
        });
        await expect(new SqliteStore(path.join(file, 'below', 'a.db')).open()).rejects.toMatchObject({
            code: 'STORE_DOWN',
        });
    });

    test('is closed again when it cannot be used, however often it is tried', async () => {
        await mkdir(path.dirname(file));
        const database = openDatabase(file);
        database.exec('PRAGMA user_version = 99');
        database.close();
        const store = new SqliteStore(file);
        for (let tries = 0; tries < 3; tries += 1)
            await expect(store.open()).rejects.toMatchObject({ code: 'STORE_DOWN' });
        await expect(new SqliteStore(file, { readOnly: true }).open()).rejects.toMatchObject({ code: 'STORE_DOWN' });
        expect(await openFilesBelow(folder)).toEqual([]);
    });

    test('answers STORE_DOWN before it is opened and after it is closed', async () => {
        const store = new SqliteStore(file);
        await expect(store.read('inc-00000000')).rejects.toMatchObject({ code: 'STORE_DOWN' });
        await store.open();
        await store.close();
        await expect(store.commit(opening(anIncident()))).rejects.toMatchObject({ code: 'STORE_DOWN' });
    });

    test('a write that fails takes back only itself, not those committed with it', async () => {
        const store = new SqliteStore(file);
        await store.open();
        const good = anIncident();
        const change = opening(anIncident());
        const torn = { ...change, entries: [...change.entries, ...change.entries] };
        const [kept, failed] = await Promise.allSettled([store.commit(opening(good)), store.commit(torn)]);
        expect(kept.status).toBe('fulfilled');
        expect(failed.status).toBe('rejected');
        await expect(store.read(good.id)).resolves.toBeDefined();
        await expect(store.read(change.incident.id)).resolves.toBeUndefined();
        await store.close();
    });
});

async function anotherProcessHolding(file: string): Promise<RunningProgram> {
    await mkdir(path.dirname(file));
    const script = `
        const { DatabaseSync } = require('node:sqlite');
        new DatabaseSync(${JSON.stringify(`${file}-hold`)}).exec('BEGIN EXCLUSIVE');
        console.log('held');
        setInterval(() => undefined, 1000);`;
    return spawnUntil({
        command: process.execPath,
        args: ['-e', script],
        ready: (program) => program.output().includes('held'),
    });
}

/** What this process has open in the folder. */
async function openFilesBelow(folder: string): Promise<string[]> {
    const numbers = await readdir('/proc/self/fd');
    const files = await Promise.all(numbers.map((number) => readlink(`/proc/self/fd/${number}`).catch(() => '')));
    return files.filter((name) => name.startsWith(folder));
}
