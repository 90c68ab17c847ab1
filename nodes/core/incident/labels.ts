import type { Alert } from '../model/incident';

/** Labels that all these alerts share with the same value. */
export function sharedLabels(alerts: readonly Pick<Alert, 'labels'>[]): Record<string, string> {
    const [first, ...others] = alerts;
    const entries = Object.entries(first?.labels ?? {});
    return Object.fromEntries(entries.filter(([name, value]) => others.every(({ labels }) => labels[name] === value)));
}

/** For sentences: every label of these alerts, different values joined as `web-1, web-2`. */
export function joinedLabels(alerts: readonly Pick<Alert, 'labels'>[]): Record<string, string> {
    const values = new Map<string, Set<string>>();
    for (const [name, value] of alerts.flatMap(({ labels }) => Object.entries(labels))) {
        values.set(name, (values.get(name) ?? new Set()).add(value));
    }
    return Object.fromEntries([...values].map(([name, set]) => [name, [...set].join(', ')]));
}
