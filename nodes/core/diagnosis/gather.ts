import { asFixError } from '../errors';
import { sharedLabels } from '../incident/labels';
import { type Alert, firingAlerts, type Incident } from '../model/incident';
import type { SimilarIncident } from '../model/memory';
import type { Runbook } from '../model/runbook';
import { cut } from '../text/cut';
import { labelsText } from './ask';
import { type CheckResult, runChecks } from './checks';
import type { EvidenceLog } from './evidence';
import type { AlertSource, MetricsSource } from './ports';

/** Most entries written down of each list. */
const MOST = { alerts: 10, related: 20, similar: 5, runbooks: 3 } as const;

/** Labels that say which neighbourhood an alert belongs to, the closest first. */
const NEIGHBOURHOOD = ['host', 'instance', 'service', 'job', 'namespace', 'cluster'];

export interface Sources {
    metrics?: MetricsSource;
    alerts?: AlertSource;
}

/**
 * The first evidence, always in the same order: the alerts, the checks of the matching runbooks, related alerts,
 * similar incidents, runbook text. A source that is down becomes evidence that says so.
 */
export async function gatherEvidence(
    incident: Incident,
    matching: readonly Runbook[],
    sources: Sources,
    log: EvidenceLog,
    signal: AbortSignal,
): Promise<CheckResult[]> {
    recordAlerts(incident, log);
    const checks = await answerChecks(incident, matching, sources, log, signal);
    await recordRelated(incident, sources.alerts, log, signal);
    recordSimilar(incident.similar ?? [], log);
    for (const runbook of matching.slice(0, MOST.runbooks)) recordRunbook(runbook, log);
    return checks;
}

/** Alerts that fire now and share `labels`, as evidence. */
export async function recordFiring(
    alerts: AlertSource,
    labels: Record<string, string>,
    except: ReadonlySet<string>,
    log: EvidenceLog,
    signal: AbortSignal,
): Promise<string> {
    const asked = { kind: 'related-alerts' as const, title: 'Other alerts that fire now', query: labelsText(labels) };
    try {
        const firing = (await alerts.firing(labels, signal)).filter(({ fingerprint }) => !except.has(fingerprint));
        const lines = firing.map((alert) => `${cut(labelsText(alert.labels), 500)} since ${alert.startsAt}`);
        return log.record({ ...asked, result: listText(lines, MOST.related, 'No other alert fires.') }).id;
    } catch (thrown) {
        signal.throwIfAborted();
        return log.record({ ...asked, result: `Not answered: ${asFixError(thrown).message}` }).id;
    }
}

/** A runbook's own words, as evidence. */
export function recordRunbook(runbook: Runbook, log: EvidenceLog): string {
    return log.record({
        kind: 'runbook',
        title: `Runbook ${runbook.id}: ${runbook.title}`,
        result: runbook.knowledge || '(no text)',
    }).id;
}

function recordAlerts(incident: Incident, log: EvidenceLog): void {
    const firing = firingAlerts(incident);
    const alerts = firing.length > 0 ? firing : incident.alerts;
    for (const alert of alerts.slice(0, MOST.alerts)) {
        log.record({
            kind: 'alert',
            title: `Alert ${alert.labels.alertname ?? alert.fingerprint}`,
            result: alertText(alert),
        });
    }
    if (alerts.length > MOST.alerts) {
        log.record({
            kind: 'alert',
            title: 'More alerts',
            result: `${alerts.length - MOST.alerts} more alerts of this incident are not shown.`,
        });
    }
}

function alertText(alert: Alert): string {
    const lines = [`${alert.status} since ${alert.startsAt}`, `labels ${labelsText(alert.labels)}`];
    for (const [name, text] of Object.entries(alert.annotations)) lines.push(`${name}: ${cut(text, 800)}`);
    return lines.join('\n');
}

async function answerChecks(
    incident: Incident,
    matching: readonly Runbook[],
    { metrics }: Sources,
    log: EvidenceLog,
    signal: AbortSignal,
): Promise<CheckResult[]> {
    if (metrics) return runChecks(matching, incident, metrics, log, signal);
    if (matching.some(({ checks }) => checks.length > 0)) {
        log.record({
            kind: 'promql',
            title: 'Checks of the runbooks',
            result: 'Not asked: no Prometheus server is configured.',
        });
    }
    return [];
}

async function recordRelated(
    incident: Incident,
    alerts: AlertSource | undefined,
    log: EvidenceLog,
    signal: AbortSignal,
): Promise<void> {
    const shared = sharedLabels(incident.alerts);
    const closest = NEIGHBOURHOOD.find((name) => shared[name]);
    if (!alerts || closest === undefined) return;
    const own = new Set(incident.alerts.map(({ fingerprint }) => fingerprint));
    await recordFiring(alerts, { [closest]: shared[closest] ?? '' }, own, log, signal);
}

function recordSimilar(similar: readonly SimilarIncident[], log: EvidenceLog): void {
    if (similar.length === 0) return;
    const lines = similar.map((past) => {
        const fix = past.action ? `${past.action.runbook}/${past.action.action}` : 'none';
        return `${past.incidentId} ${past.alertname} (${past.at}): cause: ${cut(past.cause ?? 'unknown', 300)}; fix: ${fix}; outcome: ${past.outcome}`;
    });
    log.record({
        kind: 'past-incidents',
        title: 'Similar past incidents',
        result: listText(lines, MOST.similar, 'None.'),
    });
}

function listText(lines: readonly string[], most: number, none: string): string {
    if (lines.length === 0) return none;
    const more = lines.length > most ? [`… and ${lines.length - most} more`] : [];
    return [...lines.slice(0, most), ...more].join('\n');
}
