import { newIncidentId } from '../incident/id';
import type { Alert } from '../model/incident';
import { isEnded } from '../model/stage';
import type { Incidents } from '../store/incidents';
import type { GroupClaim } from '../store/port';
import { type AlertGroup, groupKeyOf } from './grouping';
import { MAX_ALERTS } from './merge';
import { StormGauge } from './storm';

/** Groups of one notification that are held by the same incident. */
export interface Holder {
    claim: GroupClaim;
    /** The claim was made just now: the incident does not exist yet. */
    isNew: boolean;
    isDigest: boolean;
    groups: AlertGroup[];
}

/** Which incident holds each group of alerts; above the storm limit one digest holds those that would be new. */
export class Claims {
    private readonly storm: StormGauge;
    /** The digest incident's own group. */
    readonly digestKey: string;

    /** `node`: id of the node that takes the alerts; its digest is its own. */
    constructor(
        private readonly incidents: Incidents,
        node: string,
        { scope, stormLimit }: { scope: string; stormLimit: number },
    ) {
        this.storm = new StormGauge(stormLimit);
        this.digestKey = groupKeyOf(scope, ['digest', node]);
    }

    /** Claims each group; above the storm limit for the digest incident. */
    async holders(groups: readonly AlertGroup[]): Promise<Holder[]> {
        const { incidents } = this;
        const holders = new Map<string, Holder>();
        let rest = groups;
        while (rest.length > 0) {
            const room = this.storm.room(incidents.now());
            const portion = room === 0 ? rest : rest.slice(0, room);
            rest = rest.slice(portion.length);
            const digest = room === 0 && portion.some(fires) ? await this.digest() : undefined;
            await allOf(
                portion.map(async (group) => {
                    const candidate = (fires(group) ? digest : undefined) ?? newIncidentId();
                    const claim = await incidents.store.claimGroup(group.groupKey, candidate);
                    const isDigest = claim.current === digest;
                    const isNew = claim.current === candidate && !isDigest;
                    if (isNew && fires(group)) this.storm.opened(incidents.now());
                    const holder = holders.get(claim.current);
                    if (holder) holder.groups.push(group);
                    else holders.set(claim.current, { claim, isNew, isDigest, groups: [group] });
                }),
            );
        }
        return [...holders.values()];
    }

    /** Id of this node's digest incident; a new one when the last is over or full. */
    private async digest(): Promise<string> {
        const { store } = this.incidents;
        const key = this.digestKey;
        const { current } = await store.claimGroup(key, newIncidentId());
        const stored = await store.read(current);
        if (!stored || !(isEnded(stored.incident.stage) || stored.incident.alerts.length >= MAX_ALERTS / 2))
            return current;
        await store.releaseGroup(key, current);
        return (await store.claimGroup(key, newIncidentId())).current;
    }
}

/** Whether any alert of the group fires. */
export function fires({ alerts }: AlertGroup): boolean {
    return alerts.some(({ status }) => status === 'firing');
}

/** The alerts of all its groups. */
export function alertsOf({ groups }: Holder): Alert[] {
    return groups.flatMap(({ alerts }) => alerts);
}

/** Waits for all of them, then rejects with the first failure: nothing goes on unseen. */
export async function allOf<Result>(works: readonly Promise<Result>[]): Promise<Result[]> {
    const settled = await Promise.allSettled(works);
    return settled.map((result) => {
        if (result.status === 'rejected') throw result.reason;
        return result.value;
    });
}
