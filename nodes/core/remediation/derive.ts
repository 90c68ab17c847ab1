import { plannedAlert } from '../approval/as-sealed';
import { namedByLabel, propose, requireAction } from '../diagnosis/propose';
import { FixError, failureText } from '../errors';
import { FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import { sharedLabels } from '../incident/labels';
import type { Diagnosis, Proposal } from '../model/diagnosis';
import type { Alert, Incident } from '../model/incident';
import type { Plan } from '../model/plan';
import type { Action, Runbook, RunbookLibrary } from '../model/runbook';
import { matchingAlerts } from '../runbook/choose';
import { fillQuery } from '../runbook/promql';
import { canonicalJson } from '../text/json';
import { callOf } from './parts';

/** What of a plan follows from runbook, diagnosis and alerts alone, whoever asks and whenever. */
export type DerivedPlan = Pick<Plan, 'runbook' | 'action' | 'alerts' | 'parameters' | 'hosts' | 'rollback' | 'verify'>;

/** From what a plan is derived. */
export interface DerivedFrom {
    runbooks: readonly Runbook[];
    diagnosis: Diagnosis | undefined;
    alerts: readonly Alert[];
}

/** The action that a diagnosis proposes. Throws `STAGE_WRONG` without a proposal, or `ACTION_UNKNOWN`. */
export function proposedAction({ runbooks, diagnosis }: Omit<DerivedFrom, 'alerts'>): {
    runbook: Runbook;
    action: Action;
} {
    const proposal = diagnosis?.proposal;
    if (!proposal) throw new FixError('STAGE_WRONG', 'There is no proposal.');
    const runbook = requireRunbook(runbooks, proposal.runbook);
    return { runbook, action: requireAction(runbook, proposal.action) };
}

/**
 * The part of a plan that follows from its ground: each parameter fits its spec, each host is named by an alert, or by
 * cited evidence that may name one. Throws what {@link propose} throws when the proposal does not hold.
 */
export function derivePlan(from: DerivedFrom, inventoryHosts: readonly string[]): DerivedPlan {
    const { runbook, action } = proposedAction(from);
    const { proposal, evidence, citations } = from.diagnosis as Diagnosis & { proposal: Proposal };
    const ground = { alerts: [...from.alerts] };
    const found = propose(runbook, action, proposal.parameters, {
        incident: ground,
        inventoryHosts,
        cited: evidence.filter(({ id }) => citations.includes(id)),
    });
    const alerts = matchingAlerts(runbook, ground);
    const { check, withinSeconds } = action.verify;
    return {
        alerts: alerts.map(plannedAlert),
        runbook: { id: runbook.id, digest: runbook.digest },
        action: {
            id: action.id,
            title: action.title,
            risk: action.risk,
            ...(action.approval === undefined ? {} : { approval: action.approval }),
            ...callOf(action),
        },
        parameters: found.parameters,
        hosts: proposedHosts(proposal, found),
        ...(action.rollback === undefined ? {} : { rollback: callOf(action.rollback) }),
        verify: { withinSeconds, ...(check === undefined ? {} : { check: fillQuery(check, sharedLabels(alerts)) }) },
    };
}

/** What a node allows of a plan. */
export interface Limits {
    timeoutSeconds: number;
    forks?: number;
}

const FIELDS = ['runbook', 'action', 'alerts', 'parameters', 'hosts', 'rollback', 'verify'] as const;

/**
 * The plan of an incident must be what its runbook, its diagnosis and its alerts come to, once more: whatever the store
 * says, and whoever sealed it. Throws `PLAN_CHANGED` with the field that differs.
 */
export function requireDerived(library: Pick<RunbookLibrary, 'runbooks'>, { diagnosis }: Incident, plan: Plan): void {
    const now = derivedAgain({ runbooks: library.runbooks(), diagnosis, alerts: plan.alerts.map(asFiring) }, plan);
    for (const field of FIELDS) requireSame(field, plan[field], now[field]);
    const stranger = dryRunHosts(plan).find((host) => !plan.hosts.includes(host));
    if (stranger !== undefined) throw differs('dryRun.hosts', stranger, plan.hosts.join(', '));
}

/** The limits of a plan are within those of the node that runs it. Throws `PLAN_CHANGED`. */
export function requireWithinLimits(plan: Plan, limits: Limits): void {
    if (plan.timeoutSeconds > limits.timeoutSeconds)
        throw beyond('timeoutSeconds', 'a time limit', `${plan.timeoutSeconds} s`, `${limits.timeoutSeconds} s`);
    if ((plan.forks ?? 0) > (limits.forks ?? plan.forks ?? 0))
        throw beyond('forks', 'hosts at a time', `${plan.forks}`, `${limits.forks}`);
}

/** The inventory is asked elsewhere: here a planned host is known, and so is each that an alert names. */
function derivedAgain(from: DerivedFrom, plan: Plan): DerivedPlan {
    try {
        const { action } = proposedAction(from);
        return derivePlan(from, [...new Set([...plan.hosts, ...namedByLabel(action, from.alerts)])]);
    } catch (thrown) {
        throw new FixError('PLAN_CHANGED', `The plan does not follow from its runbook: ${failureText(thrown)}`, {
            field: 'plan',
            cure: FOR_A_NEW_PLAN,
        });
    }
}

function asFiring({ annotations = {}, ...alert }: Plan['alerts'][number]): Alert {
    return { ...alert, annotations, status: 'firing' };
}

function dryRunHosts({ dryRun: { hosts, tasks, unseen = [] } }: Plan): string[] {
    return [...Object.keys(hosts), ...tasks.map(({ host }) => host), ...unseen.flatMap((task) => task.hosts)];
}

/** Names the first member that differs, where the field has members. */
function requireSame(field: string, was: unknown, now: unknown): void {
    if (canonicalJson(was ?? null) === canonicalJson(now ?? null)) return;
    if (isRecord(was) && isRecord(now))
        for (const name of new Set([...Object.keys(was), ...Object.keys(now)]))
            requireSame(`${field}.${name}`, memberOf(was, name), memberOf(now, name));
    throw differs(field, valueText(was), valueText(now));
}

function isRecord(value: unknown): value is Record<string, unknown> {
    return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function memberOf(value: Record<string, unknown>, name: string): unknown {
    return Object.hasOwn(value, name) ? value[name] : undefined;
}

function valueText(value: unknown): string {
    return value === undefined ? 'nothing' : canonicalJson(value).slice(0, 200);
}

function differs(field: string, was: string, now: string): FixError {
    return new FixError(
        'PLAN_CHANGED',
        `The plan says another ${field} than its runbook and alerts: ${was} → ${now}.`,
        {
            field,
            cure: FOR_A_NEW_PLAN,
        },
    );
}

function beyond(field: string, what: string, planned: string, allowed: string): FixError {
    return new FixError('PLAN_CHANGED', `The plan has ${what} of ${planned}; this node allows ${allowed}.`, {
        field,
        cure: `Give the nodes for dry run and run the same limits. ${FOR_A_NEW_PLAN}`,
    });
}

function requireRunbook(runbooks: readonly Runbook[], id: string): Runbook {
    const runbook = runbooks.find((candidate) => candidate.id === id);
    if (runbook) return runbook;
    throw new FixError('ACTION_UNKNOWN', `The library has no runbook "${id.slice(0, 100)}" any more.`, {
        field: 'proposal.runbook',
        cure: FOR_A_NEW_PLAN,
    });
}

/** Of the hosts whose alerts fire now those that were proposed: a plan never goes beyond its diagnosis. */
function proposedHosts(proposal: Proposal, now: Proposal): string[] {
    const hosts = now.hosts.filter((host) => proposal.hosts.includes(host));
    if (hosts.length > 0) return hosts;
    throw new FixError(
        'TARGET_NOT_IN_EVIDENCE',
        `The fix was proposed for ${proposal.hosts.join(', ') || 'no host'}; the alert fires on ${now.hosts.join(', ')} now.`,
        {
            field: 'proposal.hosts',
            cure: FOR_A_NEW_PLAN,
        },
    );
}
