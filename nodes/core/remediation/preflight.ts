import { requireDraft } from '../approval/draft-check';
import { keyIsGone } from '../approval/refusals';
import { FixError } from '../errors';
import { DIAGNOSE_AGAIN, FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import type { Incident } from '../model/incident';
import { type Plan, planDigest, plannedContent, shortSeal } from '../model/plan';
import { contentDifference } from '../model/sealed-content';
import type { UnseenTask } from '../model/unseen';
import { verifySeal } from '../signing/seal';
import { alertsFire } from './alert-check';
import { areEntitled, clockWentOn, isInTime, isSigned, policyIsNoStricter } from './approval-checks';
import { argumentsKeyOf } from './arguments-key';
import { requireDerived, requireWithinLimits } from './derive';
import { dryRunOf } from './dry-run';
import { callsOf, fixOrder, type RemediationParts, type StepControl } from './parts';
import { requireSameShown } from './same-shown';
import type { SealedFix } from './sealed-fix';

/** One check before the run; throws the {@link FixError} of the refusal, with what was approved and what is now. */
export interface Check {
    name: string;
    run(parts: RemediationParts, fix: SealedFix, control: StepControl): Promise<void> | void;
}

/** What is asked of the stored incident itself. Another stage is no refusal: another node has, or had, the incident. */
export function requireApproved(incident: Incident): SealedFix {
    const { id, stage, plan, seal, approval } = incident;
    if (approval?.consumedAt !== undefined || stage === 'running' || stage === 'verifying') {
        throw new FixError(
            'ALREADY_RUN',
            `The fix of ${id} was started at ${approval?.consumedAt ?? 'an unknown time'}; it runs once.`,
            { field: 'incident.stage' },
        );
    }
    if (approval?.state === 'withdrawn')
        throw new FixError('PLAN_WITHDRAWN', approval.reason ?? `The approval of ${id} was withdrawn.`);
    if (stage === 'approved' && plan && seal && approval?.state === 'approved') return { incident, plan, seal };
    const asked =
        stage === 'open' || stage === 'diagnosed' || stage === 'planned' || stage === 'waiting' || stage === 'approved';
    throw new FixError(
        asked ? 'NOT_APPROVED' : 'STAGE_WRONG',
        `Incident ${id} is ${stage}; only an approved fix runs.`,
        {
            field: 'incident.stage',
            cure: 'Connect this node to the first output of approval-gate.',
        },
    );
}

/** The checks in their order, before the hosts are taken: those that start no program. */
export const CHECKS: readonly Check[] = [
    { name: 'seal', run: sealHolds },
    { name: 'approval', run: isSigned },
    { name: 'draft', run: isOurs },
    { name: 'runbook', run: runbookIsSame },
    { name: 'files', run: filesAreSame },
    { name: 'derived', run: isDerived },
    { name: 'clock', run: clockWentOn },
    { name: 'expiry', run: isInTime },
    { name: 'withdrawn', run: isStillApproved },
    { name: 'alert', run: alertsFire },
    { name: 'approver', run: areEntitled },
    { name: 'policy', run: policyIsNoStricter },
];

/** The checks made while the hosts are held, so that of many attempts one asks Ansible. */
export const CHECKS_ON_HELD_HOSTS: readonly Check[] = [
    { name: 'inventory', run: hostsAreSame },
    { name: 'dry run', run: dryRunIsSame },
    { name: 'files', run: filesAreSame },
    { name: 'run folder', run: hasNeverRun },
];

function sealHolds({ keys }: Pick<RemediationParts, 'keys'>, { incident, plan, seal }: SealedFix): void {
    const now = planDigest(plan);
    if (now !== seal.digest)
        throw changed('The plan is not the one that was sealed', shortSeal(seal.digest), shortSeal(now), 'seal');
    if (!keys.knows(seal.keyId)) throw keyIsGone(seal, keys);
    if (verifySeal(plan, seal, keys) && plan.incidentId === incident.id) return;
    throw new FixError(
        'PLAN_SIGNATURE_WRONG',
        'The seal of the plan was not signed by this system for this incident.',
        {
            field: 'seal',
            cure: `Look at the timeline first. ${FOR_A_NEW_PLAN}`,
        },
    );
}

/**
 * Throws unless this system signed both the plan and enough approvals of it. For whoever takes a plan out of the store
 * and acts on it.
 */
export function requireSigned(parts: Pick<RemediationParts, 'keys'>, fix: SealedFix): void {
    sealHolds(parts, fix);
    isSigned(parts, fix);
}

/** A gate of an earlier version did not ask who made the plan. */
function isOurs({ keys }: RemediationParts, { incident, plan }: SealedFix): void {
    requireDraft(incident, plan, keys);
}

function isDerived({ library, timeoutSeconds, forks }: RemediationParts, { incident, plan }: SealedFix): void {
    requireDerived(library, incident, plan);
    requireWithinLimits(plan, { timeoutSeconds, ...(forks === undefined ? {} : { forks }) });
}

/** The approval may have been withdrawn since the checks began. */
async function isStillApproved({ incidents }: RemediationParts, { incident }: SealedFix): Promise<void> {
    requireApproved((await incidents.get(incident.id)).incident);
}

function runbookIsSame({ library }: RemediationParts, { plan }: SealedFix): void {
    const now = library.runbooks().find(({ id }) => id === plan.runbook.id)?.digest;
    if (now === plan.runbook.digest) return;
    throw changed(
        `The runbook ${plan.runbook.id} was changed after the dry run`,
        short(plan.runbook.digest),
        short(now),
        'runbook',
    );
}

async function filesAreSame({ executor }: RemediationParts, { plan }: SealedFix): Promise<void> {
    const now = await executor.seal(callsOf({ ...plan.action, rollback: plan.rollback }));
    const difference = contentDifference(plannedContent(plan), now);
    if (!difference) return;
    const { name, more } = difference;
    throw changed(
        `${name}${more > 0 ? ` and ${more} more` : ''} changed after the dry run`,
        difference.was,
        difference.now,
        `files.${name}`,
    );
}

async function hostsAreSame(parts: RemediationParts, { plan }: SealedFix): Promise<void> {
    const known = await parts.executor.inventory(plannedContent(plan));
    const missing = plan.hosts.filter((host) => !known.has(host));
    if (missing.length > 0 || plan.hosts.length === 0) {
        throw new FixError('HOST_UNKNOWN', `The inventory has no host ${missing.join(', ')} any more.`, {
            field: 'hosts',
            cure: `Put the host back, then ${DIAGNOSE_AGAIN}.`,
        });
    }
    const differing = plan.hosts.find((host) => known.get(host) !== plan.hostVariables[host]);
    if (differing === undefined) return;
    throw changed(
        `The inventory gives ${differing} other variables than at the dry run`,
        short(plan.hostVariables[differing]),
        short(known.get(differing)),
        'hosts',
    );
}

async function dryRunIsSame(parts: RemediationParts, { plan }: SealedFix, control: StepControl): Promise<void> {
    const { executor, incidents, keys } = parts;
    const outcome = await executor.run(
        { ...fixOrder(plan, 'check'), digestKey: argumentsKeyOf(plan.dryRun, keys) },
        {},
        { cancel: AbortSignal.any([control.cancel, control.leave]) },
    );
    const now = dryRunOf(outcome, incidents.now());
    const { ansible, becomes, digest } = plan.dryRun;
    if (now.ansible !== ansible)
        throw changed(
            'Ansible is another version than at the dry run',
            ansible ?? 'unknown',
            now.ansible ?? 'unknown',
            'dryRun.ansible',
        );
    if (usersText(now.becomes) !== usersText(becomes))
        throw changed(
            'The tasks become other users on the hosts than at the dry run',
            usersText(becomes),
            usersText(now.becomes),
            'dryRun.becomes',
        );
    if (now.digest === digest) return requireSameShown(parts, plan, now, outcome.tasks);
    const was = linesOf(plan.dryRun);
    const is = linesOf(now);
    const difference = [...was.filter((line) => !is.includes(line)), '→', ...is.filter((line) => !was.includes(line))];
    throw new FixError(
        'DRY_RUN_DRIFTED',
        `The dry run now shows something else than what was approved (${short(plan.dryRun.digest)} → ${short(now.digest)})${difference.length > 1 ? `: ${difference.join(' ').slice(0, 600)}` : ': a task gets other arguments, or its result is another one.'}`,
        {
            field: 'dryRun',
            cure: `The target has changed meanwhile. ${FOR_A_NEW_PLAN}`,
        },
    );
}

function usersText(users: readonly string[] = []): string {
    return users.join(', ') || 'nobody';
}

function linesOf({ tasks, unseen = [] }: Plan['dryRun']): string[] {
    return [...tasks.map(taskLine), ...unseen.map(unseenLine)];
}

function unseenLine({ hosts, task, why, command, arguments: given }: UnseenTask): string {
    return `[${hosts.join(', ')}: ${task}, ${[why, command ?? given].filter(Boolean).join(', ').slice(0, 300)}]`;
}

function taskLine({ host, task, status, diff }: Plan['dryRun']['tasks'][number]): string {
    return `[${host}: ${task}, ${status}${
        diff === undefined
            ? ''
            : `, ${diff
                  .split('\n')
                  .filter((line) => /^[+-](?![+-])/.test(line))
                  .join(' ')
                  .slice(0, 200)}`
    }]`;
}

async function hasNeverRun(parts: RemediationParts, { incident, plan }: SealedFix): Promise<void> {
    const timeline = await parts.incidents.store.timeline(incident.id);
    const before = timeline.find(({ type, data }) => type === 'run.intended' && data?.nonce === plan.nonce);
    if (before) {
        throw new FixError(
            'ALREADY_RUN',
            `The timeline says that this plan was started at ${before.at} before, though the incident does not say so.`,
            {
                field: 'plan.nonce',
                cure: 'Look at the timeline and at the hosts: somebody or something has written into the store.',
            },
        );
    }
    if (!(await parts.executor.hasRun(plan.nonce))) return;
    throw new FixError(
        'ALREADY_RUN',
        'This plan has been run by this executor before, though the store does not know of it.',
        {
            field: 'plan.nonce',
            cure: `Look at the log of run ${plan.nonce}; the store may be an old copy.`,
        },
    );
}

function changed(what: string, was: string, now: string, field: string): FixError {
    return new FixError('PLAN_CHANGED', `${what}: ${was} → ${now}.`, { field, cure: FOR_A_NEW_PLAN });
}

function short(digest: string | undefined): string {
    return digest?.slice(0, 8) ?? 'missing';
}
