import type { Incident } from '../../nodes/core/model/incident';
import { isEnded } from '../../nodes/core/model/stage';
import type { TimelineEntry } from '../../nodes/core/model/timeline';

/** An alert that fired and was taken: Alertmanager was answered with 2xx. */
export interface Taken {
    fingerprint: string;
    alertname: string;
    /** ISO 8601. */
    startsAt: string;
}

/** One pass of the fix over a host, by what it left on disk. */
export interface Mark {
    note: string;
    /** Of the plan that ran. */
    nonce: string;
}

/** An incident as the store holds it at the end. */
export interface Kept {
    incident: Incident;
    entries: TimelineEntry[];
}

/** All that was seen, from four sides: what Alertmanager was answered, the disk, the robot at the page, the store. */
export interface Seen {
    taken: readonly Taken[];
    marks: readonly Mark[];
    /** Digests of the seals to which the robot said yes. */
    approved: ReadonlySet<string>;
    incidents: readonly Kept[];
    /** Links that the audit found broken, each in a few words. */
    brokenLinks: readonly string[];
}

/** What must not be; each a sentence for people. All empty: the promise was kept. */
export interface Verdict {
    losses: string[];
    doubleRuns: string[];
    unapproved: string[];
    brokenChains: string[];
}

export function judge(seen: Seen): Verdict {
    return {
        losses: losses(seen),
        doubleRuns: doubleRuns(seen),
        unapproved: unapproved(seen),
        brokenChains: [...seen.brokenLinks],
    };
}

export function isKept(verdict: Verdict): boolean {
    return Object.values(verdict).every((faults: string[]) => faults.length === 0);
}

/** True when the incident has ended, or the next step is a person's: a decision, or reading an advice. */
export function isAtRest({ stage, diagnosis }: Pick<Incident, 'stage' | 'diagnosis'>): boolean {
    return isEnded(stage) || stage === 'waiting' || (stage === 'diagnosed' && diagnosis?.verdict === 'advice');
}

/** Alerts that were taken and that no incident accounts for: there is none, or it is stuck on its way. */
function losses({ taken, incidents }: Seen): string[] {
    const holders = new Map<string, Incident[]>();
    for (const { incident } of incidents)
        for (const { fingerprint } of incident.alerts) {
            holders.set(fingerprint, [...(holders.get(fingerprint) ?? []), incident]);
        }
    return taken.flatMap(({ fingerprint, alertname, startsAt }) => {
        // An alert that fired again is the same one with a later start.
        const those = (holders.get(fingerprint) ?? []).filter(({ alerts }) =>
            alerts.some(
                (alert) => alert.fingerprint === fingerprint && Date.parse(alert.startsAt) >= Date.parse(startsAt),
            ),
        );
        const [stuck] = those.filter((incident) => !isAtRest(incident));
        if (those.length === 0)
            return [`${alertname} (${fingerprint}, since ${startsAt}) was taken, and is in no incident`];
        if (stuck)
            return [
                `${alertname} (${fingerprint}) is in ${stuck.id}, which is stuck: ${stuck.stage}, ${stuck.flow.node} ${stuck.flow.state}`,
            ];
        return [];
    });
}

/** A plan that passed over the hosts twice, or a seal that was used for two runs. */
function doubleRuns({ marks, incidents }: Seen): string[] {
    const intended = incidents.flatMap(({ entries }) =>
        entries.filter(({ type }) => type === 'run.intended').map(({ data }) => String(data?.seal)),
    );
    return [
        ...repeated(marks.map(({ nonce, note }) => `${nonce} of ${note}`)).map(
            ([run, times]) => `the plan ${run} ran ${times} times`,
        ),
        ...repeated(intended).map(([seal, times]) => `the seal ${seal.slice(0, 8)} was used for ${times} runs`),
    ];
}

/** Marks on disk whose plan nobody approved before, by the robot's own list as well as by the timeline. */
function unapproved({ marks, incidents, approved }: Seen): string[] {
    const runs = new Map(
        incidents.flatMap(({ incident, entries }) =>
            entries.flatMap((entry) =>
                entry.type === 'run.intended'
                    ? [[String(entry.data?.nonce), { incident, entries, entry }] as const]
                    : [],
            ),
        ),
    );
    return marks.flatMap(({ nonce, note }) => {
        const run = runs.get(nonce);
        if (!run) return [`${note}: the plan ${nonce} ran, and no incident says so`];
        const seal = String(run.entry.data?.seal);
        const isGranted = run.entries.some(
            ({ type, seq, data }) => type === 'approval.granted' && seq < run.entry.seq && data?.seal === seal,
        );
        if (!isGranted) return [`${note}: ${run.incident.id} ran without an approval in its timeline`];
        return approved.has(seal)
            ? []
            : [`${note}: ${run.incident.id} ran with the seal ${seal.slice(0, 8)}, which nobody approved`];
    });
}

function repeated(names: readonly string[]): [name: string, times: number][] {
    const counts = new Map<string, number>();
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
    return [...counts].filter(([, times]) => times > 1);
}
