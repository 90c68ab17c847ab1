import type { AlertSource, MetricsSource } from '../diagnosis/ports';
import { FixError } from '../errors';
import type { GroupDirectory, Policy } from '../model/approval';
import type { FlowPosition, Incident } from '../model/incident';
import { type Plan, plannedVersion } from '../model/plan';
import type { RunbookLibrary } from '../model/runbook';
import { type SealedLibrary, sealedLibrary } from '../model/sealed-library';
import type { KeyRing } from '../signing/keys';
import type { Incidents } from '../store/incidents';
import type { PlaybookExecutor, PlaybookRun } from './ports';

/** Outputs of an executor node, counted from 0. */
export const SUCCEEDED = 0;
export const NOT_SUCCEEDED = 1;

/** What planning, running and recovering need. */
export interface RemediationParts {
    incidents: Incidents;
    executor: PlaybookExecutor;
    library: RunbookLibrary;
    keys: KeyRing;
    /** Absolute path of the folder for work folders of runs. */
    runsFolder: string;
    /** Absolute path of the folder for private copies of libraries. */
    sealedFolder: string;
    /** Wall-clock limit of one playbook, seconds. */
    timeoutSeconds: number;
    /** Hosts at a time in a new plan; absent: as Ansible has it. */
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
    /** Told at each step, with a short text. */
    progress(incident: Incident, text: string): void;
    /** Seconds between two looks at the alert during verification. */
    pollSeconds: number;
}

/** How a step is ended from outside. */
export interface StepControl {
    /** A person cancels the fix. */
    cancel: AbortSignal;
    /** The node closes: stop without a word, the step is carried on later. */
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

/** The copy of the library that a plan is for. */
export function libraryOf(
    { library, sealedFolder }: Pick<RemediationParts, 'library' | 'sealedFolder'>,
    plan: Plan,
): SealedLibrary {
    return sealedLibrary(plannedVersion(plan), library.folder, sealedFolder);
}

/** What every call of Ansible for a plan has in common. */
export function sealedRun(
    parts: Pick<RemediationParts, 'library' | 'sealedFolder'>,
    plan: Plan,
): Pick<PlaybookRun, 'library' | 'hosts' | 'parameters' | 'timeoutSeconds' | 'forks'> {
    const { hosts, parameters, timeoutSeconds, forks } = plan;
    return {
        library: libraryOf(parts, plan),
        hosts,
        parameters,
        timeoutSeconds,
        ...(forks === undefined ? {} : { forks }),
    };
}

/** Folder of the run of a plan; that it exists means that the plan was run. */
export function runFolder({ runsFolder }: Pick<RemediationParts, 'runsFolder'>, { nonce }: { nonce: string }): string {
    return `${runsFolder}/${nonce}`;
}
