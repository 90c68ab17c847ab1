import { canonicalJson, sha256 } from '../text/json';
import type { ApprovalTerms } from './approval';
import type { Identity } from './identity';
import type { TaskResult } from './run';
import type { ParameterValue, PlaybookCall, Risk, VerifySpec } from './runbook';
import type { SealedContent } from './sealed-content';
import type { Signature } from './signature';
import type { UnseenTask } from './unseen';

/** What is sealed of a preview; its text lies in the store under the plan's nonce. */
export interface Preview {
    /** SHA-256 of the text. */
    digest: string;
    characters: number;
    lines: number;
    /** How many parts were redacted. */
    redacted: number;
    /** The incident itself holds less than this: its tasks are bounded. */
    cut?: true;
}

/** Names a key that is made of a signing key: `keyId` is that one's, `salt` the incident's id. */
export interface ArgumentsKey {
    keyId: string;
    salt: string;
}

/** What check mode predicts. Two dry runs are the same when their `digest` is. */
export interface DryRun {
    /** Tasks that would change something, or failed, in the order of the playbook; with their diff. */
    tasks: TaskResult[];
    /** Tasks that check mode could not show; absent in plans of earlier versions. */
    unseen?: UnseenTask[];
    /** Where all of it is kept, uncut; absent in plans of earlier versions. */
    preview?: Preview;
    /** How many tasks were looked at, by host. */
    hosts: Record<string, { ok: number; changed: number; failed: number; unreachable: number; skipped: number }>;
    /** Version of ansible-core. */
    ansible?: string;
    /** Users that its tasks become on the hosts. */
    becomes?: string[];
    /** SHA-256 over host, task, changed, diff and arguments of each task: what drift is measured by. */
    digest: string;
    /** Makes the key of the digests of arguments; absent in plans of earlier versions, which do not cover arguments. */
    argumentsKey?: ArgumentsKey;
    at: string;
}

/** An alert of a plan, as it was when the plan was made. */
export interface PlannedAlert {
    fingerprint: string;
    startsAt: string;
    labels: Record<string, string>;
    /** Its texts; absent in plans of earlier versions. */
    annotations?: Record<string, string>;
}

/** What a card says above the buttons about the incident of a plan, as it was when the plan was made. */
export interface PlanAbout {
    severity: string;
    cluster: string;
    team: string;
    labels: Record<string, string>;
    openedAt: string;
    previous?: string;
    /** A storm's digest. */
    storm?: boolean;
    requestedBy?: Identity;
    /** SHA-256 of the diagnosis: cause, evidence, proposal. */
    diagnosis: string;
    /** SHA-256 of the similar incidents. */
    similar: string;
}

/**
 * The exact run: all that decides what happens. The seal covers every member, so whatever is added here is
 * shown to and approved by a person.
 */
export interface Plan {
    incidentId: string;
    alerts: PlannedAlert[];
    /** Absent in plans of earlier versions, which nobody can approve any more. */
    about?: PlanAbout;
    runbook: { id: string; digest: string };
    /** `approval`: what the runbook tells the approver. */
    action: { id: string; title: string; risk: Risk; approval?: string } & PlaybookCall;
    parameters: Record<string, ParameterValue>;
    hosts: string[];
    /** SHA-256 of the inventory's variables of each host, so that a dynamic inventory cannot lead the run elsewhere. */
    hostVariables: Record<string, string>;
    /** {@link SealedContent.kind}; absent in plans of earlier versions, which are all for Ansible. */
    executor?: string;
    /** {@link SealedContent.inventory}; absent in plans of earlier versions. */
    inventory?: string;
    /** {@link SealedContent.digests}: the fix runs from exactly these parts. For Ansible every file it may read. */
    files: Record<string, string>;
    dryRun: DryRun;
    rollback?: PlaybookCall;
    verify: VerifySpec;
    /** Seconds after which the run is cancelled. */
    timeoutSeconds: number;
    /** Hosts at a time; absent: as Ansible has it. */
    forks?: number;
    /** Single use; also the id of the run. */
    nonce: string;
    madeAt: string;
    /** Set by the approval gate when it seals the plan. */
    terms?: ApprovalTerms;
}

/** The members of a plan that say which content it is for. */
export type PlannedContent = Pick<Plan, 'executor' | 'inventory' | 'files'>;

/** The sealed content as a plan keeps it. */
export function toPlan({ kind, inventory, digests }: SealedContent): PlannedContent {
    return { executor: kind, inventory, files: digests };
}

/** The content that a plan is for. A plan that does not name its inventory has none: no content is like that. */
export function plannedContent({ executor = 'ansible', inventory, files }: PlannedContent): SealedContent {
    if (inventory === undefined) return { kind: executor, inventory: 'unknown', digests: {} };
    return { kind: executor, inventory, digests: files };
}

/** SHA-256 over the canonical JSON of the plan, and its signature. */
export interface Seal extends Signature {
    digest: string;
}

/** SHA-256 over the canonical JSON of the plan without its terms, signed by the dry run that made it. */
export interface Draft extends Signature {
    digest: string;
}

/** The digest a seal must have for this plan. */
export function planDigest(plan: Plan): string {
    return sha256(canonicalJson(plan));
}

/** What the card shows of a seal. */
export function shortSeal(digest: string): string {
    return digest.slice(0, 8);
}
