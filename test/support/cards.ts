import type { Diagnosis } from '../../nodes/core/model/diagnosis';
import type { Incident } from '../../nodes/core/model/incident';
import type { Run } from '../../nodes/core/model/run';
import { signDraft } from '../../nodes/core/signing/provenance';
import { sealPlan } from '../../nodes/core/signing/seal';
import { aPlan, keys } from './approvals';
import { anIncident } from './incidents';

export const NOW = new Date('2026-01-01T00:12:00.000Z');

export const DIAGNOSIS: Diagnosis = {
    verdict: 'proposal',
    cause: 'Old logs fill the disk.',
    confidence: 0.834,
    citations: ['E2'],
    evidence: [
        { id: 'E1', kind: 'alert', title: 'The alert', result: 'firing', at: NOW.toISOString() },
        {
            id: 'E2',
            kind: 'promql',
            title: 'Free space',
            query: 'node_filesystem_avail_bytes{host="web-1"}',
            result: '3.14159',
            value: 3.14159,
            unit: '%',
            at: NOW.toISOString(),
        },
    ],
    proposal: {
        runbook: 'disk',
        action: 'free',
        title: 'Free disk space',
        parameters: { path: '/var/log' },
        hosts: ['web-1'],
    },
    source: { by: 'model', vendor: 'openai', model: 'gpt-5', milliseconds: 900 },
    at: NOW.toISOString(),
};

/** An incident that waits for a person, with everything a card can show. */
export function aWaitingIncident(parts: Partial<Incident> = {}): Incident {
    const incident = anIncident({ diagnosis: DIAGNOSIS, ...parts });
    const plan = aPlan(incident, {
        rollback: { playbook: 'playbooks/undo.yml' },
        dryRun: {
            tasks: [
                {
                    host: 'web-1',
                    task: 'Delete old logs',
                    status: 'changed',
                    diff: '--- before\n+++ after\n-old.log\n',
                },
            ],
            hosts: { 'web-1': { ok: 2, changed: 1, failed: 0, unreachable: 0, skipped: 3 } },
            digest: 'c'.repeat(64),
            at: NOW.toISOString(),
        },
    });
    const expiresAt = '2026-01-01T00:32:00.000Z';
    const sealed = sealPlan(
        plan,
        {
            gate: 'gate',
            rule: 'ops decide',
            decision: 'one',
            approvers: ['slack:T1/U1', 'page:alice'],
            setAt: NOW.toISOString(),
            expiresAt,
        },
        keys,
    );
    return {
        ...incident,
        stage: 'waiting',
        ...sealed,
        draft: signDraft(keys, plan),
        approval: { state: 'waiting', needed: 1, decisions: [], since: NOW.toISOString(), expiresAt },
        ...parts,
    };
}

export const RUN: Run = {
    id: 'n',
    seal: 's',
    state: 'succeeded',
    intendedAt: NOW.toISOString(),
    startedAt: NOW.toISOString(),
    instance: 'here',
    outcome: {
        status: 'succeeded',
        hosts: { 'web-1': { ok: 2, changed: 1, failed: 0, unreachable: 0, skipped: 0 } },
        tasks: [],
        exitCode: 0,
        milliseconds: 65_000,
    },
};
