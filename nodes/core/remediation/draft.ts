import path from 'node:path';
import { propose, requireAction } from '../diagnosis/propose';
import { FixError } from '../errors';
import { FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import type { Proposal } from '../model/diagnosis';
import type { Incident } from '../model/incident';
import type { Plan } from '../model/plan';
import type { Action, Runbook } from '../model/runbook';
import { digestOf, type SealedContent } from '../model/sealed-content';
import { callsOf, type RemediationParts } from './parts';

/** What the proposal of an incident comes to with the library and the inventory as they are now. */
export interface Draft extends Pick<Plan, 'parameters' | 'hosts' | 'hostVariables'> {
    runbook: Runbook;
    action: Action;
    content: SealedContent;
}

/**
 * Checks the proposal again and seals the content. Throws when it no longer holds, and what the executor throws.
 */
export async function draftOf({ executor, library }: RemediationParts, incident: Incident): Promise<Draft> {
    const { diagnosis } = incident;
    const proposal = diagnosis?.proposal;
    if (!diagnosis || !proposal) throw new FixError('STAGE_WRONG', 'There is no proposal.');
    const runbook = requireRunbook(library.runbooks(), proposal.runbook);
    const action = requireAction(runbook, proposal.action);
    const content = await executor.seal(callsOf(action));
    requirePlaybooks(action, content.digests);
    const inventory = await executor.inventory(content);
    const found = propose(runbook, action, proposal.parameters, {
        incident,
        inventoryHosts: [...inventory.keys()],
        cited: diagnosis.evidence.filter(({ id }) => diagnosis.citations.includes(id)),
    });
    const hosts = proposedHosts(proposal, found);
    const hostVariables = Object.fromEntries(hosts.map((host) => [host, inventory.get(host) ?? '']));
    return { runbook, action, content, parameters: found.parameters, hosts, hostVariables };
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

/** The fix and its rollback must be among the sealed parts. */
function requirePlaybooks({ playbook, rollback }: Action, digests: Record<string, string>): void {
    const missing = [playbook, rollback?.playbook].find(
        (name) => name !== undefined && digestOf(digests, path.posix.normalize(name)) === undefined,
    );
    if (missing === undefined) return;
    throw new FixError('RUNBOOK_INVALID', `The library has no playbook ${missing}.`, {
        field: 'playbook',
        cure: 'Put the playbook into the library folder, or correct its path in the runbook.',
    });
}
