import { pause } from '../../nodes/core/clock';
import { FixError } from '../../nodes/core/errors';
import type { HostStats, RunOutcome, TaskResult } from '../../nodes/core/model/run';
import type { PlaybookCall } from '../../nodes/core/model/runbook';
import { digestOf, type SealedContent } from '../../nodes/core/model/sealed-content';
import type {
    FixExecutor,
    LogPart,
    RunControl,
    RunObserver,
    RunOrder,
    RunPurpose,
} from '../../nodes/core/remediation/ports';
import { sha256 } from '../../nodes/core/text/json';

const LOOK_MS = 5;
const PROJECT = 'project';
const PLAYBOOKS = ['playbooks/fix.yml', 'playbooks/rollback.yml'];

interface Job {
    id: number;
    nonce: string;
    purpose: RunPurpose;
    host: string;
    /** The value it writes. */
    value: string;
    state: 'running' | 'succeeded' | 'cancelled';
    log: string;
}

/** A server that runs playbooks as jobs, in memory: what it knows outlives the executors that talk to it. */
export class JobServer {
    /** What the fix is about: the value that is configured on the hosts. */
    value = 'bad';
    /** Version of its project; each version has other playbooks. */
    revision = 'one';
    /** Jobs go on until this is false. */
    holdsJobs = false;
    readonly jobs: Job[] = [];

    /** Accepts an order; the job begins to run. A check changes nothing and is not kept. */
    launch({ nonce, purpose, hosts: [host = ''], parameters }: RunOrder): Job {
        const value = purpose === 'rollback' ? 'bad' : String(parameters.value);
        const job: Job = { id: this.jobs.length + 1, nonce, purpose, host, value, state: 'running', log: '' };
        this.jobs.push(job);
        void this.work(job);
        return job;
    }

    find(nonce: string, purpose: RunPurpose): Job | undefined {
        return this.jobs.find((job) => job.nonce === nonce && job.purpose === purpose);
    }

    private async work(job: Job): Promise<void> {
        do await pause(LOOK_MS);
        while (this.holdsJobs && job.purpose !== 'check' && job.state === 'running');
        if (job.state === 'cancelled') return;
        if (job.purpose !== 'check') this.value = job.value;
        job.log = `job ${job.id}: ${job.purpose} wrote ${job.value}\n`;
        job.state = 'succeeded';
    }
}

/**
 * An executor without a file system: everything it knows is on the server. A test can lose the answer to its next
 * launch, and cut the connection.
 */
export class RemoteExecutor implements FixExecutor {
    /** What happens to the next launch that is not a check: its answer is lost, after the job began or before. */
    loses?: 'answer' | 'order';
    /** How many calls after such a launch find nobody at the other end. */
    outage = 0;
    private downFor = 0;

    constructor(private readonly server: JobServer) {}

    async seal(calls: readonly PlaybookCall[]): Promise<SealedContent> {
        const playbooks = calls.map(({ playbook }) => playbook).filter((name) => PLAYBOOKS.includes(name));
        const { revision } = this.server;
        return {
            kind: 'remote',
            inventory: 'production',
            digests: {
                [PROJECT]: sha256(revision),
                ...Object.fromEntries(playbooks.map((name) => [name, sha256(`${revision} ${name}`)])),
            },
        };
    }

    async inventory(): Promise<ReadonlyMap<string, string>> {
        return new Map([['web-1', sha256('variables of web-1')]]);
    }

    async run(order: RunOrder, observer: RunObserver, control: RunControl): Promise<RunOutcome> {
        const { nonce, purpose, content } = order;
        if (digestOf(content.digests, PROJECT) !== sha256(this.server.revision))
            throw new FixError('PLAN_CHANGED', 'The project has another version now.');
        if (purpose !== 'check' && this.server.find(nonce, purpose))
            throw new FixError('ALREADY_RUN', 'There is a job with this nonce.');
        const loses = purpose === 'check' ? undefined : this.loses;
        if (loses !== 'order') this.server.launch(order);
        if (loses) {
            this.loses = undefined;
            this.downFor = this.outage;
            throw down();
        }
        const job = this.server.jobs.at(-1);
        if (!job) throw new Error('a launch gives a job');
        await observer.started?.({ id: `job ${job.id}` });
        return this.follow(job, observer, control);
    }

    async resume(
        { nonce, purpose }: RunOrder,
        observer: RunObserver,
        control: RunControl,
    ): Promise<RunOutcome | undefined> {
        this.requireConnection();
        const job = this.server.find(nonce, purpose);
        if (!job) return undefined;
        if (job.state === 'running') await observer.started?.({ id: `job ${job.id}` });
        return this.follow(job, observer, control);
    }

    async hasRun(nonce: string): Promise<boolean> {
        this.requireConnection();
        return this.server.find(nonce, 'run') !== undefined;
    }

    async log(nonce: string, part: LogPart): Promise<string | undefined> {
        return this.server.find(nonce, part)?.log;
    }

    async tidy(): Promise<void> {}

    async touchedAt(): Promise<number> {
        throw new Error('the server deletes its jobs itself');
    }

    async remove(): Promise<void> {}

    private requireConnection(): void {
        if (this.downFor === 0) return;
        this.downFor -= 1;
        throw down();
    }

    private async follow(job: Job, observer: RunObserver, { cancel, leave }: RunControl): Promise<RunOutcome> {
        while (job.state === 'running') {
            if (cancel.aborted) job.state = 'cancelled';
            if (leave?.aborted) throw new FixError('CANCELLED', 'The job goes on.');
            await pause(LOOK_MS);
        }
        const task: TaskResult = { host: job.host, task: 'write', status: 'changed', diff: `+${job.value}` };
        if (job.state === 'succeeded') await observer.task?.(task);
        const stats: HostStats = { ok: 1, changed: 1, failed: 0, unreachable: 0, skipped: 0 };
        return {
            status: job.state === 'cancelled' ? 'cancelled' : 'succeeded',
            hosts: { [job.host]: stats },
            tasks: [task],
            exitCode: null,
            milliseconds: LOOK_MS,
        };
    }
}

function down(): FixError {
    return new FixError('EXECUTOR_DOWN', 'The job server does not answer.', { cure: 'Check that it runs.' });
}
