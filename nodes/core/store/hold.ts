import { monotonicMs, pause } from '../clock';
import type { Leases } from './leases';

/** A named lease, who wants it, and how long it lasts when it is not renewed, milliseconds. */
export interface Lease {
    name: string;
    owner: string;
    ttlMs: number;
}

/** How to wait for a lease that somebody else holds. */
export interface Waiting {
    /** Pause between two attempts, milliseconds. */
    everyMs: number;
    /** Longest wait, milliseconds; absent: until `signal` is aborted. */
    patienceMs?: number;
    signal: AbortSignal;
    /** Name of another lease that must be free as well. */
    besides?: string;
}

/** Attempts to renew a lease within its time. */
const RENEWALS = 3;

/**
 * Takes the lease, does `work` while it is renewed, and gives it back. Undefined, without doing it, when somebody else
 * holds the lease and there is no `waiting`, or it was in vain. Rejects with what `work` rejects with.
 */
export async function hold<Result>(
    leases: Leases,
    lease: Lease,
    work: () => Promise<Result>,
    waiting?: Waiting,
): Promise<{ result: Result } | undefined> {
    if (!(await take(leases, lease, waiting))) return undefined;
    const renewal = renew(leases, lease);
    try {
        return { result: await work() };
    } finally {
        await renewal.stop();
        await leases.release(lease.name, lease.owner).catch(() => false);
    }
}

/**
 * Takes or renews the lease now and again until `stop` is called, which does not give it back. `missed` is called each
 * time that the store does not answer.
 */
export function keepHolding(leases: Leases, lease: Lease, missed: () => void): { stop(): void } {
    const renewal = renew(leases, lease, missed);
    renewal.now();
    return { stop: () => void renewal.stop() };
}

/** Takes several leases, all of them or none. Undefined when it has them; else the one that is held, and by whom. */
export async function takeAll(
    leases: Leases,
    wanted: readonly Lease[],
): Promise<{ name: string; holder: string | undefined } | undefined> {
    for (const { name, owner, ttlMs } of wanted) {
        if (await leases.take(name, owner, ttlMs)) continue;
        const holder = await leases.ownerOf(name);
        await releaseAll(leases, wanted);
        return { name, holder };
    }
    return undefined;
}

/** Gives back those of the leases that their owner holds. */
export async function releaseAll(leases: Leases, held: readonly Lease[]): Promise<void> {
    for (const { name, owner } of held) await leases.release(name, owner);
}

async function take(leases: Leases, { name, owner, ttlMs }: Lease, waiting?: Waiting): Promise<boolean> {
    const end = monotonicMs() + (waiting?.patienceMs ?? Number.POSITIVE_INFINITY);
    for (;;) {
        const isBlocked = waiting?.besides !== undefined && (await leases.ownerOf(waiting.besides)) !== undefined;
        if (!isBlocked && (await leases.take(name, owner, ttlMs))) return true;
        if (!waiting || monotonicMs() > end) return false;
        await pause(waiting.everyMs, waiting.signal);
        if (waiting.signal.aborted) return false;
    }
}

/** Renews the lease from time to time. After `stop` has resolved none is on its way that would take it once more. */
function renew(leases: Leases, { name, owner, ttlMs }: Lease, missed: () => void = () => undefined) {
    let newest: Promise<unknown> = Promise.resolve();
    const now = (): void => {
        newest = leases.take(name, owner, ttlMs).catch(missed);
    };
    const timer = setInterval(now, ttlMs / RENEWALS);
    return {
        now,
        stop: async (): Promise<void> => {
            clearInterval(timer);
            await newest;
        },
    };
}
