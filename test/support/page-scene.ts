import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { RedisStore } from '../../nodes/adapters/redis/redis-store';
import { opening } from '../../nodes/core/approval/gate';
import type { Anchoring } from '../../nodes/core/audit/anchoring';
import { systemClock } from '../../nodes/core/clock';
import type { PolicyRule } from '../../nodes/core/model/approval';
import type { Diagnosis } from '../../nodes/core/model/diagnosis';
import type { Incident } from '../../nodes/core/model/incident';
import type { Plan } from '../../nodes/core/model/plan';
import type { RunOutcome, TaskResult } from '../../nodes/core/model/run';
import type { Stage } from '../../nodes/core/model/stage';
import { chain } from '../../nodes/core/model/timeline';
import { startingRun, succeeding, verifying } from '../../nodes/core/remediation/transitions';
import { Incidents } from '../../nodes/core/store/incidents';
import { aGate, aPlan, aPolicy, aRule, drafted } from './approvals';
import { audited } from './audit';
import { anIncident } from './incidents';
import { type NodeRedProcess, startNodeRed } from './node-red-process';
import { startRedis } from './redis';

const BY = 'node:test';
const STATS = { ok: 3, changed: 1, failed: 0, unreachable: 0, skipped: 0 };

export interface PageOptions {
    /** More members of settings.js. */
    settings?: string;
    /** `httpAdminRoot` of settings.js, such as `/admin`; default: none. */
    adminRoot?: string;
    demoOperator?: boolean;
    /** More nodes beside the store `main`. */
    nodes?: object[];
}

/**
 * The incident page in a real Node-RED, and its store, opened by the test as well: what the test writes as the nodes
 * of a flow would, the page shows.
 */
export class PageScene {
    private constructor(
        readonly nodeRed: NodeRedProcess,
        readonly incidents: Incidents,
        readonly flows: object[],
        private readonly adminRoot: string,
        private readonly anchoring: Anchoring,
        private readonly redis: Redis,
        private readonly end: () => Promise<void>,
    ) {}

    static async start(options: PageOptions = {}): Promise<PageScene> {
        const redis = await startRedis();
        const store = new RedisStore({
            mode: 'standalone',
            nodes: [{ host: '127.0.0.1', port: redis.port }],
            namespace: 'a2f',
        });
        await store.open();
        const userDir = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-page-'));
        mkdirSync(path.join(userDir, 'kept'));
        // The same key as `keys` of approvals.ts.
        writeFileSync(path.join(userDir, 'kept', 'signing.key'), createHash('sha256').update('this store').digest(), {
            mode: 0o600,
        });
        const flows = [redisStoreNode(redis.port, options.demoOperator ?? false), ...(options.nodes ?? [])];
        writeFileSync(path.join(userDir, 'flows.json'), JSON.stringify(flows));
        const adminRoot = options.adminRoot ?? '';
        const settings = `${options.settings ?? ''}${adminRoot ? ` httpAdminRoot: '${adminRoot}',` : ''}`;
        const nodeRed = await startNodeRed({ userDir, settings });
        const { incidents, anchoring } = audited(store);
        const raw = new Redis(redis.port);
        return new PageScene(nodeRed, incidents, flows, adminRoot, anchoring, raw, async () => {
            await nodeRed.remove();
            raw.disconnect();
            await anchoring.close();
            await store.close();
            await redis.close();
        });
    }

    /** Address of the page. */
    get url(): string {
        return `${this.editorUrl}alert-to-fix/`;
    }

    /** Address of the Node-RED editor. */
    get editorUrl(): string {
        return `${this.nodeRed.url}${this.adminRoot}/`;
    }

    /** The folder of the store. */
    get folder(): string {
        return path.join(this.nodeRed.userDir, 'kept');
    }

    /** An incident about a filling disk at the approval gate, with all that a page can show. */
    async waiting(
        rule: Partial<PolicyRule> = {},
        parts: { incident?: Partial<Incident>; plan?: Partial<Plan>; expirySeconds?: number; preview?: string } = {},
    ): Promise<Incident> {
        const now = new Date();
        const found = anIncident({
            stage: 'planned',
            diagnosis: diagnosisAt(now),
            ...withTimes(now),
            ...parts.incident,
        });
        const incident = drafted({ ...found, plan: aPlan(found, { ...realPlan(now), ...parts.plan }) });
        await this.incidents.create(incident, [
            { type: 'incident.opened', by: BY, text: 'DiskFilling on web-1 fires.' },
            { type: 'diagnosis.made', by: BY, text: incident.diagnosis?.cause ?? '' },
            { type: 'plan.made', by: BY, text: 'Dry run of "Free disk space": 1 change on web-1.' },
        ]);
        if (parts.preview !== undefined)
            await this.incidents.store.previews.keep(incident.id, incident.plan?.nonce ?? '', parts.preview);
        const policy = aPolicy([aRule({ name: 'ops decide', approvers: ['page:demo-operator'], ...rule })], {
            expirySeconds: parts.expirySeconds ?? 1200,
        });
        return this.incidents.change(incident.id, opening(aGate(policy)));
    }

    /** An incident that waited, and ended without success. */
    async ended(stage: Stage, reason: string, parts: { incident?: Partial<Incident> } = {}): Promise<Incident> {
        const { id } = await this.waiting({}, parts);
        if (stage !== 'refused' && stage !== 'failed') await this.approvedAndRunning(id);
        return this.incidents.change(id, (incident) => ({
            incident: { ...incident, stage, reason },
            entries: [{ type: 'run.refused', by: BY, text: reason }],
        }));
    }

    private async approvedAndRunning(id: string): Promise<void> {
        await this.incidents.change(id, (incident) => ({
            incident: { ...incident, stage: 'approved' },
            entries: [{ type: 'approval.granted', by: BY, text: 'Approved.' }],
        }));
        await this.running(id);
    }

    /** What ansible-exec writes when it starts an approved fix. */
    async running(id: string): Promise<void> {
        await this.incidents.change(id, (incident, now) => ({
            incident: {
                ...incident,
                stage: 'running',
                run: {
                    id: incident.plan?.nonce ?? '',
                    seal: incident.seal?.digest ?? '',
                    state: 'intended',
                    intendedAt: now.toISOString(),
                    instance: 'here',
                },
            },
            entries: [
                { type: 'run.intended', by: BY, text: 'All checks passed; "Free disk space" is started on web-1.' },
            ],
        }));
        await this.incidents.change(id, startingRun({ id: 'process 4711', pid: 4711 }));
    }

    async task({ host, task, status, diff }: TaskResult, id: string): Promise<void> {
        await this.incidents.change(id, (incident) => ({
            incident,
            entries: [
                {
                    type: 'run.task',
                    by: BY,
                    text: `${host}: ${task}: ${status}`,
                    data: { host, task, status, ...(diff === undefined ? {} : { diff }) },
                },
            ],
        }));
    }

    /** The run succeeded, its log was kept, the alert cleared. */
    async closed(id: string, log = 'PLAY RECAP\nweb-1 : ok=3 changed=1\n'): Promise<void> {
        const outcome: RunOutcome = {
            status: 'succeeded',
            hosts: { 'web-1': STATS },
            tasks: [],
            exitCode: 0,
            milliseconds: 4_200,
        };
        const { run } = await this.incidents.change(id, succeeding(outcome));
        const folder = path.join(this.folder, 'runs', run?.id ?? '');
        mkdirSync(folder, { recursive: true });
        writeFileSync(path.join(folder, 'log.txt'), log);
        const verification = {
            result: 'cleared' as const,
            reason: 'The alert cleared 12 s after the run.',
            at: new Date().toISOString(),
            afterSeconds: 12,
        };
        await this.incidents.change(id, (incident, now) =>
            verifying(verification, 'end')(resolved(incident, now), now),
        );
    }

    /** All that was written is anchored. */
    anchored(): Promise<void> {
        return this.anchoring.flush();
    }

    /** A process that anchors nothing writes one more line. */
    async notAnchored(id: string): Promise<void> {
        await new Incidents(this.incidents.store, systemClock).change(id, (incident) => ({
            incident,
            entries: [{ type: 'evidence.recorded', by: BY, text: 'One more.' }],
        }));
    }

    /** Somebody who can write to Redis tells the whole timeline anew, with hashes that fit. */
    async retold(id: string, text: string): Promise<void> {
        const entries = await this.incidents.store.timeline(id);
        const told = chain(
            id,
            { seq: 0, hash: '' },
            new Date().toISOString(),
            entries.map(({ type }) => ({ type, by: BY, text })),
        );
        const [list, record] = [`a2f:{${id}}:timeline`, `a2f:{${id}}:incident`];
        await this.redis
            .multi()
            .del(list)
            .rpush(list, ...told.map((entry) => JSON.stringify(entry)))
            .hset(record, 'head', told.at(-1)?.hash ?? '')
            .exec();
    }

    async close(): Promise<void> {
        await this.end();
    }
}

function resolved(incident: Incident, now: Date): Incident {
    const at = now.toISOString();
    return {
        ...incident,
        resolvedAt: at,
        alerts: incident.alerts.map((alert) => ({ ...alert, status: 'resolved', endsAt: at })),
    };
}

/** The node that took the incidents of the scene. */
export function alertInNode(): object {
    return {
        id: 'alert-in-1',
        type: 'alert-in',
        z: 'tab',
        name: '',
        store: 'main',
        path: '/alert-to-fix/webhook',
        auth: 'none',
        signatureHeader: '',
        timestampHeader: '',
        timestampWindow: 300,
        bodyLimit: 64,
        cluster: 'main',
        grouping: 'group',
        groupLabels: '',
        cooldown: 0,
        stormLimit: 60,
        severityLabel: '',
        clusterLabel: '',
        teamLabel: '',
        wires: [[], [], []],
    };
}

/** An embedded store beside the one of the scene. */
export function embeddedStoreNode(id: string, demoOperator = false): object {
    return {
        id,
        type: 'incident-store',
        name: `Store ${id}`,
        kind: 'embedded',
        path: `kept-${id}`,
        retentionDays: 0,
        demoOperator,
    };
}

function redisStoreNode(port: number, demoOperator: boolean): object {
    return {
        id: 'main',
        type: 'incident-store',
        name: 'Store main',
        kind: 'redis',
        path: 'kept',
        mode: 'standalone',
        host: '127.0.0.1',
        port,
        nodes: '',
        sentinelName: '',
        db: 0,
        username: '',
        namespace: 'a2f',
        useTls: false,
        tls: '',
        retentionDays: 0,
        demoOperator,
    };
}

function withTimes(now: Date): Partial<Incident> {
    const at = new Date(now.getTime() - 12 * 60_000).toISOString();
    const labels = { alertname: 'DiskFilling', host: 'web-1', mountpoint: '/var', job: 'node', severity: 'critical' };
    return {
        openedAt: at,
        updatedAt: at,
        labels,
        alerts: [
            {
                fingerprint: '0123456789abcdef',
                status: 'firing',
                labels,
                startsAt: at,
                generatorURL: 'http://prometheus.example.org/graph?g0.expr=x',
                annotations: {
                    summary: '/var on web-1 will be full in 3 hours.',
                    runbook_url: 'https://runbooks.example.org/disk-filling',
                },
            },
        ],
    };
}

function diagnosisAt(now: Date): Diagnosis {
    const at = now.toISOString();
    return {
        verdict: 'proposal',
        cause: 'Rotated logs below /var/log are not deleted; they grew by 2.1 GiB since yesterday.',
        confidence: 0.86,
        citations: ['E2', 'E3'],
        at,
        evidence: [
            { id: 'E1', kind: 'alert', title: 'The alert', result: 'DiskFilling fires on web-1', at },
            {
                id: 'E2',
                kind: 'promql',
                title: 'Free space',
                query: '100 * node_filesystem_avail_bytes{host="web-1",mountpoint="/var"} / node_filesystem_size_bytes{host="web-1",mountpoint="/var"}',
                result: '{host="web-1"} 3.14159',
                value: 3.14159,
                unit: '%',
                at,
            },
            {
                id: 'E3',
                kind: 'promql',
                title: 'Growth in a day',
                query: 'delta(log_directory_bytes{host="web-1"}[1d]) / 2^30',
                result: '{host="web-1"} 2.1',
                value: 2.1,
                unit: 'GiB',
                at,
            },
        ],
        proposal: {
            runbook: 'disk',
            action: 'free',
            title: 'Free disk space',
            parameters: { path: '/var/log', older_than_days: 7 },
            hosts: ['web-1'],
        },
        source: { by: 'model', vendor: 'openai', model: 'gpt-5', milliseconds: 2_100 },
    };
}

function realPlan(now: Date): Partial<Plan> {
    const diff = [
        '--- before: /var/log',
        '+++ after: /var/log',
        ' /var/log/app.log',
        '-/var/log/app.log.7.gz',
        '-/var/log/app.log.8.gz',
        '-/var/log/app.log.9.gz',
    ].join('\n');
    return {
        parameters: { path: '/var/log', older_than_days: 7 },
        rollback: { playbook: 'playbooks/undo.yml' },
        verify: { withinSeconds: 300, check: 'node_filesystem_avail_bytes{mountpoint="/var"} > 10e9' },
        dryRun: {
            tasks: [{ host: 'web-1', task: 'Delete rotated logs older than 7 days', status: 'changed', diff }],
            hosts: { 'web-1': STATS },
            digest: 'c'.repeat(64),
            at: now.toISOString(),
        },
    };
}
