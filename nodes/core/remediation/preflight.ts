import { existsSync } from 'node:fs';
import path from 'node:path';
import { validApprovals } from '../approval/decision';
import { isEntitled } from '../approval/entitled';
import { NEEDED, termsFor } from '../approval/policy';
import { verifySeal } from '../approval/seal';
import { FixError } from '../errors';
import { identityText } from '../identity';
import type { Incident } from '../incident/incident';
import { alertStateOf } from './alert-state';
import { dryRunOf } from './dry-run';
import { runFolder, type RemediationParts, type StepControl } from './parts';
import { planDigest, shortSeal, type Plan, type Seal } from './plan';

/** A plan that passed a check before the run, with what the next checks need. */
export interface SealedFix {
    incident: Incident;
    plan: Plan;
    seal: Seal;
}

/** One check before the run; throws the {@link FixError} of the refusal, with what was approved and what is now. */
export interface Check {
    name: string;
    run(parts: RemediationParts, fix: SealedFix, control: StepControl): Promise<void> | void;
}

/** What is asked of the stored incident itself. Another stage is no refusal: another node has, or had, the incident. */
export function requireApproved(incident: Incident): SealedFix {
    const { id, stage, plan, seal, approval } = incident;
    if (approval?.consumedAt !== undefined || stage === 'running' || stage === 'verifying') {
        throw new FixError('ALREADY_RUN', `The fix of ${id} was started at ${approval?.consumedAt ?? 'an unknown time'}; it runs once.`, { field: 'incident.stage' });
    }
    if (approval?.state === 'withdrawn') throw new FixError('PLAN_WITHDRAWN', approval.reason ?? `The approval of ${id} was withdrawn.`);
    if (stage === 'approved' && plan && seal && approval?.state === 'approved') return { incident, plan, seal };
    const asked = stage === 'open' || stage === 'diagnosed' || stage === 'planned' || stage === 'waiting' || stage === 'approved';
    throw new FixError(asked ? 'NOT_APPROVED' : 'STAGE_WRONG', `Incident ${id} is ${stage}; only an approved fix runs.`, {
        field: 'incident.stage',
        cure: 'Connect this node to the first output of approval-gate.',
    });
}

/** The checks in their order, before the hosts are taken: those that start no program. */
export const CHECKS: readonly Check[] = [
    { name: 'seal', run: sealHolds },
    { name: 'approval', run: isApproved },
    { name: 'policy', run: policyIsNoStricter },
    { name: 'expiry', run: isInTime },
    { name: 'runbook', run: runbookIsSame },
    { name: 'files', run: filesAreSame },
    { name: 'alert', run: alertFires },
];

/** The checks made while the hosts are held, so that of many attempts one asks Ansible. */
export const CHECKS_ON_HELD_HOSTS: readonly Check[] = [
    { name: 'inventory', run: hostsAreSame },
    { name: 'dry run', run: dryRunIsSame },
    { name: 'files', run: filesAreSame },
    { name: 'run folder', run: hasNeverRun },
];

function sealHolds({ keys }: RemediationParts, { incident, plan, seal }: SealedFix): void {
    const now = planDigest(plan);
    if (now !== seal.digest) throw changed('The plan is not the one that was sealed', shortSeal(seal.digest), shortSeal(now), 'seal');
    if (verifySeal(plan, seal, keys) && plan.incidentId === incident.id) return;
    throw new FixError('PLAN_SIGNATURE_WRONG', 'The seal of the plan was not signed by this system for this incident.', {
        field: 'seal',
        cure: 'Do not run it; look at the timeline, and start the diagnosis again.',
    });
}

async function isApproved({ keys, directoryOf }: RemediationParts, { incident, plan }: SealedFix): Promise<void> {
    const { terms } = plan;
    if (!terms || terms.decision === 'deny') throw new FixError('POLICY_DENIED', 'The sealed plan carries no terms that allow it to run.', { field: 'approval' });
    const decisions = validApprovals(incident, keys);
    const needed = Math.max(1, NEEDED[terms.decision]);
    if (decisions.length < needed) {
        throw new FixError('NOT_APPROVED', `The plan needs ${needed} signed ${needed === 1 ? 'approval' : 'approvals'} of this seal; it has ${decisions.length}.`, { field: 'approval.decisions' });
    }
    if (terms.decision === 'automatic') {
        if (decisions.some(({ by }) => by.platform === 'policy' && by.id === terms.rule)) return;
        throw new FixError('NOT_ENTITLED', `Rule "${terms.rule}" has not approved this plan.`, { field: 'approval.decisions' });
    }
    const directory = directoryOf(terms.gate);
    const entitled = await Promise.all(decisions.map(({ by }) => isEntitled(by, terms.approvers, directory)));
    if (entitled.filter(Boolean).length >= needed) return;
    const former = decisions.filter((_decision, index) => !entitled[index]).map(({ by }) => identityText(by));
    throw new FixError('NOT_ENTITLED', `${former.join(', ')} approved, and may not approve now; the terms name ${terms.approvers.join(', ') || 'nobody'}.`, { field: 'approval.decisions' });
}

/** The approvals must also satisfy the policy as it is deployed now, for the moment at which the terms were set. */
async function policyIsNoStricter({ keys, policyOf, directoryOf }: RemediationParts, { incident, plan }: SealedFix): Promise<void> {
    const gate = plan.terms?.gate ?? '';
    const policy = policyOf(gate);
    if (!policy) throw stricter('The approval gate that set the terms of this plan is not deployed here any more.');
    const now = termsFor(policy, incident, plan, new Date(incident.approval?.since ?? plan.madeAt), gate);
    if (now.decision === 'deny') throw stricter(`The approval gate was changed after the approval: ${now.reason ?? 'it denies this fix.'}`);
    if (now.decision === 'automatic') return;
    const needed = NEEDED[now.decision];
    const entitled = await Promise.all(validApprovals(incident, keys).map(({ by }) => isEntitled(by, now.approvers, directoryOf(gate))));
    const given = entitled.filter(Boolean).length;
    if (given >= needed) return;
    throw stricter(`The approval gate was changed after the approval: rule "${now.rule}" asks for ${needed} of ${now.approvers.join(', ')} now, and ${given} of them approved.`);
}

function stricter(message: string): FixError {
    return new FixError('POLICY_STRICTER', message, { field: 'approval', cure: 'Start the diagnosis again, so that it is approved under the present policy.' });
}

function isInTime({ incidents }: RemediationParts, { plan }: SealedFix): void {
    const expiresAt = plan.terms?.expiresAt ?? plan.madeAt;
    const now = incidents.now();
    if (now < new Date(expiresAt)) return;
    throw new FixError('PLAN_EXPIRED', `The approval expired at ${expiresAt}; it is ${now.toISOString()} now.`, { field: 'approval', cure: 'Start the diagnosis again for a new plan.' });
}

function runbookIsSame({ library }: RemediationParts, { plan }: SealedFix): void {
    const now = library.runbooks().find(({ id }) => id === plan.runbook.id)?.digest;
    if (now === plan.runbook.digest) return;
    throw changed(`The runbook ${plan.runbook.id} was changed after the dry run`, short(plan.runbook.digest), short(now), 'runbook');
}

async function filesAreSame(parts: RemediationParts, { plan }: SealedFix): Promise<void> {
    await requireSealedFiles(parts, plan);
}

/** Throws `PLAN_CHANGED` unless every file that Ansible may read is the one that was sealed. */
export async function requireSealedFiles({ executor, library }: RemediationParts, plan: Plan): Promise<void> {
    const now = await executor.fileDigests(library.folder, library.inventory);
    const names = [...new Set([...Object.keys(plan.files), ...Object.keys(now)])].sort();
    const differing = names.filter((name) => plan.files[name] !== now[name]);
    const [first] = differing;
    if (first === undefined) return;
    const more = differing.length > 1 ? ` and ${differing.length - 1} more` : '';
    throw changed(`${first}${more} changed after the dry run`, short(plan.files[first]), short(now[first]), `files.${first}`);
}

async function hostsAreSame({ executor, library }: RemediationParts, { plan }: SealedFix): Promise<void> {
    const known = await executor.inventory(library.folder, library.inventory);
    const missing = plan.hosts.filter((host) => !known.has(host));
    if (missing.length > 0 || plan.hosts.length === 0) {
        throw new FixError('HOST_UNKNOWN', `The inventory has no host ${missing.join(', ')} any more.`, { field: 'hosts', cure: 'Put the host back, or start the diagnosis again.' });
    }
    const differing = plan.hosts.find((host) => known.get(host) !== plan.hostVariables[host]);
    if (differing === undefined) return;
    throw changed(`The inventory gives ${differing} other variables than at the dry run`, short(plan.hostVariables[differing]), short(known.get(differing)), 'hosts');
}

async function alertFires(parts: RemediationParts, { plan }: SealedFix): Promise<void> {
    const { state, reason } = await alertStateOf(parts, plan);
    if (state === 'firing') return;
    if (state === 'cleared') throw new FixError('ALERT_NOT_FIRING', 'The alert fired when the fix was planned, and does not fire now.', { field: 'alerts' });
    throw new FixError('ALERT_STATE_UNKNOWN', `It cannot be known whether the alert still fires: ${reason ?? 'no answer'}.`, { field: 'alerts', cure: 'Bring Alertmanager back, and start the diagnosis again.' });
}

async function dryRunIsSame(parts: RemediationParts, { plan }: SealedFix, control: StepControl): Promise<void> {
    const { executor, library, incidents } = parts;
    const outcome = await executor.run({
        folder: library.folder, inventory: library.inventory, call: plan.action, hosts: plan.hosts, parameters: plan.parameters, mode: 'check',
        timeoutSeconds: plan.timeoutSeconds, workFolder: `${runFolder(parts, plan)}-check-${incidents.now().getTime()}`,
    }, {}, { cancel: AbortSignal.any([control.cancel, control.leave]) });
    const now = dryRunOf(outcome, incidents.now());
    if (now.digest === plan.dryRun.digest) return;
    const was = plan.dryRun.tasks.map(taskLine);
    const is = now.tasks.map(taskLine);
    const difference = [...was.filter((line) => !is.includes(line)), '→', ...is.filter((line) => !was.includes(line))];
    throw new FixError('DRY_RUN_DRIFTED', `The dry run now shows something else than what was approved (${short(plan.dryRun.digest)} → ${short(now.digest)})${difference.length > 1 ? `: ${difference.join(' ').slice(0, 600)}` : '.'}`, {
        field: 'dryRun',
        cure: 'The target has changed meanwhile; start the diagnosis again for a new plan.',
    });
}

function taskLine({ host, task, status, diff }: Plan['dryRun']['tasks'][number]): string {
    return `[${host}: ${task}, ${status}${diff === undefined ? '' : `, ${diff.split('\n').filter((line) => /^[+-](?![+-])/.test(line)).join(' ').slice(0, 200)}`}]`;
}

function hasNeverRun(parts: RemediationParts, { plan }: SealedFix): void {
    if (!existsSync(runFolder(parts, plan))) return;
    throw new FixError('ALREADY_RUN', 'This plan has been run on this machine before, though the store does not know of it.', {
        field: 'plan.nonce',
        cure: `Look at the log in ${path.basename(runFolder(parts, plan))} of the runs folder; the store may be an old copy.`,
    });
}

function changed(what: string, was: string, now: string, field: string): FixError {
    return new FixError('PLAN_CHANGED', `${what}: ${was} → ${now}.`, { field, cure: 'Start the diagnosis again, so that the changed plan is approved.' });
}

function short(digest: string | undefined): string {
    return digest?.slice(0, 8) ?? 'missing';
}
