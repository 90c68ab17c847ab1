import { newNonce } from '../core/incident/id';
import type { IncidentStore } from '../core/store/port';
import { INSTANCE } from './instance';

const LEASE_MS = 30_000;
const RENEW_MS = 10_000;

/**
 * Does one step of an incident under a lease, so that of several instances, or of two messages, one does it.
 * Answers false without doing it when somebody else does.
 */
export async function underLease(store: IncidentStore, name: string, step: () => Promise<void>): Promise<boolean> {
    const owner = `${INSTANCE}:${newNonce()}`;
    if (!(await store.lease(name, owner, LEASE_MS))) return false;
    const timer = setInterval(() => {
        store.lease(name, owner, LEASE_MS).catch(() => undefined);
    }, RENEW_MS);
    try {
        await step();
        return true;
    } finally {
        clearInterval(timer);
        await store.releaseLease(name, owner).catch(() => undefined);
    }
}
