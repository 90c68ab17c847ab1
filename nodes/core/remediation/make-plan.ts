import path from 'node:path';
import type { Proposal } from '../diagnosis/diagnosis';
import { sharedLabels } from '../incident/labels';
import { propose, requireAction } from '../diagnosis/propose';
import { asFixError, FixError } from '../errors';
import { movingTo } from '../incident/flow';
import { newNonce } from '../incident/id';
import type { Incident } from '../incident/incident';
import { matchingAlerts } from '../runbook/choose';
import { fillQuery } from '../runbook/promql';
import type { Action, Runbook } from '../runbook/runbook';
import type { Rule } from '../store/incidents';
import { dryRunOf } from './dry-run';
import { isOurFault, NOT_SUCCEEDED, requireStaying, SUCCEEDED, type RemediationParts, type StepControl } from './parts';
import type { Plan } from './plan';
import { previewOf } from './preview';
import { digestOf } from './sealed-library';

const BY = 'node:ansible-exec';

/**
 * The dry run: turns the proposal of a diagnosed incident into a plan, or into stage `failed` with the reason. Throws
 * `STAGE_WRONG` when there is nothing to plan, and what the store throws.
 */
export async function makePlan(parts: RemediationParts, incidentId: string, control: StepControl): Promise<Incident> {
    const { incidents, positions } = parts;
    const started = await incidents.change(incidentId, movingTo(positions.working(), starting));
    parts.progress(started, 'The dry run has begun.');
    try {
        const plan = await planFor(parts, started, control);
        requireStaying(control);
        return await incidents.change(incidentId, movingTo(positions.sent(SUCCEEDED), planned(plan)));
    } catch (thrown) {
        const error = asFixError(thrown);
        requireStaying(control);
        if (isOurFault(error)) throw error;
        return await incidents.change(incidentId, movingTo(positions.sent(NOT_SUCCEEDED), notPlanned(error)));
    }
}

const starting: Rule = (incident) => {
    requirePlannable(incident);
    return { incident, entries: [{ type: 'plan.started', by: BY, text: 'The dry run has begun.' }] };
};

function requirePlannable(incident: Incident): void {
    const { id, stage, diagnosis } = incident;
    if ((stage === 'diagnosed' || stage === 'planned') && diagnosis?.proposal) return;
    const why = stage === 'diagnosed' || stage === 'planned' ? 'has no proposed action' : `is ${stage}`;
    throw new FixError('STAGE_WRONG', `Incident ${id} ${why}; a dry run needs a diagnosis with a proposal.`, {
        field: 'incident.stage',
        cure: 'Connect this node to the first output of llm-diagnose.',
    });
}

async function planFor(parts: RemediationParts, incident: Incident, control: StepControl): Promise<Plan> {
    const { executor, library, timeoutSeconds, forks } = parts;
    const diagnosis = incident.diagnosis;
    const proposal = diagnosis?.proposal;
    if (!diagnosis || !proposal) throw new FixError('STAGE_WRONG', 'There is no proposal.');
    const runbook = requireRunbook(library.runbooks(), proposal.runbook);
    const action = requireAction(runbook, proposal.action);
    const sealed = await executor.sealedCopy(library.folder, library.inventory, parts.sealedFolder);
    requirePlaybooks(action, sealed.version.files);
    const inventory = await executor.inventory(sealed);
    const found = propose(runbook, action, proposal.parameters, {
        incident,
        inventoryHosts: [...inventory.keys()],
        evidenceText: diagnosis.evidence.filter(({ id }) => diagnosis.citations.includes(id)).map(({ result }) => result).join('\n'),
    });
    const { parameters } = found;
    const hosts = proposedHosts(proposal, found);
    const nonce = newNonce();
    const call = callOf(action);
    const outcome = await executor.run({
        library: sealed, call, hosts, parameters, mode: 'check', timeoutSeconds, ...(forks === undefined ? {} : { forks }),
        workFolder: path.join(parts.runsFolder, `dry-${nonce}`),
    }, {}, { cancel: AbortSignal.any([control.cancel, control.leave]) });
    const now = parts.incidents.now();
    const alerts = matchingAlerts(runbook, incident);
    const { check, withinSeconds } = action.verify;
    const dryRun = dryRunOf(outcome, now);
    const { text, preview } = previewOf(outcome.tasks);
    await parts.incidents.store.keepPreview(incident.id, nonce, text);
    return {
        incidentId: incident.id,
        alerts: alerts.map(({ fingerprint, startsAt, labels }) => ({ fingerprint, startsAt, labels })),
        runbook: { id: runbook.id, digest: runbook.digest },
        action: { id: action.id, title: action.title, risk: action.risk, ...(action.approval === undefined ? {} : { approval: action.approval }), ...call },
        parameters,
        hosts,
        hostVariables: Object.fromEntries(hosts.map((host) => [host, inventory.get(host) ?? ''])),
        ...sealed.version,
        dryRun: { ...dryRun, preview },
        ...(action.rollback === undefined ? {} : { rollback: callOf(action.rollback) }),
        verify: { withinSeconds, ...(check === undefined ? {} : { check: fillQuery(check, sharedLabels(alerts)) }) },
        timeoutSeconds,
        ...(forks === undefined ? {} : { forks }),
        nonce,
        madeAt: now.toISOString(),
    };
}

function callOf({ playbook, tags }: Pick<Action, 'playbook' | 'tags'>): Pick<Action, 'playbook' | 'tags'> {
    return { playbook, ...(tags === undefined ? {} : { tags }) };
}

function requireRunbook(runbooks: readonly Runbook[], id: string): Runbook {
    const runbook = runbooks.find((candidate) => candidate.id === id);
    if (runbook) return runbook;
    throw new FixError('ACTION_UNKNOWN', `The library has no runbook "${id.slice(0, 100)}" any more.`, {
        field: 'proposal.runbook',
        cure: 'Start the diagnosis again.',
    });
}

/** Of the hosts whose alerts fire now those that were proposed: a plan never goes beyond its diagnosis. */
function proposedHosts(proposal: Proposal, now: Proposal): string[] {
    const hosts = now.hosts.filter((host) => proposal.hosts.includes(host));
    if (hosts.length > 0) return hosts;
    throw new FixError('TARGET_NOT_IN_EVIDENCE', `The fix was proposed for ${proposal.hosts.join(', ') || 'no host'}; the alert fires on ${now.hosts.join(', ')} now.`, {
        field: 'proposal.hosts',
        cure: 'Start the diagnosis again.',
    });
}

/** The fix and its rollback must lie among the sealed files. */
function requirePlaybooks({ playbook, rollback }: Action, files: Record<string, string>): void {
    const missing = [playbook, rollback?.playbook].find((file) => file !== undefined && digestOf(files, path.normalize(file)) === undefined);
    if (missing === undefined) return;
    throw new FixError('RUNBOOK_INVALID', `The library has no playbook ${missing}.`, {
        field: 'playbook',
        cure: 'Put the playbook into the library folder, or correct its path in the runbook.',
    });
}

function planned(plan: Plan): Rule {
    return (incident) => {
        requirePlannable(incident);
        const changes = Object.values(plan.dryRun.hosts).reduce((sum, { changed }) => sum + changed, 0);
        const text = `The dry run of "${plan.action.title}" on ${plan.hosts.join(', ')} would make ${changes} ${changes === 1 ? 'change' : 'changes'}.`;
        const { seal: _seal, approval: _approval, reason: _reason, ...rest } = incident;
        return {
            incident: { ...rest, stage: 'planned', plan },
            entries: [{ type: 'plan.made', by: BY, text, data: { nonce: plan.nonce, hosts: plan.hosts, dryRun: plan.dryRun.digest, preview: plan.dryRun.preview?.digest ?? null } }],
        };
    };
}

function notPlanned(error: FixError): Rule {
    return (incident) => {
        requirePlannable(incident);
        return {
            incident: { ...incident, stage: 'failed', reason: error.message },
            entries: [{ type: 'plan.failed', by: BY, text: error.message, data: { code: error.code } }],
        };
    };
}
