import { newNonce } from '../core/incident/id';
import { hold } from '../core/store/hold';
import type { Leases } from '../core/store/leases';
import { INSTANCE } from './instance';

const LEASE_MS = 30_000;

/**
 * Does one step of an incident under a lease, so that of several instances, or of two messages, one does it.
 * Undefined, without doing it, while somebody else does.
 */
export function underLease<Result>(
    leases: Leases,
    name: string,
    step: () => Promise<Result>,
): Promise<{ result: Result } | undefined> {
    return hold(leases, { name, owner: `${INSTANCE}:${newNonce()}`, ttlMs: LEASE_MS }, step);
}
