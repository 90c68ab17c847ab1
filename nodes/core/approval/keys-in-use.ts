import { FixError } from '../errors';
import type { Stage } from '../model/stage';
import type { KeyRing } from '../signing/keys';
import type { IncidentStore } from '../store/port';

/** Stages in which a seal still has to be verified. */
const SEALED: readonly Stage[] = ['waiting', 'approved', 'running', 'verifying'];
/** So many of the newest are looked at. */
const MOST = 1_000;
/** So many incidents are named. */
const NAMED = 5;

/** Id of a signing key, and what in the store is signed with it and has to be verified with it. */
export interface KeyInUse {
    keyId: string;
    /** Incidents with a plan that waits or runs; empty: only the newest anchor of the audit log. */
    incidents: string[];
}

/** The keys that a store was signed with lately, whoever has them. Throws `STORE_DOWN`. */
export async function keysInUse(store: IncidentStore): Promise<KeyInUse[]> {
    const [sealed, anchor] = await Promise.all([store.list({ stages: SEALED, limit: MOST }), store.anchors.newest()]);
    const found = new Map<string, string[]>(anchor ? [[anchor.keyId, []]] : []);
    for (const {
        incident: { id, seal },
    } of sealed) {
        if (seal) found.set(seal.keyId, [...(found.get(seal.keyId) ?? []), id]);
    }
    return [...found].map(([keyId, incidents]) => ({ keyId, incidents }));
}

/** What to say of keys in use that are not in the ring; undefined when all are. */
export function foreignKeys(inUse: readonly KeyInUse[], ring: KeyRing): FixError | undefined {
    const foreign = inUse.filter(({ keyId }) => !ring.knows(keyId));
    if (foreign.length === 0) return undefined;
    return new FixError(
        'CONFIG_INVALID',
        `This store is signed with ${foreign.map(keyText).join(' and with ')}, which is not among the keys here (${ring.ids().join(', ')}).`,
        {
            field: 'signingKeys',
            cure: 'Give every Node-RED and the Botkube plugin on this store the same keys under "Sign with"; after a change keep the old key as a further line until its plans have expired.',
        },
    );
}

/** `1a2b3c4d (inc-…, inc-…: these can be neither decided nor run here)`. */
export function keyText({ keyId, incidents }: KeyInUse): string {
    if (incidents.length === 0) return `the key ${keyId}`;
    const more = incidents.length > NAMED ? ` and ${incidents.length - NAMED} more` : '';
    return `the key ${keyId} (${incidents.slice(0, NAMED).join(', ')}${more} can be neither decided nor run without it)`;
}
