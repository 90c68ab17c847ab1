import { asFixError } from '../core/errors';

/** Incidents that may stand undelivered on an output of this process. */
const ids = new Set<string>();

/**
 * A step of the incident failed. When the store is the reason, two things may have happened: the node that the incident
 * was put before could not take it over, or it was written that it was put on an output, and the answer was lost. In
 * both it stands on an output of this process, and nobody carries it on: `recover` puts it there again.
 */
export function noteFailedStep(incidentId: string, thrown: unknown): void {
    const { code } = asFixError(thrown);
    if (code === 'STORE_DOWN' || code === 'STORE_CONFLICT') ids.add(incidentId);
}

/**
 * Another process holds the lease of the step; it may have died before it wrote that it took the incident over. Then
 * the incident stands on an output of this process until it is put there again, after the lease has run out.
 */
export function noteLeasedElsewhere(incidentId: string): void {
    ids.add(incidentId);
}

/** Ids of the incidents that may stand undelivered on an output of this process. */
export function undelivered(): ReadonlySet<string> {
    return ids;
}

/** It is delivered again, or stands on no output. */
export function forgetUndelivered(incidentId: string): void {
    ids.delete(incidentId);
}
