import { rmSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Redis } from 'ioredis';
import { RedisStore } from '../../../nodes/adapters/redis/redis-store';
import { openDatabase } from '../../../nodes/adapters/sqlite/load-sqlite';
import { signDecision } from '../../../nodes/core/approval/decision';
import { systemClock } from '../../../nodes/core/clock';
import type { Incident } from '../../../nodes/core/model/incident';
import { type Plan, planDigest } from '../../../nodes/core/model/plan';
import { sealPlan } from '../../../nodes/core/signing/seal';
import { Incidents } from '../../../nodes/core/store/incidents';
import type { IncidentStore } from '../../../nodes/core/store/port';
import { type RedisServer, startRedis } from '../../support/redis';
import type { TemporaryStore } from '../../support/stores';
import type { Group } from '../matrix';
import { STRANGE_KEYS } from './approvals';
import { type Attack, attackGroup } from './attack';
import { ALICE, BOB, leavesMark, type Target } from './target';

/** Writes the record of an incident past all rules, as somebody with the password of the database does. */
export type Pen = (target: Target, id: string, body: string, stage: string) => Promise<void>;

export const inSqlite: Pen = async (target, id, body, stage) => {
    const database = openDatabase(path.join(target.storage.folder, 'incidents.db'));
    try {
        const { changes } = database
            .prepare('UPDATE incident SET body = ?, stage = ? WHERE id = ?')
            .run(body, stage, id);
        if (Number(changes) !== 1) throw new Error('no record was written');
    } finally {
        database.close();
    }
};

/** A store on a Redis of its own. */
export interface RedisStorage extends TemporaryStore<IncidentStore> {
    server: RedisServer;
}

export async function temporaryRedis(): Promise<RedisStorage> {
    const server = await startRedis();
    const folder = await mkdtemp(path.join(tmpdir(), 'a2f-redis-'));
    const store = new RedisStore({
        mode: 'standalone',
        nodes: [{ host: '127.0.0.1', port: server.port }],
        namespace: 'a2f',
    });
    await store.open();
    const close = async (): Promise<void> => {
        await store.close();
        await server.close();
        await rm(folder, { recursive: true, force: true });
    };
    return { store, server, incidents: new Incidents(store, systemClock), folder, close };
}

export const inRedis: Pen = async (target, id, body) => {
    const { server } = target.storage as RedisStorage;
    const client = new Redis(server.port, '127.0.0.1');
    try {
        if ((await client.hset(`a2f:{${id}}:incident`, 'body', body)) !== 0)
            throw new Error('there was no such record');
    } finally {
        client.disconnect();
    }
};

/** What the attacker makes of a record. */
export type Edit = (incident: Incident, target: Target) => Incident;

export function planned(change: (plan: Plan, target: Target) => Plan): Edit {
    return (incident, target) => ({ ...incident, ...(incident.plan && { plan: change(incident.plan, target) }) });
}

const terms = (change: Partial<NonNullable<Plan['terms']>>): Edit =>
    planned((plan) => ({ ...plan, ...(plan.terms && { terms: { ...plan.terms, ...change } }) }));

/** A record in which everything says that it is approved. */
const declaredApproved: Edit = (incident) => ({
    ...incident,
    stage: 'approved',
    ...(incident.approval && { approval: { ...incident.approval, state: 'approved' as const } }),
});

export interface RecordAttack extends Omit<Attack, 'attack'> {
    edit: Edit;
    /** The record that is taken; default its own. */
    source?(target: Target, incident: Incident): Promise<Incident>;
    /** Before the record is written. */
    before?: Attack['attack'];
}

const changed = (name: string, edit: Edit, says: Attack['says'] = /sealed: \w+ → \w+/): RecordAttack => ({
    name,
    code: 'PLAN_CHANGED',
    says,
    edit,
});

const PLANS: RecordAttack[] = [
    changed(
        'A parameter of the approved plan is changed',
        planned((plan) => ({ ...plan, parameters: { value: 'evil' } })),
    ),
    changed(
        'A host is added to the approved plan',
        planned((plan) => ({ ...plan, hosts: [...plan.hosts, 'web-2'] })),
    ),
    changed(
        'The hosts of the approved plan become all',
        planned((plan) => ({ ...plan, hosts: ['all'] })),
    ),
    changed(
        'The approved plan gets another playbook of the library',
        planned((plan) => ({ ...plan, action: { ...plan.action, playbook: 'playbooks/other.yml' } })),
    ),
    changed(
        'The approved plan gets tags',
        planned((plan) => ({ ...plan, action: { ...plan.action, tags: ['dangerous'] } })),
    ),
    changed(
        'The approved plan gets a rollback',
        planned((plan) => ({ ...plan, rollback: { playbook: 'playbooks/other.yml' } })),
    ),
    changed(
        'The risk of the approved plan is lowered',
        planned((plan) => ({ ...plan, action: { ...plan.action, risk: 'low', title: 'Harmless' } })),
    ),
    changed(
        'The result of the dry run is changed to one that shows nothing',
        planned((plan) => ({ ...plan, dryRun: { ...plan.dryRun, digest: '0'.repeat(64), tasks: [] } })),
    ),
    changed(
        'The proof that the fix worked is made easier',
        planned((plan) => ({ ...plan, verify: { withinSeconds: 99_999 } })),
    ),
    changed(
        'The variables of the host are changed in the plan',
        planned((plan) => ({ ...plan, hostVariables: { 'web-1': '0'.repeat(64) } })),
    ),
    changed('The approval is prolonged', terms({ expiresAt: '2099-01-01T00:00:00.000Z' })),
    changed('The terms become automatic', terms({ decision: 'automatic' })),
    changed('The terms name one more approver', terms({ approvers: ['page:alice', 'page:mallory'] })),
    changed('The terms name another gate', terms({ gate: 'gate-2' })),
    changed(
        'The plan gets a new number, so that it may run once more',
        planned((plan) => ({ ...plan, nonce: 'f'.repeat(32) })),
    ),
    {
        ...changed(
            'The playbook is exchanged, and its digest in the plan with it',
            planned((plan) => ({ ...plan, files: { ...plan.files, 'playbooks/fix.yml': '0'.repeat(64) } })),
        ),
        before: (target) => target.library.playbook('fix', leavesMark(target.library, 'evil')),
    },
];

const SEALS: RecordAttack[] = [
    {
        name: 'Plan and seal are changed together',
        code: 'PLAN_SIGNATURE_WRONG',
        says: 'not signed',
        edit: (incident) => {
            const plan = incident.plan && { ...incident.plan, parameters: { value: 'evil' } };
            return {
                ...incident,
                ...(plan && incident.seal && { plan, seal: { ...incident.seal, digest: planDigest(plan) } }),
            };
        },
    },
    {
        name: 'The plan is sealed and approved with a key of the attacker',
        code: 'PLAN_SIGNATURE_WRONG',
        says: 'not signed',
        edit: (incident) => {
            const { plan, approval } = incident;
            if (!plan?.terms || !approval) return incident;
            const sealed = sealPlan({ ...plan, parameters: { value: 'evil' } }, plan.terms, STRANGE_KEYS);
            const decision = signDecision(STRANGE_KEYS, {
                incidentId: incident.id,
                seal: sealed.seal.digest,
                verdict: 'approve',
                by: ALICE,
                at: new Date().toISOString(),
            });
            return { ...incident, ...sealed, approval: { ...approval, decisions: [decision] } };
        },
    },
    {
        name: 'The whole record of another approved incident is copied',
        code: 'PLAN_SIGNATURE_WRONG',
        says: 'for this incident',
        source: (target, incident) => target.another(incident),
        edit: (incident) => incident,
    },
    {
        name: 'The seal is taken away',
        code: 'NOT_APPROVED',
        says: 'only an approved fix runs',
        edit: ({ seal: _seal, ...incident }) => incident,
    },
];

const STAGES: RecordAttack[] = [
    {
        name: 'A fix that waits is declared approved',
        code: 'NOT_APPROVED',
        says: 'needs 1 signed approval',
        from: 'waiting',
        edit: declaredApproved,
    },
    {
        name: 'A fix that waits is declared approved, with an approval that nobody signed',
        code: 'NOT_APPROVED',
        says: 'it has 0',
        from: 'waiting',
        edit: (incident, target) => {
            const approved = declaredApproved(incident, target);
            const decision = {
                incidentId: incident.id,
                seal: incident.seal?.digest ?? '',
                verdict: 'approve' as const,
                by: ALICE,
                at: new Date().toISOString(),
                keyId: incident.seal?.keyId ?? '',
                signature: 'f'.repeat(64),
            };
            return {
                ...approved,
                ...(approved.approval && { approval: { ...approved.approval, decisions: [decision] } }),
            };
        },
    },
    {
        name: 'The signature of the seal is used as the signature of an approval',
        code: 'NOT_APPROVED',
        says: 'it has 0',
        from: 'waiting',
        edit: (incident, target) => {
            const approved = declaredApproved(incident, target);
            const { digest = '', keyId = '', signature = '' } = incident.seal ?? {};
            const decision = {
                incidentId: incident.id,
                seal: digest,
                verdict: 'approve' as const,
                by: ALICE,
                at: new Date().toISOString(),
                keyId,
                signature,
            };
            return {
                ...approved,
                ...(approved.approval && { approval: { ...approved.approval, decisions: [decision] } }),
            };
        },
    },
    {
        name: 'A fix that one of two has approved is declared approved',
        code: 'NOT_APPROVED',
        says: 'needs 2',
        from: 'waiting',
        options: { decision: 'two' },
        before: (target, { id }) => target.approveAs(id, [BOB]),
        edit: declaredApproved,
    },
    {
        name: 'A rejected fix is declared approved',
        code: 'NOT_APPROVED',
        says: 'it has 0',
        from: 'waiting',
        before: (target, { id }) => target.rejectAs(id, BOB),
        edit: declaredApproved,
    },
    {
        name: 'A plan that no gate has seen is declared approved',
        code: 'NOT_APPROVED',
        says: 'only an approved fix runs',
        from: 'planned',
        edit: (incident) => ({
            ...incident,
            stage: 'approved',
            approval: {
                state: 'approved',
                needed: 0,
                decisions: [],
                since: '2026-01-01T00:00:00.000Z',
                expiresAt: '2099-01-01T00:00:00.000Z',
            },
        }),
    },
    {
        name: 'A fix that has run is declared approved again, its approval not used',
        code: 'ALREADY_RUN',
        says: 'before',
        ranBefore: ['ran'],
        before: hasRun,
        edit: declaredUnused,
    },
    {
        name: 'The same, where another machine with an empty folder of runs would run it',
        code: 'ALREADY_RUN',
        says: 'before',
        ranBefore: ['ran'],
        before: async (target, incident) => {
            await hasRun(target, incident);
            rmSync(target.runsFolder, { recursive: true });
        },
        edit: declaredUnused,
    },
];

/** It runs honestly, and the alert fires again. */
async function hasRun(target: Target, { id }: Incident): Promise<void> {
    await target.run(id);
    target.onAsk = () => undefined;
    target.alertState = 'firing';
}

function declaredUnused({
    run: _run,
    verification: _verification,
    closedAt: _closed,
    ...incident
}: Incident): Incident {
    return {
        ...incident,
        stage: 'approved',
        ...(incident.approval && { approval: { ...incident.approval, state: 'approved', consumedAt: undefined } }),
    };
}

export function withPen(pen: Pen, where: string): (attack: RecordAttack) => Attack {
    return ({ edit, before, source = (target, { id }) => target.stored(id), ...attack }) => ({
        ...attack,
        name: `${where}: ${attack.name}`,
        attack: async (target, incident) => {
            await before?.(target, incident);
            const edited = { ...edit(await source(target, incident), target), id: incident.id };
            await pen(target, incident.id, JSON.stringify(edited), edited.stage);
        },
    });
}

const ALL = [...PLANS, ...SEALS, ...STAGES];

/** Somebody who can write to the database, and has not the signing key. */
export const recordsInSqlite: Group = attackGroup(
    'Records written straight into SQLite',
    ALL.map(withPen(inSqlite, 'SQLite')),
);
export const recordsInRedis: Group = attackGroup(
    'Records written straight into Redis',
    ALL.map(withPen(inRedis, 'Redis')),
    { storage: temporaryRedis },
);
