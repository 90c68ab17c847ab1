import type { Alert } from '../model/incident';

/** How long a peer of an Alertmanager pair may still repeat what is over. */
export const PEER_LAG_MS = 15 * 60_000;
/** Maximum number of alerts of an incident; resolved ones leave first. */
export const MAX_ALERTS = 2_000;

/** What a notification changes in the alerts of an incident. */
export interface Merge {
    /** The alerts afterwards. */
    alerts: Alert[];
    /** Fire now and did not before. */
    joined: Alert[];
    /** Fired before and do not now. */
    resolved: Alert[];
    /** Fire on, with other annotations or a later start. */
    updated: Alert[];
    /** Some alert fires that the known incident does not account for: a new one, or a known one started again. */
    fresh: boolean;
    /** Every known alert is over: resolved, or started again since. */
    over: boolean;
}

/** Compares the known alerts with what a notification says. Alerts it does not mention stay as they are. */
export function mergeAlerts(known: readonly Alert[], told: readonly Alert[], now: Date): Merge {
    const before = new Map(known.map((alert) => [alert.fingerprint, alert]));
    const after = new Map(before);
    const merge = { joined: [] as Alert[], resolved: [] as Alert[], updated: [] as Alert[] };
    const startedAgain = new Set<string>();
    for (const alert of told) {
        const old = after.get(alert.fingerprint);
        const change = changeOf(old, alert, now);
        if (change === undefined) continue;
        const current = change === 'resolved' ? { ...alert, endsAt: alert.endsAt ?? now.toISOString() } : alert;
        merge[change].push(current);
        after.set(alert.fingerprint, current);
        if (
            change !== 'resolved' &&
            (old === undefined || old.status === 'resolved' || alert.startsAt > old.startsAt)
        ) {
            startedAgain.add(alert.fingerprint);
        }
    }
    return {
        ...merge,
        alerts: bounded([...after.values()]),
        fresh: startedAgain.size > 0,
        over: known.every(({ status, fingerprint }) => status === 'resolved' || startedAgain.has(fingerprint)),
    };
}

function changeOf(old: Alert | undefined, told: Alert, now: Date): 'joined' | 'resolved' | 'updated' | undefined {
    if (told.status === 'resolved') {
        return old?.status === 'firing' && told.startsAt >= old.startsAt ? 'resolved' : undefined;
    }
    if (old === undefined) return 'joined';
    if (old.status === 'resolved') return firesAgain(old, told, now) ? 'joined' : undefined;
    if (told.startsAt < old.startsAt) return undefined;
    return told.startsAt > old.startsAt || !sameTexts(old.annotations, told.annotations) ? 'updated' : undefined;
}

/** A resolved alert that is said to fire with its old start is a late duplicate, unless that lasts. */
function firesAgain(old: Alert, told: Alert, now: Date): boolean {
    return told.startsAt > old.startsAt || now.getTime() - Date.parse(old.endsAt ?? old.startsAt) >= PEER_LAG_MS;
}

function sameTexts(a: Record<string, string>, b: Record<string, string>): boolean {
    const names = Object.keys(a);
    return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}

function bounded(alerts: Alert[]): Alert[] {
    if (alerts.length <= MAX_ALERTS) return alerts;
    const firingFirst = [...alerts].sort((a, b) => Number(a.status === 'resolved') - Number(b.status === 'resolved'));
    return firingFirst.slice(0, MAX_ALERTS);
}
