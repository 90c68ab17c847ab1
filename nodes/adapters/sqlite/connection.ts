import { mkdirSync } from 'node:fs';
import path from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { FixError } from '../../core/errors';
import { makePrivate, takeHold } from './exclusive-hold';
import { openDatabase } from './load-sqlite';
import { ProcessLeases } from './process-leases';
import { prepareDatabase, prepareToRead, type Statements } from './schema';
import { storeDown } from './store-down';
import { WriteBatch } from './write-batch';

export interface SqliteOptions {
    /** How long `open` waits for another process to let go of the file, milliseconds; default 2000. */
    patienceMs?: number;
    /** Opens the file beside the process that has it; everything that writes rejects. */
    readOnly?: boolean;
}

/** What there is while the file is open. */
export interface Opened {
    database: DatabaseSync;
    sql: Statements;
    batch: WriteBatch;
    leases: ProcessLeases;
    letGo: () => void;
}

/** The open database file. What goes wrong becomes `STORE_DOWN` with the reason that SQLite or the file system gave. */
export class Connection {
    private opening?: Promise<Opened>;
    private current?: Opened;

    constructor(
        private readonly file: string,
        private readonly options: SqliteOptions,
    ) {}

    /** Idempotent; after a failure it may be called again. */
    async open(): Promise<void> {
        this.opening ??= this.connect();
        try {
            this.current = await this.opening;
        } catch (thrown) {
            this.opening = undefined;
            throw storeDown(this.file, thrown);
        }
    }

    async close(): Promise<void> {
        const opened = await this.opening?.catch(() => undefined);
        this.opening = undefined;
        this.current = undefined;
        if (!opened?.database.isOpen) return;
        opened.batch.flush();
        opened.database.close();
        opened.letGo();
    }

    /** Runs `work` in the next transaction; resolves with its result once that is on disk. */
    async write<Result>(work: (opened: Opened) => Result): Promise<Result> {
        const opened = this.opened();
        try {
            return await opened.batch.add(() => work(opened));
        } catch (thrown) {
            throw storeDown(this.file, thrown);
        }
    }

    /** Runs `work` at once, for what it reads. */
    query<Result>(work: (opened: Opened) => Result): Result {
        const opened = this.opened();
        try {
            return work(opened);
        } catch (thrown) {
            throw storeDown(this.file, thrown);
        }
    }

    /** Throws `STORE_DOWN` while the file is not open. */
    opened(): Opened {
        if (this.current) return this.current;
        throw new FixError('STORE_DOWN', `The incident store ${this.file} is not open.`, {
            cure: 'Look at the status of the incident store for the reason.',
        });
    }

    private async connect(): Promise<Opened> {
        if (this.options.readOnly) {
            const { database, sql } = prepared(openDatabase(this.file, { readOnly: true }), prepareToRead);
            return {
                database,
                sql,
                batch: new WriteBatch(database),
                leases: new ProcessLeases(),
                letGo: () => undefined,
            };
        }
        mkdirSync(path.dirname(this.file), { recursive: true, mode: 0o700 });
        const letGo = await takeHold(this.file, this.options.patienceMs ?? 2000);
        try {
            makePrivate(this.file);
            const { database, sql } = prepared(openDatabase(this.file), prepareDatabase);
            return { database, sql, batch: new WriteBatch(database), leases: new ProcessLeases(), letGo };
        } catch (thrown) {
            letGo();
            throw thrown;
        }
    }
}

/** A database that cannot be used is closed again: `open` is called until it succeeds. */
function prepared(
    database: DatabaseSync,
    prepare: (database: DatabaseSync) => Statements,
): Pick<Opened, 'database' | 'sql'> {
    try {
        return { database, sql: prepare(database) };
    } catch (thrown) {
        database.close();
        throw thrown;
    }
}
