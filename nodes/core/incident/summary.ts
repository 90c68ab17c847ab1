import { type Alert, firingAlerts, type Incident } from '../model/incident';
import { cut } from '../text/cut';
import { sharedLabels } from './labels';

/** Which labels carry what an incident is sorted by, and the cluster of alerts that name none. */
export interface LabelNames {
    severity: string;
    cluster: string;
    team: string;
    clusterName: string;
}

/** Worst first. */
const SEVERITIES = ['page', 'critical', 'error', 'high', 'major', 'warning', 'medium', 'minor', 'low', 'info', 'none'];

/** What an incident says of its alerts as a whole; of the firing ones, while there are any. */
export function summarise(
    alerts: readonly Alert[],
    names: LabelNames,
): Pick<Incident, 'labels' | 'severity' | 'cluster' | 'team'> {
    const firing = alerts.filter(({ status }) => status === 'firing');
    const told = firing.length > 0 ? firing : alerts;
    const labels = sharedLabels(told);
    return {
        labels,
        severity: worst(told.map((alert) => alert.labels[names.severity] ?? '')),
        cluster: labels[names.cluster] ?? names.clusterName,
        team: labels[names.team] ?? '',
    };
}

function worst(severities: readonly string[]): string {
    const rank = (severity: string): number => {
        const place = SEVERITIES.indexOf(severity.toLowerCase());
        return place === -1 ? SEVERITIES.length : place;
    };
    return severities.reduce((a, b) => (a === '' || (b !== '' && rank(b) < rank(a)) ? b : a), '');
}

/**
 * Name of what fires. An alert that a sender left without a name is called by its summary, else by its first labels.
 */
export function titleOf({ labels, alerts }: Pick<Incident, 'labels' | 'alerts'>): string {
    const [first] = alerts;
    return (
        labels.alertname ||
        first?.labels.alertname ||
        first?.annotations.summary ||
        Object.entries(first?.labels ?? {})
            .slice(0, 3)
            .map((label) => label.join('='))
            .join(', ') ||
        'alert'
    );
}

/** One line for people: what fires, where, how badly. */
export function headline(incident: Incident): string {
    const firing = firingAlerts(incident);
    const name = cut(titleOf(incident), 120);
    const where = cut(incident.labels.instance ?? incident.labels.host ?? incident.cluster, 120);
    const severity = incident.severity === '' ? '' : ` (${cut(incident.severity, 40)})`;
    const state = firing.length === 0 ? 'resolved' : `${counted(firing.length, 'alert')} firing`;
    const digest = incident.digest ? 'Storm of alerts: ' : '';
    return `${digest}${name}${where === '' ? '' : ` on ${where}`}${severity}: ${state}`;
}

/** The first few alerts by name and place, e.g. `DiskFull web1, DiskFull web2 and 3 more`. */
export function listed(alerts: readonly Alert[]): string {
    const shown = alerts.slice(0, 3).map(({ labels }) =>
        [labels.alertname ?? 'alert', labels.instance ?? labels.host]
            .filter(Boolean)
            .map((part) => cut(part ?? '', 80))
            .join(' '),
    );
    const more = alerts.length - shown.length;
    return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

/** `1 alert`, `2 alerts`. */
export function counted(count: number, thing: string): string {
    return `${count} ${thing}${count === 1 ? '' : 's'}`;
}
