import { type AnchorFault, anchorFault } from '../signing/anchor';
import type { KeyRing } from '../signing/keys';
import type { IncidentStore } from '../store/port';
import { type IncidentFault, incidentFault } from './incident-check';
import { storeSource } from './store-source';

/** How far the timeline of one incident can be believed. */
export type IncidentAudit =
    /** Whole, and its last entry is named by a signed anchor. */
    | { state: 'verified'; anchor: number; at: string }
    /** Whole; this many entries at its end are not named by an anchor yet. */
    | { state: 'not-anchored'; entries: number }
    | ({ state: 'broken' } & (IncidentFault | { fault: `anchor-${AnchorFault}`; anchor: number }));

/**
 * Checks the timeline of one incident and the newest anchor that names it. The anchors between and before are for
 * `verifyAudit`. Without keys no anchor is believed. Rejects with `STORE_DOWN`.
 */
export async function auditIncident(
    store: IncidentStore,
    keys: KeyRing | undefined,
    id: string,
): Promise<IncidentAudit> {
    const anchor = keys && (await store.anchors.naming(id));
    const fault = anchor && anchorFault(anchor, keys);
    const incident = await storeSource(store).incident(id);
    const named = fault ? undefined : anchor?.heads.find(({ incident: named }) => named === id);
    const points = anchor && named ? [{ version: named.version, head: named.head, anchor: anchor.seq }] : [];
    const broken = incident && incidentFault(incident, points);
    if (broken) return { state: 'broken', ...broken };
    if (fault) return { state: 'broken', fault: `anchor-${fault}`, anchor: anchor.seq };
    const entries = (incident?.entries.length ?? 0) - (named?.version ?? 0);
    return anchor && entries <= 0
        ? { state: 'verified', anchor: anchor.seq, at: anchor.at }
        : { state: 'not-anchored', entries };
}
