import { FixError } from '../errors';
import { sharedLabels } from '../incident/labels';
import type { Evidence, Proposal } from '../model/diagnosis';
import type { Alert, Incident } from '../model/incident';
import type { Action, ParameterValue, Runbook } from '../model/runbook';
import { matchingAlerts } from '../runbook/choose';
import { resolveParameters } from '../runbook/parameters';
import { targetHosts } from '../runbook/target';
import { withoutPort } from '../text/host-name';

/**
 * What a proposal is checked against. Without `inventoryHosts` a host is believed when an alert label names it; the run
 * checks again.
 */
export interface ProposalGround {
    incident: Pick<Incident, 'alerts'>;
    inventoryHosts?: readonly string[];
    /** The cited evidence. Only what may name a host is read for one. */
    cited: readonly Evidence[];
}

/** Finds the action; throws `ACTION_UNKNOWN`. */
export function requireAction(runbook: Runbook, id: string): Action {
    const action = runbook.actions.find((candidate) => candidate.id === id);
    if (action) return action;
    throw new FixError(
        'ACTION_UNKNOWN',
        `The runbook ${runbook.id} offers no action "${id.slice(0, 100)}"; its playbook may be missing or unsafe.`,
        {
            field: 'action',
            cure: `Its actions are: ${runbook.actions.map((candidate) => candidate.id).join(', ') || 'none'}.`,
        },
    );
}

/**
 * The proposal of one action of a matching runbook. Throws `PARAMETER_INVALID`, `HOST_UNKNOWN` or
 * `TARGET_NOT_IN_EVIDENCE`.
 */
export function propose(
    runbook: Runbook,
    action: Action,
    given: Readonly<Record<string, ParameterValue>>,
    ground: ProposalGround,
): Proposal {
    const alerts = matchingAlerts(runbook, ground.incident);
    return {
        runbook: runbook.id,
        action: action.id,
        title: action.title,
        parameters: resolveParameters(action, given, sharedLabels(alerts)),
        hosts: targetHosts(
            action,
            { alerts },
            ground.inventoryHosts ?? namedByLabel(action, alerts),
            hostText(ground.cited),
        ),
    };
}

/** Where a host may be read from: the one place that decides which evidence is trusted to name the target of a fix. */
function hostText(cited: readonly Evidence[]): string {
    return cited
        .filter(({ mayNameHost }) => mayNameHost === true)
        .map(({ result }) => result)
        .join('\n');
}

/** Hosts as the target names them, without a port. */
export function namedByLabel({ target }: Pick<Action, 'target'>, alerts: readonly Pick<Alert, 'labels'>[]): string[] {
    if (target.startsWith('=')) return [target.slice(1)];
    return alerts.flatMap(({ labels }) => {
        const name = Object.hasOwn(labels, target) ? labels[target] : undefined;
        return name ? [withoutPort(name)] : [];
    });
}
