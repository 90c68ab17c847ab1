import { chmodSync, closeSync, openSync } from 'node:fs';
import type { DatabaseSync } from 'node:sqlite';
import { monotonicMs, pause } from '../../core/clock';
import { FixError } from '../../core/errors';
import { openDatabase } from './load-sqlite';

const RETRY_MS = 50;

/**
 * Takes `<file>-hold` for this process until the answered function is called. The hold is a write lock on an
 * empty SQLite file: the operating system drops it when the process dies, however it dies, and the store
 * itself stays readable for backups and audits. Rejects with `STORE_DOWN` when another holds it for longer
 * than `patienceMs`.
 */
export async function takeHold(file: string, patienceMs: number): Promise<() => void> {
    const lock = `${file}-hold`;
    makePrivate(lock);
    const database = openDatabase(lock);
    const end = monotonicMs() + patienceMs;
    while (!tryLock(database)) {
        if (monotonicMs() >= end) {
            database.close();
            throw new FixError('STORE_DOWN', `The incident store ${file} is in use by another process.`, {
                cure: 'Stop the other Node-RED, give each its own folder, or share one store through Redis.',
            });
        }
        await pause(RETRY_MS);
    }
    return () => database.close();
}

/** Creates the file when there is none, and makes it its owner's only. */
export function makePrivate(file: string): void {
    closeSync(openSync(file, 'a', 0o600));
    chmodSync(file, 0o600);
}

function tryLock(database: DatabaseSync): boolean {
    try {
        database.exec('BEGIN EXCLUSIVE');
        return true;
    } catch (thrown) {
        if (thrown instanceof Error && /locked|busy/i.test(thrown.message)) return false;
        throw thrown;
    }
}
