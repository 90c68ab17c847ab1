import type { Alert } from '../model/incident';
import { canonicalJson, sha256 } from '../text/json';
import type { AlertPayload } from './payload';

/** What makes alerts one incident: the sender's group, each alert by itself, or equal values of chosen labels. */
export type Grouping = { by: 'group' } | { by: 'fingerprint' } | { by: 'labels'; labels: readonly string[] };

/** Alerts of one payload that belong together. */
export interface AlertGroup {
    /** Hash, safe as a part of any store's key. */
    groupKey: string;
    alerts: Alert[];
}

/** Splits a payload. `scope` keeps senders apart that use the same keys, e.g. two clusters. */
export function groupAlerts(payload: AlertPayload, grouping: Grouping, scope: string): AlertGroup[] {
    if (grouping.by === 'group') {
        return [{ groupKey: groupKeyOf(scope, ['group', payload.groupKey]), alerts: payload.alerts }];
    }
    const groups = new Map<string, Alert[]>();
    for (const alert of payload.alerts) {
        const key = groupKeyOf(
            scope,
            grouping.by === 'fingerprint'
                ? ['fingerprint', alert.fingerprint]
                : ['labels', ...grouping.labels.map((name) => `${name}=${alert.labels[name] ?? ''}`)],
        );
        const group = groups.get(key);
        if (group) group.push(alert);
        else groups.set(key, [alert]);
    }
    return Array.from(groups, ([groupKey, alerts]) => ({ groupKey, alerts }));
}

/** The key of a group: 32 hex digits of a hash over scope and parts. */
export function groupKeyOf(scope: string, parts: readonly string[]): string {
    return sha256(canonicalJson([scope, ...parts])).slice(0, 32);
}
