import type { DatabaseSync } from 'node:sqlite';

interface Write {
    run(): void;
    committed(): void;
    failed(thrown: unknown): void;
}

/**
 * Group commit: writes that arrive in the same turn of the event loop share one transaction and so one
 * flush to disk. Each has its own savepoint, so one that throws takes back only itself, and each is answered
 * only after COMMIT.
 */
export class WriteBatch {
    private waiting: Write[] = [];
    private scheduled = false;

    constructor(private readonly database: DatabaseSync) {}

    /** Runs `work` in the next transaction; resolves with its result once that is on disk. */
    add<Result>(work: () => Result): Promise<Result> {
        return new Promise<Result>((resolve, reject) => {
            let result: Result;
            this.waiting.push({
                run: () => {
                    result = work();
                },
                committed: () => resolve(result),
                failed: reject,
            });
            this.schedule();
        });
    }

    /** Runs `work` at once inside the next transaction; its result is on disk when that transaction is. */
    now<Result>(work: () => Result): Result {
        if (!this.database.isTransaction) this.database.exec('BEGIN IMMEDIATE');
        this.schedule();
        return work();
    }

    /** Commits what is waiting, now. */
    flush(): void {
        this.scheduled = false;
        const writes = this.waiting;
        this.waiting = [];
        if (writes.length === 0 && !this.database.isTransaction) return;
        try {
            if (!this.database.isTransaction) this.database.exec('BEGIN IMMEDIATE');
            const done = writes.filter((write) => this.runOne(write));
            this.database.exec('COMMIT');
            for (const write of done) write.committed();
        } catch (thrown) {
            if (this.database.isTransaction) this.database.exec('ROLLBACK');
            for (const write of writes) write.failed(thrown);
        }
    }

    private schedule(): void {
        if (this.scheduled) return;
        this.scheduled = true;
        setImmediate(() => this.scheduled && this.flush());
    }

    private runOne(write: Write): boolean {
        this.database.exec('SAVEPOINT one');
        try {
            write.run();
            this.database.exec('RELEASE one');
            return true;
        } catch (thrown) {
            if (!this.database.isTransaction) throw thrown;
            this.database.exec('ROLLBACK TO one; RELEASE one');
            write.failed(thrown);
            return false;
        }
    }
}
