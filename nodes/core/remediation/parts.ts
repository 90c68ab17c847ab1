import type { AlertSource, MetricsSource } from '../diagnosis/ports';
import { FixError } from '../errors';
import type { GroupDirectory, Policy } from '../model/approval';
import type { FlowPosition, Incident } from '../model/incident';
import { type Plan, plannedContent } from '../model/plan';
import type { PlaybookCall, RunbookLibrary } from '../model/runbook';
import type { KeyRing } from '../signing/keys';
import type { Incidents } from '../store/incidents';
import type { FixExecutor, RunOrder } from './ports';

/** Outputs of an executor node, counted from 0. */
export const SUCCEEDED = 0;
export const NOT_SUCCEEDED = 1;

/** What planning, running and recovering need. */
export interface RemediationParts {
    incidents: Incidents;
    executor: FixExecutor;
    library: RunbookLibrary;
    keys: KeyRing;
    /** Wall-clock limit of one playbook, seconds. */
    timeoutSeconds: number;
    /** Hosts at a time in a new plan; absent: the executor's default. */
    forks?: number;
    /** Absent: the stored incident tells whether its alerts fire. */
    alerts?: AlertSource;
    /** Needed for verification by PromQL. */
    metrics?: MetricsSource;
    /** The policy of this gate as it is deployed now; undefined when the gate is not. */
    policyOf(gate: string): Policy | undefined;
    /** Who belongs to the groups that the terms of this gate name. */
    directoryOf(gate: string): GroupDirectory | undefined;
    positions: { working(): FlowPosition; sent(output: number): FlowPosition };
    /** Called at each step, with a short text. */
    progress(incident: Incident, text: string): void;
    /** Seconds between two looks at the alert during verification. */
    pollSeconds: number;
}

/** How a step is ended from outside. */
export interface StepControl {
    /** A person cancels the fix. */
    cancel: AbortSignal;
    /** The node closes: stop and write nothing; the step is carried on later. */
    leave: AbortSignal;
}

/** Thrown when a step is left; nothing is written then. */
function leftStep(): FixError {
    return new FixError('CANCELLED', 'The node was closed during this step; it is carried on when the node is back.');
}

/** Throws when the node is closing. */
export function requireStaying({ leave }: Pick<StepControl, 'leave'>): void {
    if (leave.aborted) throw leftStep();
}

/** A fault of ours or of the store, which says nothing about the fix: it is reported, and the step stays open. */
export function isOurFault(error: FixError): boolean {
    return error.code === 'STORE_DOWN' || error.code === 'STORE_CONFLICT' || error.code === 'INTERNAL';
}

/** What every start of a playbook for a plan has in common. */
function sealedOrder(plan: Plan): Omit<RunOrder, 'purpose' | 'call'> {
    const { nonce, hosts, parameters, timeoutSeconds, forks } = plan;
    return {
        nonce,
        content: plannedContent(plan),
        hosts,
        parameters,
        timeoutSeconds,
        ...(forks === undefined ? {} : { forks }),
    };
}

/** The order of the fix itself, or of a check of it. */
export function fixOrder(plan: Plan, purpose: 'run' | 'check'): RunOrder {
    return { ...sealedOrder(plan), call: callOf(plan.action), purpose };
}

/** The order of the sealed rollback; undefined when the plan has none. */
export function rollbackOrder(plan: Plan): RunOrder | undefined {
    return plan.rollback && { ...sealedOrder(plan), call: plan.rollback, purpose: 'rollback' };
}

/** The call of an action, without what else is known of the action. */
export function callOf({ playbook, tags }: PlaybookCall): PlaybookCall {
    return { playbook, ...(tags === undefined ? {} : { tags }) };
}

/** All playbooks that a plan with this action may call. */
export function callsOf(action: PlaybookCall & { rollback?: PlaybookCall }): PlaybookCall[] {
    return [callOf(action), ...(action.rollback ? [callOf(action.rollback)] : [])];
}
