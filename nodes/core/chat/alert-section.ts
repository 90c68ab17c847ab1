import { uncoveredAlerts } from '../approval/as-sealed';
import { titleOf } from '../incident/summary';
import { type Alert, firingAlerts, type Incident } from '../model/incident';
import { clip } from '../text/cut';
import { plainLine } from '../text/plain-text';
import type { Card, CardSection } from './card';
import { fill, type Texts } from './texts';
import { since, utc } from './when';

const MAX_ALERTS = 5;
const MAX_LINE = 240;

/** Labels that name the thing an alert is about, the most telling first. */
const TARGET_LABELS = ['instance', 'host', 'hostname', 'node', 'pod', 'service', 'job'];

/** `DiskFilling on web1`. */
export function cardTitle(incident: Incident, texts: Texts): string {
    const alert = clip(plainLine(titleOf(incident)), 120);
    const target = targetOf(incident.labels) ?? targetOf(incident.alerts[0]?.labels ?? {});
    return target === undefined ? alert : fill(texts.alert.on, { alert, target: clip(plainLine(target), 80) });
}

/** Severity, cluster, team, state and how many alerts fire. */
export function cardFields(incident: Incident, texts: Texts): Card['fields'] {
    const { severity, cluster, team } = incident;
    const count = fill(texts.alert.count, { firing: firingAlerts(incident).length, all: incident.alerts.length });
    return [
        { label: texts.alert.severity, value: severity },
        { label: texts.alert.cluster, value: cluster },
        { label: texts.alert.team, value: team },
        { label: texts.alert.stage, value: texts.stage[incident.stage] },
        { label: texts.alert.alerts, value: count },
    ]
        .map(({ label, value }) => ({ label, value: clip(plainLine(value), MAX_LINE) }))
        .filter(({ value }) => value !== '');
}

/** What fires, and since when. */
export function alertSection(incident: Incident, now: Date, texts: Texts): CardSection {
    const uncovered = new Set(uncoveredAlerts(incident));
    const lines = incident.alerts.slice(0, MAX_ALERTS).map((alert) => {
        const line = alertLine(alert, now, texts);
        return uncovered.has(alert) ? fill(texts.alert.notCovered, { line }) : line;
    });
    const left = incident.alerts.length - lines.length;
    if (left > 0) lines.push(fill(texts.alert.more, { n: left }));
    if (incident.digest) lines.push(texts.alert.digest);
    if (incident.previous !== undefined) lines.push(fill(texts.alert.again, { incident: incident.previous }));
    return { title: texts.alert.section, items: lines };
}

function alertLine(alert: Alert, now: Date, texts: Texts): string {
    const { labels, annotations } = alert;
    const said = annotations.summary ?? annotations.description ?? annotations.message;
    const what = clip(plainLine([labels.alertname, targetOf(labels)].filter(Boolean).join(' ')), 120);
    const when =
        alert.status === 'resolved' && alert.endsAt !== undefined
            ? fill(texts.alert.resolved, { time: utc(alert.endsAt) })
            : since(alert.startsAt, now, texts);
    return [what, said === undefined ? '' : clip(plainLine(said), MAX_LINE), when].filter(Boolean).join(' · ');
}

function targetOf(labels: Record<string, string>): string | undefined {
    return TARGET_LABELS.map((name) => labels[name]).find((value) => value !== undefined && value !== '');
}
