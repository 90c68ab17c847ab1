import path from 'node:path';
import { keyIsGone } from '../approval/refusals';
import { FixError } from '../errors';
import { FOR_A_NEW_PLAN } from '../incident/diagnose-again';
import type { Incident } from '../model/incident';
import type { Plan } from '../model/plan';
import type { Action } from '../model/runbook';
import { digestOf, type SealedContent } from '../model/sealed-content';
import type { KeyRing } from '../signing/keys';
import { isOurDiagnosis } from '../signing/provenance';
import { type DerivedPlan, derivePlan, proposedAction } from './derive';
import { callsOf, type RemediationParts } from './parts';

/** What the proposal of an incident comes to with the library and the inventory as they are now. */
export interface Draft extends DerivedPlan, Pick<Plan, 'hostVariables'> {
    content: SealedContent;
}

/**
 * Checks who made the diagnosis, checks its proposal again, and seals the content. Throws `PLAN_SIGNATURE_WRONG`, what
 * {@link derivePlan} throws, and what the executor throws.
 */
export async function draftOf({ executor, library, keys }: RemediationParts, incident: Incident): Promise<Draft> {
    const { diagnosis, alerts } = incident;
    const from = { runbooks: library.runbooks(), diagnosis, alerts };
    if (diagnosis?.proposal) requireOurDiagnosis(incident, keys);
    const { action } = proposedAction(from);
    const content = await executor.seal(callsOf(action));
    requirePlaybooks(action, content.digests);
    const inventory = await executor.inventory(content);
    const derived = derivePlan(from, [...inventory.keys()]);
    const hostVariables = Object.fromEntries(derived.hosts.map((host) => [host, inventory.get(host) ?? '']));
    return { ...derived, content, hostVariables };
}

/** A dry run already acts on hosts, and a rule may approve its plan: only what a step of this system found leads there. */
function requireOurDiagnosis({ id, diagnosis }: Incident, keys: KeyRing): void {
    if (diagnosis && isOurDiagnosis(keys, id, diagnosis)) return;
    const { signed } = diagnosis ?? {};
    if (signed && !keys.knows(signed.keyId)) throw keyIsGone(signed, keys, 'diagnosis');
    throw new FixError(
        'PLAN_SIGNATURE_WRONG',
        signed
            ? `The diagnosis of ${id} is not the one that a diagnosis step of this system made for it.`
            : `The diagnosis of ${id} is not signed: it is of an earlier version, of a Botkube plugin without signing keys, or written by hand.`,
        { field: 'diagnosis', cure: FOR_A_NEW_PLAN },
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
