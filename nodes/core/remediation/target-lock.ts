import { FixError } from '../errors';
import { newNonce } from '../incident/id';
import type { Plan } from '../model/plan';
import { type Lease, releaseAll, takeAll } from '../store/hold';
import type { Leases } from '../store/leases';

/** Beside two playbooks, a dry run and the verification: for all between them. */
const MARGIN_SECONDS = 120;

/** Keeps two fixes from working on one host: a lease a host, all of them or none. */
export class TargetLock {
    private readonly wanted: readonly Lease[];

    constructor(
        private readonly leases: Leases,
        private readonly plan: Plan,
    ) {
        const owner = `${ownerOf(plan)}/${newNonce()}`;
        this.wanted = leaseNames(plan).map((name) => ({ name, owner, ttlMs: lockSeconds(plan) * 1000 }));
    }

    /**
     * Takes the hosts for as long as the whole fix can last, so that they stay taken when this process dies while
     * Ansible goes on. Throws `TARGET_BUSY`, or `ALREADY_RUN` when this very plan has them.
     */
    async take(): Promise<void> {
        const held = await takeAll(this.leases, this.wanted);
        if (held) throw busy(held.name, held.holder, this.plan);
    }

    release(): Promise<void> {
        return releaseAll(this.leases, this.wanted);
    }
}

/** Gives back what any earlier attempt at this plan holds. */
export async function releaseTargets(leases: Leases, plan: Plan): Promise<void> {
    for (const name of leaseNames(plan)) {
        const holder = await leases.ownerOf(name);
        if (holder?.startsWith(`${ownerOf(plan)}/`)) await leases.release(name, holder);
    }
}

/** When the hosts of an approved plan can be held no longer, however late before its expiry the fix was begun. */
export function heldAtMostUntil(plan: Plan): Date {
    const expiresAt = new Date(plan.terms?.expiresAt ?? plan.madeAt);
    return new Date(expiresAt.getTime() + lockSeconds(plan) * 1000);
}

function leaseNames({ hosts }: Plan): string[] {
    return [...hosts].sort().map((host) => `host:${host}`);
}

function ownerOf({ incidentId, nonce }: Plan): string {
    return `${incidentId}/${nonce}`;
}

function lockSeconds({ timeoutSeconds, verify }: Plan): number {
    return 3 * timeoutSeconds + verify.withinSeconds + MARGIN_SECONDS;
}

function busy(name: string, holder: string | undefined, plan: Plan): FixError {
    const host = name.slice('host:'.length);
    if (holder?.startsWith(`${ownerOf(plan)}/`)) {
        return new FixError('ALREADY_RUN', `The fix of ${plan.incidentId} is being run already.`, {
            cure: 'Look at the incident page.',
        });
    }
    return new FixError(
        'TARGET_BUSY',
        `Another fix works on ${host}${holder === undefined ? '' : ` (${holder.split('/')[0]})`}.`,
        {
            field: 'hosts',
            cure: 'Wait until it has ended; the diagnosis must then be made again, because the host has changed.',
        },
    );
}
