import { counted, type LabelNames, listed, summarise } from '../incident/summary';
import type { Alert, Incident } from '../model/incident';
import { isEnded } from '../model/stage';
import type { NewTimelineEntry, TimelineType } from '../model/timeline';
import type { Change, Transition } from '../store/incidents';
import { type Merge, mergeAlerts, PEER_LAG_MS } from './merge';
import { givingWay, resolving } from './resolve';

/** What one sender says of one group. */
export interface Notification {
    alerts: Alert[];
    externalURL?: string;
    /**
     * The sender did not say it by itself: it was asked, or, where it has forgotten the alerts, the rules they came
     * from.
     */
    asked?: keyof typeof AS_SAID_BY;
}

const AS_SAID_BY = {
    alertmanager: ', as Alertmanager says when asked',
    rules: ', as their rules say when asked; Alertmanager has forgotten them',
};

/**
 * `changed`, `resolved`: to be told. `duplicate`: known already, or of an incident that has ended; not told.
 * `held`: written down, told when the cooldown ends. `refired`: the incident is over, a new one must be opened.
 */
export type JoinOutcome = 'changed' | 'resolved' | 'duplicate' | 'held' | 'refired';

/** What {@link joining} makes of an incident. */
export interface JoinDecision extends Change {
    outcome: JoinOutcome;
}

/** The same content again within this time is a retry or the other Alertmanager of a pair, later it is a reminder. */
const DUPLICATE_MS = 60_000;

/**
 * Joins a notification to the current incident of its group. The incident keeps the group until all its alerts
 * are over and its stage has ended; a closed one gives it up to the first alert that fires again.
 */
export function joining(news: Notification, names: LabelNames): (...from: Parameters<Transition>) => JoinDecision {
    return (incident, now) => {
        const merge = mergeAlerts(incident.alerts, news.alerts, now);
        if (isOver(incident, merge, news, now)) return { ...over(incident, news, now), outcome: 'refired' };
        if (merge.joined.length + merge.resolved.length > 0)
            return changed(incident, merge, entriesOf(merge, news), now, names);
        if (merge.updated.length > 0 && !isEnded(incident.stage))
            return changed(incident, merge, entriesOf(merge, news), now, names);
        return repeated(incident, news, now);
    };
}

/** True when the notification is none of this incident's business any more. */
function isOver(incident: Incident, merge: Merge, news: Notification, now: Date): boolean {
    if (incident.stage !== 'closed') return isEnded(incident.stage) && merge.over && merge.fresh;
    const firesOn = news.alerts.some(({ status }) => status === 'firing');
    return (
        merge.fresh || (firesOn && now.getTime() - Date.parse(incident.closedAt ?? incident.updatedAt) >= PEER_LAG_MS)
    );
}

function over(incident: Incident, news: Notification, now: Date): Change {
    if (incident.stage === 'closed') return { incident, entries: [] };
    const starts = news.alerts
        .filter(({ status }) => status === 'firing')
        .map(({ startsAt }) => startsAt)
        .sort();
    return givingWay(starts[0] ?? now.toISOString())(incident, now);
}

function changed(
    incident: Incident,
    merge: Merge,
    entries: NewTimelineEntry[],
    now: Date,
    names: LabelNames,
): JoinDecision {
    const { resolvedAt: _resolvedAt, ...rest } = incident;
    const next: Incident = {
        ...rest,
        ...summarise(merge.alerts, names),
        alerts: merge.alerts,
        notifiedAt: now.toISOString(),
    };
    if (merge.alerts.some(({ status }) => status === 'firing')) {
        return { incident: next, entries, outcome: held(incident) ? 'held' : 'changed' };
    }
    const resolution = resolving(next, now);
    return {
        incident: resolution.incident,
        entries: [...entries, ...resolution.entries],
        outcome: held(incident) ? 'held' : 'resolved',
    };
}

function repeated(incident: Incident, news: Notification, now: Date): JoinDecision {
    const nothing: JoinDecision = { incident, entries: [], outcome: held(incident) ? 'held' : 'duplicate' };
    const firing = news.alerts.filter(({ status }) => status === 'firing');
    if (incident.stage === 'closed' || firing.length === 0) return nothing;
    const age = now.getTime() - Date.parse(incident.notifiedAt ?? incident.openedAt);
    const otherPeer = news.externalURL !== incident.source.externalURL;
    if (age < (otherPeer ? PEER_LAG_MS : DUPLICATE_MS)) return nothing;
    return {
        incident: { ...incident, notifiedAt: now.toISOString() },
        entries: [entry('alerts.repeated', `Still firing: ${listed(firing)}.`, firing)],
        outcome: held(incident) ? 'held' : isEnded(incident.stage) ? 'duplicate' : 'changed',
    };
}

function held(incident: Incident): boolean {
    return incident.flow.state === 'held';
}

function entriesOf({ joined, resolved, updated }: Merge, { asked }: Notification): NewTimelineEntry[] {
    const told: [TimelineType, string, Alert[]][] = [
        ['alerts.joined', 'joined', joined],
        ['alerts.changed', 'changed', updated],
        ['alerts.resolved', `resolved${asked ? AS_SAID_BY[asked] : ''}`, resolved],
    ];
    return told
        .filter(([, , alerts]) => alerts.length > 0)
        .map(([type, what, alerts]) =>
            entry(type, `${counted(alerts.length, 'alert')} ${what}: ${listed(alerts)}.`, alerts),
        );
}

function entry(type: TimelineType, text: string, alerts: readonly Alert[]): NewTimelineEntry {
    return { type, by: 'node:alert-in', text, data: { fingerprints: alerts.map(({ fingerprint }) => fingerprint) } };
}
