import type { Alert, Incident } from '../model/incident';
import type { Runbook } from '../model/runbook';
import { type Matcher, matches } from '../text/matcher';

type WithAlerts = Pick<Incident, 'alerts'>;

/** How much each operator says about an alert. */
const WEIGHT: Record<Matcher['op'], number> = { '=': 4, '=~': 2, '!=': 1, '!~': 1 };

/** The runbooks that are for this incident, the most specific first (then by id). */
export function matchingRunbooks(runbooks: readonly Runbook[], incident: WithAlerts): Runbook[] {
    return runbooks
        .map((runbook) => ({ runbook, weight: weightFor(runbook, incident) }))
        .filter(({ weight }) => weight > 0)
        .sort((one, other) => other.weight - one.weight || (one.runbook.id < other.runbook.id ? -1 : 1))
        .map(({ runbook }) => runbook);
}

/** The alerts of the incident that the runbook is for: those that fire, or all when none fires any more. */
export function matchingAlerts(runbook: Runbook, incident: WithAlerts): Alert[] {
    return candidates(incident).filter((alert) => runbook.alerts.some((list) => matches(list, alert.labels)));
}

function weightFor(runbook: Runbook, incident: WithAlerts): number {
    const alerts = candidates(incident);
    const held = runbook.alerts.filter((list) => alerts.some((alert) => matches(list, alert.labels)));
    return Math.max(0, ...held.map((list) => list.reduce((sum, matcher) => sum + WEIGHT[matcher.op], 0)));
}

function candidates(incident: WithAlerts): Alert[] {
    const firing = incident.alerts.filter((alert) => alert.status === 'firing');
    return firing.length > 0 ? firing : incident.alerts;
}
