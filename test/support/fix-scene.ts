import { readFileSync } from 'node:fs';
import path from 'node:path';
import { AnsibleExecutor, type AnsibleOptions } from '../../nodes/adapters/ansible/executor';
import { RunbookFolder, type RunbookFolderOptions } from '../../nodes/adapters/runbook-folder/runbook-folder';
import { decide } from '../../nodes/core/approval/decide';
import { opening } from '../../nodes/core/approval/gate';
import type { AlertSource, MetricsSource } from '../../nodes/core/diagnosis/ports';
import type { GroupDirectory, People, Policy, PolicyRule } from '../../nodes/core/model/approval';
import type { Identity } from '../../nodes/core/model/identity';
import type { Alert, FlowPosition, Incident } from '../../nodes/core/model/incident';
import type { Risk } from '../../nodes/core/model/runbook';
import type { RemediationParts, StepControl } from '../../nodes/core/remediation/parts';
import { KeyRing, signingKey } from '../../nodes/core/signing/keys';
import { signDiagnosis } from '../../nodes/core/signing/provenance';
import type { IncidentStore } from '../../nodes/core/store/port';
import { drafted } from './approvals';
import { anIncident, opening as openingCommit } from './incidents';
import { PlaybookLibrary } from './playbook-library';
import { type TemporaryStore, temporarySqlite } from './stores';

const ALICE: Identity = { platform: 'page', id: 'alice' };

const RUNBOOK = (verify: string, rollback: string): string => `id: config-wrong
title: The configuration is wrong
alerts:
  - alertname="ConfigWrong"
knowledge: Write the right value.
actions:
  - id: write-value
    title: Write the value
    description: Writes the value into the configuration.
    risk: low
    playbook: playbooks/fix.yml
    target: host
    parameters:
      value: { type: string, description: The value, pattern: "[a-z]+", default: good }
    verify: ${verify}
${rollback === '' ? '' : `    rollback: { playbook: ${rollback} }\n`}`;

export interface SceneOptions {
    /** YAML of the fix's tasks; the default writes `value` into the file `conf`. */
    tasks?: string;
    /** YAML of the rollback's tasks. */
    rollback?: string;
    verify?: string;
    decision?: 'automatic' | 'one' | 'two' | 'deny';
    approvers?: string;
    /** Accounts that are one person each, as in the policy. */
    people?: People;
    /** May who asked for the fix approve it, where one decides? */
    requesterMayApprove?: boolean;
    /** Risks that the one rule of the policy is for; default low. */
    risks?: Risk[];
    hosts?: string[];
}

/** All that a fix needs, real but for the alert source, whose answers the test sets: library, store, keys, Ansible. */
export class FixScene {
    readonly library = new PlaybookLibrary();
    readonly keys = new KeyRing([signingKey(Buffer.alloc(32, 7))]);
    readonly runsFolder = this.library.path('runs');
    readonly sealedFolder = this.library.path('sealed');
    readonly progress: string[] = [];
    alertState: 'firing' | 'cleared' | 'down' | 'silent' = 'firing';
    /** Called at each question; lets a test clear the alert when the fix has worked. */
    onAsk: () => void = () => undefined;
    metricValue?: number[] | 'down';
    directory?: GroupDirectory;
    /** The policy as it is deployed now; undefined: the gate is gone. */
    policy?: Policy;
    clock = (): Date => new Date();
    storage!: TemporaryStore<IncidentStore>;

    constructor(public options: SceneOptions = {}) {
        this.policy = this.policyWith({});
        const conf = this.library.path('conf');
        this.library.playbook(
            'fix',
            options.tasks ?? `- name: write\n  copy: {dest: ${conf}, content: "{{ value }}\\n"}`,
        );
        if (options.rollback !== undefined) this.library.playbook('rollback', options.rollback);
        this.library.write(
            'runbooks/config-wrong.yaml',
            RUNBOOK(options.verify ?? '{ within: 2s }', options.rollback === undefined ? '' : 'playbooks/rollback.yml'),
        );
        this.library.write('../conf', 'bad\n');
    }

    /** Without a `storage` it gets an embedded store of its own. */
    async open(storage?: TemporaryStore<IncidentStore>): Promise<this> {
        this.storage = storage ?? (await temporarySqlite(() => this.clock()));
        return this;
    }

    async close(): Promise<void> {
        await this.storage.close();
        this.library.remove();
    }

    parts(changes: Partial<RemediationParts> = {}): RemediationParts {
        return {
            incidents: this.storage.incidents,
            executor: this.executor(),
            library: new RunbookFolder(this.libraryPlace()),
            keys: this.keys,
            timeoutSeconds: 60,
            alerts: this.alerts,
            metrics: this.metrics,
            policyOf: () => this.policy,
            directoryOf: () => this.directory,
            positions: positions('run-1'),
            progress: (_incident, text) => void this.progress.push(text),
            pollSeconds: 0.1,
            ...changes,
        };
    }

    /** The Ansible of this machine, on the library of the scene. */
    executor(options: Partial<AnsibleOptions> = {}): AnsibleExecutor {
        const library = new RunbookFolder(this.libraryPlace());
        return new AnsibleExecutor({ library, folder: this.library.root, ...options });
    }

    protected libraryPlace(): RunbookFolderOptions {
        return { folder: this.library.folder };
    }

    readonly alerts: AlertSource = {
        states: async (alerts) => {
            this.onAsk();
            if (this.alertState === 'down') throw new Error('connect ECONNREFUSED');
            const { alertState } = this;
            return alertState === 'silent'
                ? new Map()
                : new Map(alerts.map(({ fingerprint }) => [fingerprint, alertState]));
        },
        firing: async () => [],
    };

    readonly metrics: MetricsSource = {
        query: async () => {
            if (this.metricValue === 'down') throw new Error('connect ECONNREFUSED');
            return (this.metricValue ?? []).map((value) => ({ labels: {}, value, at: 0 }));
        },
        range: async () => [],
    };

    /** A stored incident in stage `diagnosed` that proposes the fix. */
    async diagnosed(changes: Partial<Incident> = {}): Promise<Incident> {
        const alerts = (this.options.hosts ?? ['web-1']).map(alertOn);
        const incident = anIncident({
            stage: 'diagnosed',
            alerts,
            labels: { alertname: 'ConfigWrong' },
            diagnosis: {
                verdict: 'proposal',
                cause: 'The value is wrong.',
                confidence: 0.9,
                citations: [],
                evidence: [],
                proposal: {
                    runbook: 'config-wrong',
                    action: 'write-value',
                    title: 'Write the value',
                    parameters: { value: 'good' },
                    hosts: alerts.map(({ labels }) => labels.host ?? ''),
                },
                source: { by: 'rules', milliseconds: 1 },
                at: '2026-01-01T00:00:00.000Z',
            },
            ...changes,
        });
        const signed = this.asDiagnosed(incident);
        await this.storage.store.commit(openingCommit(signed));
        return signed;
    }

    /** The incident with its diagnosis signed, as by the step that made it. */
    asDiagnosed(incident: Incident): Incident {
        const { id, diagnosis } = incident;
        return diagnosis ? { ...incident, diagnosis: signDiagnosis(this.keys, id, diagnosis) } : incident;
    }

    /** The incident with its plan signed, as by the dry run that made it. */
    asPlanned(incident: Incident): Incident {
        return drafted(incident, this.keys);
    }

    /** Seals the plan of a planned incident and lets `people` approve it. */
    async approve(id: string, people: Identity[] = [ALICE]): Promise<Incident> {
        const { incidents } = this.storage;
        const policy = this.policyWith({});
        const [{ decision } = { decision: 'deny' }] = policy.rules;
        let incident = await incidents.change(
            id,
            opening({ id: 'gate-1', policy, keys: this.keys, sent: positions('gate-1').sent }),
        );
        if (decision === 'automatic' || decision === 'deny' || incident.stage === 'refused') return incident;
        const { directory, keys } = this;
        for (const by of people) {
            ({ incident } = await decide(
                { incidents, keys, directory },
                { incidentId: id, seal: incident.seal?.digest ?? '', verdict: 'approve', by },
            ));
        }
        return incident;
    }

    /** The policy of the scene, with something changed in its one rule. */
    policyWith(changes: Partial<PolicyRule>): Policy {
        const { decision = 'one', approvers = 'page:alice,page:bob', risks = ['low'] } = this.options;
        const { people, requesterMayApprove } = this.options;
        const rule: PolicyRule = {
            name: 'all',
            match: [],
            risks,
            decision,
            approvers: approvers.split(','),
            ...(requesterMayApprove ? { requesterMayApprove } : {}),
            ...changes,
        };
        return { rules: [rule], groups: {}, ...(people ? { people } : {}), expirySeconds: 600, escalateSeconds: 0 };
    }

    /** The stored incident, rewritten behind everybody's back. */
    async tamper(id: string, change: (incident: Incident) => Incident): Promise<void> {
        await this.storage.incidents.change(id, (incident) => ({
            incident: change(structuredClone(incident)),
            entries: [{ type: 'flow.resumed', by: 'node:test', text: 'tampered' }],
        }));
    }

    conf(): string {
        return this.read('../conf').trim();
    }

    /** Content of a file, by its path relative to the library. */
    read(name: string): string {
        return readFileSync(path.join(this.library.folder, name), 'utf8');
    }

    async timeline(id: string): Promise<string[]> {
        return (await this.storage.store.timeline(id)).map(({ type }) => type);
    }
}

export const control = (): StepControl => ({
    cancel: new AbortController().signal,
    leave: new AbortController().signal,
});

export function positions(
    node: string,
    instance = 'here',
): { working(): FlowPosition; sent(output: number): FlowPosition } {
    return {
        working: () => ({ node, state: 'working', instance }),
        sent: (output) => ({ node, state: 'sent', port: output, instance }),
    };
}

export function alertOn(host: string): Alert {
    return {
        fingerprint: Buffer.from(host.padEnd(8)).toString('hex').slice(0, 16),
        status: 'firing',
        labels: { alertname: 'ConfigWrong', host },
        annotations: {},
        startsAt: '2026-01-01T00:00:00.000Z',
    };
}
