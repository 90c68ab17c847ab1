import { FixError } from '../errors';
import type { Alert, Incident } from '../model/incident';
import type { Action } from '../model/runbook';
import { cutClean } from '../text/cut';
import { withoutPort } from '../text/host-name';
import { hasInvisible } from '../text/invisible';
import { visible } from '../text/text';

/**
 * The inventory hosts an action runs on, sorted: the fixed host of `=name`; else the value of the target label
 * on each alert (an `:port` behind it is dropped); else, when no alert has that label, the one inventory host
 * in `evidenceText`, which must be text that is trusted to name a host. Only exact inventory names are accepted. Pass the alerts the action is for
 * (see `matchingAlerts`). Throws `HOST_UNKNOWN` or `TARGET_NOT_IN_EVIDENCE`.
 */
export function targetHosts(
    action: Pick<Action, 'id' | 'target'>,
    incident: Pick<Incident, 'alerts'>,
    inventoryHosts: readonly string[],
    evidenceText = '',
): string[] {
    const known = new Set(inventoryHosts);
    if (action.target.startsWith('='))
        return [requireHost(action.target.slice(1), known, `target of the action ${action.id}`)];
    const named = namesOnAlerts(action.target, incident);
    if (named.length === 0) return [hostInEvidence(action, inventoryHosts, evidenceText)];
    const hosts = named.map((name) => requireHost(name, known, `alert label "${action.target}"`));
    return [...new Set(hosts)].sort();
}

/**
 * The alerts because of which a planned host is fixed: those whose target label names it; when none does (a fixed host,
 * or one that only the evidence names), all. `target`: as the runbook writes it.
 */
export function alertsNaming<Labelled extends Pick<Alert, 'labels'>>(
    host: string,
    target: string,
    alerts: readonly Labelled[],
): readonly Labelled[] {
    const naming = alerts.filter(({ labels }) => {
        const name = Object.hasOwn(labels, target) ? labels[target] : undefined;
        return name !== undefined && (name === host || withoutPort(name) === host);
    });
    return naming.length > 0 ? naming : alerts;
}

function namesOnAlerts(label: string, incident: Pick<Incident, 'alerts'>): string[] {
    const firing = incident.alerts.filter((alert) => alert.status === 'firing');
    const alerts = firing.length > 0 ? firing : incident.alerts;
    return alerts.flatMap(({ labels }) => (Object.hasOwn(labels, label) && labels[label] ? [labels[label]] : []));
}

function requireHost(name: string, known: Set<string>, source: string): string {
    const host = [name, withoutPort(name)].find((candidate) => known.has(candidate));
    if (host !== undefined && !hasInvisible(host)) return host;
    throw new FixError('HOST_UNKNOWN', `The inventory has no host "${cutClean(name, 100, visible)}" (${source}).`, {
        field: 'hosts',
        cure: 'Add the host to the inventory under exactly this name, or name another label as target in the runbook.',
    });
}

function hostInEvidence(
    action: Pick<Action, 'id' | 'target'>,
    inventoryHosts: readonly string[],
    evidence: string,
): string {
    const words = new Set(evidence.match(/[\p{L}\p{N}_]+(?:[.-]+[\p{L}\p{N}_]+)*/gu));
    const named = inventoryHosts.filter((host) => words.has(host) && !hasInvisible(host));
    if (named.length === 1 && named[0] !== undefined) return named[0];
    throw new FixError(
        'TARGET_NOT_IN_EVIDENCE',
        `No alert has the label "${action.target}" that names the host of the action ${action.id}, and the trusted part of the cited evidence names ${named.length === 0 ? 'no' : 'more than one'} inventory host.`,
        {
            field: `labels.${action.target}`,
            cure: `Add the label "${action.target}" to the alert rule, or name another label as target in the runbook.`,
        },
    );
}
