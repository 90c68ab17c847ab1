import { FixError } from '../errors';
import { DIAGNOSE_AGAIN, FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import type { Plan } from '../model/plan';
import { alertsNaming } from '../runbook/target';
import { fullStop } from '../text/text';
import { alertStatesOf, stateOfAll } from './alert-state';
import type { RemediationParts } from './parts';
import type { SealedFix } from './sealed-fix';

/**
 * Each planned host is fixed because of an alert that names it (or, when none does, because of any alert of the plan):
 * one of those must fire now.
 */
export async function alertsFire(parts: RemediationParts, { plan }: SealedFix): Promise<void> {
    const states = await alertStatesOf(parts, plan);
    const target = targetOf(parts, plan);
    const found = plan.hosts.map((host) => {
        const alerts = alertsNaming(host, target, plan.alerts);
        return { host, alerts, state: stateOfAll(alerts.map(({ fingerprint }) => states.of.get(fingerprint))) };
    });
    const cleared = found.filter(({ state }) => state === 'cleared');
    if (cleared.length > 0) throw clearedOn(cleared, plan);
    if (found.length > 0 && found.every(({ state }) => state === 'firing')) return;
    throw new FixError(
        'ALERT_STATE_UNKNOWN',
        fullStop(
            `It cannot be known whether the alert still fires: ${states.reason ?? 'nothing is known about an alert of the plan'}`,
        ),
        { field: 'alerts', cure: `Bring Alertmanager back, then ${DIAGNOSE_AGAIN}.` },
    );
}

/** The name of the label that names the hosts. The runbook is the sealed one: its digest was compared. */
function targetOf({ library }: RemediationParts, plan: Plan): string {
    const runbook = library
        .runbooks()
        .find(({ id, digest }) => id === plan.runbook.id && digest === plan.runbook.digest);
    const action = runbook?.actions.find(({ id }) => id === plan.action.id);
    if (action) return action.target;
    throw new FixError('PLAN_CHANGED', `The runbook ${plan.runbook.id} was changed during the checks.`, {
        field: 'runbook',
        cure: FOR_A_NEW_PLAN,
    });
}

function clearedOn(cleared: { host: string; alerts: readonly Plan['alerts'][number][] }[], { hosts }: Plan): FixError {
    const named = cleared.map(
        ({ host, alerts }) =>
            `${host} (${alerts.map(({ labels, startsAt }) => `${labels.alertname ?? 'alert'} since ${startsAt}`).join(', ')})`,
    );
    const left = hosts.filter((host) => !cleared.some((one) => one.host === host));
    return new FixError(
        'ALERT_NOT_FIRING',
        `The alert fired when the fix was planned, and does not fire now, on ${named.join('; ')}.`,
        {
            field: 'alerts',
            cure:
                left.length === 0
                    ? 'Nothing is left to fix; if the alert fires again, a new diagnosis is made.'
                    : `If need be, ${DIAGNOSE_AGAIN} for those whose alert still fires: ${left.join(', ')}.`,
        },
    );
}
