import { asFixError, type FixError } from '../errors';
import type { CardReference } from '../model/incident';
import { isEnded } from '../model/stage';
import type { CardContext } from './card-context';
import { noteFailure, owedCard, postOrUpdateCard, updateCard } from './keep-card';

/** Shortest time between two updates of one card. */
const GAP_MS = 1_000;
/** Where a card cannot be updated, changes gather for this long before they are posted as one piece of news. */
const NEWS_GAP_MS = 2_000;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** A refusal needs a person to cure it, so it is tried seldom, and not for ever: the next change starts over. */
const REFUSED_RETRY_MS = 60_000;
const REFUSED_TRIES = 8;
/** How many of the newest incidents are caught up with when following begins. */
const CATCH_UP = 500;

/** What is going on with one card: it is worked on, or waits until `timer` fires. */
interface Job {
    /** Something changed since the work began. */
    dirty: boolean;
    failures: number;
    /** What the newest try failed with. */
    error?: FixError;
    /** Present: the card must be posted if it is not there. */
    post?: { target?: string };
    timer?: NodeJS.Timeout;
}

/**
 * Lets cards follow their incidents: watches the store and updates each changed card at most once a second. Where cards
 * cannot be updated, it posts the news of two seconds at once. Tries again with growing pauses while the chat or the
 * store is down.
 */
export class CardFollower {
    private readonly jobs = new Map<string, Job>();
    private readonly tails = new Map<string, Promise<unknown>>();
    private unwatch: (() => void) | undefined;

    /** `report` gets the outcome of all background work: undefined when it went well. */
    constructor(
        private readonly context: CardContext,
        private readonly report: (error: FixError | undefined) => void,
    ) {}

    /**
     * Posts now; a card that is there already follows in the background where that is being done, or where all it can
     * do is post news. Rejects when that fails; it is then tried again in the background.
     */
    async show(id: string, target?: string): Promise<CardReference> {
        const { incidents, chat, channel } = this.context;
        const isGathering = this.jobs.has(id) || (!channel.update && !channel.live);
        const posted = isGathering && (await incidents.get(id)).incident.thread?.[chat];
        if (posted) {
            this.changed(id);
            const error = this.jobs.get(id)?.error;
            if (error) throw error;
            return posted;
        }
        try {
            const reference = await this.alone(id, () => postOrUpdateCard(this.context, id, target));
            this.report(undefined);
            return reference;
        } catch (thrown) {
            const error = asFixError(thrown);
            await this.note(id, error, target);
            if (error.code !== 'INCIDENT_UNKNOWN') this.later(id, { target }, error);
            throw error;
        }
    }

    /** Begins to follow, and catches up with what happened while nobody did. Rejects with `STORE_DOWN`. */
    async follow(): Promise<void> {
        const { incidents, chat, channel } = this.context;
        if (!channel.live) this.unwatch ??= incidents.store.watch(({ id }) => this.changed(id));
        for (const { incident } of await incidents.store.list({ limit: CATCH_UP })) {
            if (incident.thread?.[chat]) {
                if (!channel.live) this.changed(incident.id);
            } else if (!isEnded(incident.stage)) {
                const owed = await owedCard(this.context, incident);
                if (owed) this.changed(incident.id, owed);
            }
        }
    }

    /** Stops following and waits for what is under way. */
    async stop(): Promise<void> {
        this.unwatch?.();
        for (const job of this.jobs.values()) clearTimeout(job.timer);
        this.jobs.clear();
        await Promise.allSettled(this.tails.values());
    }

    private changed(id: string, post?: Job['post']): void {
        if (this.context.signal.aborted) return;
        const job = this.jobs.get(id);
        if (job) {
            job.dirty = true;
            return;
        }
        const begun: Job = { dirty: true, failures: 0, ...(post ? { post } : {}) };
        this.jobs.set(id, begun);
        if (this.context.channel.update || post) void this.work(id, begun);
        else this.wait(id, begun);
    }

    /** After a failed post: the same again, unless that is already being done. */
    private later(id: string, post: { target?: string }, error: FixError): void {
        if (this.context.signal.aborted) return;
        const known = this.jobs.get(id);
        if (known) {
            Object.assign(known, { post, dirty: true });
            return;
        }
        const job: Job = { dirty: true, failures: 1, error, post };
        this.jobs.set(id, job);
        this.wait(id, job);
    }

    private async work(id: string, job: Job): Promise<void> {
        job.dirty = false;
        const { post } = job;
        try {
            await this.alone(id, async () => {
                if (post) await postOrUpdateCard(this.context, id, post.target);
                else await updateCard(this.context, id);
            });
            if (job.post === post) delete job.post;
            job.failures = 0;
            delete job.error;
            this.report(undefined);
        } catch (thrown) {
            const error = asFixError(thrown);
            if (error.code === 'INCIDENT_UNKNOWN') {
                this.jobs.delete(id);
                return;
            }
            Object.assign(job, { failures: job.failures + 1, error, dirty: true });
            await this.note(id, error, post?.target);
            this.report(error);
        }
        if (this.jobs.get(id) !== job) return;
        if (isHopeless(job)) this.jobs.delete(id);
        else this.wait(id, job);
    }

    private wait(id: string, job: Job): void {
        job.timer = setTimeout(() => {
            if (job.dirty) void this.work(id, job);
            else this.jobs.delete(id);
        }, this.pauseAfter(job));
    }

    /** Milliseconds until the next look at the card. */
    private pauseAfter({ error, failures }: Job): number {
        if (!error) return this.context.channel.update ? GAP_MS : NEWS_GAP_MS;
        const doubled = 2 ** (failures - 1);
        return error.code === 'CHAT_REJECTED'
            ? REFUSED_RETRY_MS * doubled
            : Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * doubled);
    }

    private async note(id: string, error: FixError, target?: string): Promise<void> {
        if (!error.code.startsWith('CHAT_') || this.context.signal.aborted) return;
        await noteFailure(this.context, id, error, target).catch(() => {});
    }

    /** One piece of work per incident at a time in this process. */
    private async alone<T>(id: string, work: () => Promise<T>): Promise<T> {
        const before = this.tails.get(id) ?? Promise.resolve();
        const mine = before.then(work, work);
        this.tails.set(id, mine);
        try {
            return await mine;
        } finally {
            if (this.tails.get(id) === mine) this.tails.delete(id);
        }
    }
}

function isHopeless({ error, failures }: Job): boolean {
    return error?.code === 'CHAT_REJECTED' && failures >= REFUSED_TRIES;
}
