import { createHash } from 'node:crypto';
import { aboutOf, plannedAlert } from '../../nodes/core/approval/as-sealed';
import { type Gate, opening } from '../../nodes/core/approval/gate';
import { newNonce } from '../../nodes/core/incident/id';
import type { ApprovalTerms, Policy, PolicyRule } from '../../nodes/core/model/approval';
import type { Identity } from '../../nodes/core/model/identity';
import type { Incident } from '../../nodes/core/model/incident';
import type { Plan } from '../../nodes/core/model/plan';
import { KeyRing, signingKey } from '../../nodes/core/signing/keys';
import { signDraft } from '../../nodes/core/signing/provenance';
import type { Incidents } from '../../nodes/core/store/incidents';
import { anIncident } from './incidents';

/** A key ring made from a word. */
export function keysOf(word: string): KeyRing {
    return new KeyRing([signingKey(createHash('sha256').update(word).digest())]);
}

export const keys = keysOf('this store');

export function person(id: string, parts: Partial<Identity> = {}): Identity {
    return { platform: 'page', id, ...parts };
}

/** A whole plan for the incident's alerts; `parts` replaces members. */
export function aPlan(incident: Incident, parts: Partial<Plan> = {}): Plan {
    return {
        incidentId: incident.id,
        about: aboutOf(incident),
        alerts: incident.alerts.map(plannedAlert),
        runbook: { id: 'disk', digest: 'a'.repeat(64) },
        action: {
            id: 'free',
            title: 'Free disk space',
            risk: 'medium',
            playbook: 'playbooks/free.yml',
            approval: 'Removes files for good.',
        },
        parameters: { path: '/var/log' },
        hosts: ['web-1'],
        hostVariables: { 'web-1': 'd'.repeat(64) },
        inventory: 'inventory.ini',
        files: { 'playbooks/free.yml': 'b'.repeat(64) },
        dryRun: { tasks: [], hosts: {}, digest: 'c'.repeat(64), at: '2026-01-01T00:00:00.000Z' },
        verify: { withinSeconds: 60 },
        timeoutSeconds: 60,
        nonce: newNonce(),
        madeAt: '2026-01-01T00:00:00.000Z',
        ...parts,
    };
}

/** An incident whose plan is ready for the gate: signed as the dry run does. */
export function aPlannedIncident(parts: Partial<Incident> = {}, signing: KeyRing = keys): Incident {
    const incident = anIncident({ stage: 'planned', ...parts });
    return drafted({ plan: aPlan(incident), ...incident }, signing);
}

/** The incident with the signature of a dry run under its plan as it is. */
export function drafted(incident: Incident, signing: KeyRing = keys): Incident {
    return incident.plan ? { ...incident, draft: signDraft(signing, incident.plan) } : incident;
}

export function aRule(parts: Partial<PolicyRule> = {}): PolicyRule {
    return {
        name: 'all',
        match: [],
        risks: ['low', 'medium', 'high'],
        decision: 'one',
        approvers: ['page:alice'],
        ...parts,
    };
}

export function aPolicy(rules: PolicyRule[], parts: Partial<Policy> = {}): Policy {
    return { rules, groups: {}, expirySeconds: 3600, escalateSeconds: 600, ...parts };
}

export function aGate(policy: Policy, parts: Partial<Gate> = {}): Gate {
    return {
        id: 'gate',
        policy,
        keys,
        sent: (output) => ({ node: 'gate', state: 'sent', port: output, instance: 'here' }),
        ...parts,
    };
}

/** Stores a planned incident, brings it to the gate, and answers it as it then is. */
export async function atTheGate(
    incidents: Incidents,
    rule: Partial<PolicyRule>,
    parts: Partial<Incident> = {},
    signing: KeyRing = keys,
    policy: Partial<Policy> = {},
): Promise<Incident> {
    const incident = aPlannedIncident(parts, signing);
    await incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    return incidents.change(incident.id, opening(aGate(aPolicy([aRule(rule)], policy), { keys: signing })));
}

/** The sealed terms of an incident at the gate. */
export function termsOf(incident: Incident): ApprovalTerms {
    if (!incident.plan?.terms) throw new Error(`${incident.id} has no terms`);
    return incident.plan.terms;
}

/** The digest of the seal of an incident at the gate. */
export function sealOf(incident: Incident): string {
    if (!incident.seal) throw new Error(`${incident.id} has no seal`);
    return incident.seal.digest;
}

/** Terms of a plan with something changed. */
export function withTerms(incident: Incident, terms: Partial<ApprovalTerms>): Incident {
    if (incident.plan?.terms) incident.plan.terms = { ...incident.plan.terms, ...terms };
    return incident;
}
