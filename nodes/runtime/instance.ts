import { newNonce } from '../core/incident/id';

/** Identifies this Node-RED process in leases and flow positions; a new one after every start. */
export const INSTANCE = newNonce().slice(0, 12);

/** Name of the lease that tells other processes that this one lives. */
export function instanceLease(instance: string): string {
    return `instance:${instance}`;
}
