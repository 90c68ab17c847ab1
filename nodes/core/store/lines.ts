import { FixError } from '../errors';

interface Waiting<Job, Result> {
    job: Job;
    resolve(result: Result): void;
    reject(thrown: unknown): void;
}

/**
 * Does jobs of one key one after the other, in the order in which they came. Those that came while another was being
 * done are done together next. A key with nothing to do takes no memory, and its first job begins at once.
 */
export class Lines<Job, Result> {
    private readonly lines = new Map<string, Waiting<Job, Result>[]>();

    /**
     * `work` does the jobs and answers what became of each; when it rejects, all of them fail. It must not wait for a
     * job of its own key.
     * `most`: jobs done together.
     */
    constructor(
        private readonly work: (key: string, jobs: readonly Job[]) => Promise<PromiseSettledResult<Result>[]>,
        private readonly most: number,
    ) {}

    /** How many keys have something to do. */
    get size(): number {
        return this.lines.size;
    }

    /**
     * Rejects with what the job failed with; with `STORE_DOWN` also when one before it did, for it would take as long
     * to fail.
     */
    add(key: string, job: Job): Promise<Result> {
        return new Promise((resolve, reject) => {
            const waiting = { job, resolve, reject };
            const line = this.lines.get(key);
            if (line) line.push(waiting);
            else void this.doAll(key, [waiting]);
        });
    }

    private async doAll(key: string, line: Waiting<Job, Result>[]): Promise<void> {
        this.lines.set(key, line);
        while (line.length > 0) {
            const together = line.splice(0, this.most);
            try {
                const results = await this.work(
                    key,
                    together.map(({ job }) => job),
                );
                results.forEach((result, index) => settle(together[index], result));
            } catch (thrown) {
                const failed = isStoreDown(thrown) ? [...together, ...line.splice(0)] : together;
                for (const { reject } of failed) reject(thrown);
            }
        }
        this.lines.delete(key);
    }
}

function settle<Job, Result>(waiting: Waiting<Job, Result> | undefined, result: PromiseSettledResult<Result>): void {
    if (result.status === 'fulfilled') waiting?.resolve(result.value);
    else waiting?.reject(result.reason);
}

function isStoreDown(thrown: unknown): boolean {
    return thrown instanceof FixError && thrown.code === 'STORE_DOWN';
}
