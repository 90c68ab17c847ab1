// @needs ansible-playbook
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { signDecision } from '../../../../nodes/core/approval/decision';
import type { Identity } from '../../../../nodes/core/model/identity';
import type { Incident } from '../../../../nodes/core/model/incident';
import { type DryRun, planDigest } from '../../../../nodes/core/model/plan';
import { executeFix } from '../../../../nodes/core/remediation/execute';
import { makePlan } from '../../../../nodes/core/remediation/make-plan';
import type { RemediationParts } from '../../../../nodes/core/remediation/parts';
import { KeyRing, signingKey } from '../../../../nodes/core/signing/keys';
import { sealPlan } from '../../../../nodes/core/signing/seal';
import { withTerms } from '../../../support/approvals';
import { control, FixScene, type SceneOptions } from '../../../support/fix-scene';

const alice: Identity = { platform: 'page', id: 'alice' };
const bob: Identity = { platform: 'page', id: 'bob' };
const sam: Identity = { platform: 'slack', id: 'T1/U1' };

let scene: FixScene;

afterEach(() => scene.close());

/** An approved incident, ready to run. */
async function approved(
    options: SceneOptions = {},
    people = [alice],
    before: () => void = () => undefined,
): Promise<string> {
    scene = await new FixScene(options).open();
    before();
    const { id } = await scene.diagnosed();
    await makePlan(scene.parts(), id, control());
    await scene.approve(id, people);
    return id;
}

const run = (id: string, changes: Partial<RemediationParts> = {}): Promise<Incident> =>
    executeFix(scene.parts(changes), id, control());

/** Nothing of the run is on this machine. */
function expectNothingRan(): void {
    expect(scene.conf()).toBe('bad');
    expect(existsSync(scene.runsFolder) ? readdirSync(scene.runsFolder) : []).toEqual([]);
}

const edit = (name: string, text: string) => (): void => void scene.library.write(name, text);
const tamper =
    (change: (incident: Incident) => Incident) =>
    async (id: string): Promise<void> =>
        scene.tamper(id, change);
const otherKeys = new KeyRing([signingKey(Buffer.alloc(32, 9))]);

type Spoil = (id: string) => Promise<void> | void;
const REFUSALS: [string, string, string, string, Spoil, SceneOptions?, Identity[]?][] = [
    [
        'seal',
        'a parameter changed in the store',
        'PLAN_CHANGED',
        '→',
        tamper((incident) => {
            if (incident.plan) incident.plan.parameters = { value: 'evil' };
            return incident;
        }),
    ],
    [
        'seal',
        'a host added in the store',
        'PLAN_CHANGED',
        '→',
        tamper((incident) => {
            incident.plan?.hosts.push('web-2');
            return incident;
        }),
    ],
    [
        'seal',
        'terms loosened in the store',
        'PLAN_CHANGED',
        '→',
        tamper((incident) => withTerms(incident, { decision: 'automatic' })),
    ],
    [
        'seal',
        'a plan and its seal changed together, without the key',
        'PLAN_SIGNATURE_WRONG',
        'not signed',
        tamper((incident) => {
            if (incident.plan && incident.seal) {
                incident.plan.parameters = { value: 'evil' };
                incident.seal.digest = planDigest(incident.plan);
            }
            return incident;
        }),
    ],
    [
        'seal',
        'a plan sealed with another key',
        'PLAN_SIGNATURE_WRONG',
        'not signed',
        tamper((incident) => {
            const { plan } = incident;
            return plan?.terms ? { ...incident, ...sealPlan(plan, plan.terms, otherKeys) } : incident;
        }),
    ],
    [
        'approval',
        'no decision at all',
        'NOT_APPROVED',
        'needs 1',
        tamper((incident) => {
            if (incident.approval) incident.approval.decisions = [];
            return incident;
        }),
    ],
    [
        'approval',
        'a forged decision',
        'NOT_APPROVED',
        'it has 0',
        tamper((incident) => {
            if (incident.approval && incident.seal) {
                incident.approval.decisions = [
                    signDecision(otherKeys, {
                        incidentId: incident.id,
                        seal: incident.seal.digest,
                        verdict: 'approve',
                        by: alice,
                        at: 'now',
                    }),
                ];
            }
            return incident;
        }),
    ],
    [
        'approval',
        'a decision of another incident',
        'NOT_APPROVED',
        'it has 0',
        tamper((incident) => {
            if (incident.approval && incident.seal) {
                incident.approval.decisions = [
                    signDecision(scene.keys, {
                        incidentId: 'inc-other',
                        seal: incident.seal.digest,
                        verdict: 'approve',
                        by: alice,
                        at: 'now',
                    }),
                ];
            }
            return incident;
        }),
    ],
    [
        'approval',
        'a decision on another seal',
        'NOT_APPROVED',
        'it has 0',
        tamper((incident) => {
            if (incident.approval)
                incident.approval.decisions = [
                    signDecision(scene.keys, {
                        incidentId: incident.id,
                        seal: 'f'.repeat(64),
                        verdict: 'approve',
                        by: alice,
                        at: 'now',
                    }),
                ];
            return incident;
        }),
    ],
    [
        'approval',
        'a rejection called an approval',
        'NOT_APPROVED',
        'it has 0',
        tamper((incident) => {
            if (incident.approval && incident.seal) {
                incident.approval.decisions = [
                    signDecision(scene.keys, {
                        incidentId: incident.id,
                        seal: incident.seal.digest,
                        verdict: 'reject',
                        by: alice,
                        at: 'now',
                    }),
                ];
            }
            return incident;
        }),
    ],
    [
        'approval',
        'one person twice where two are needed',
        'NOT_APPROVED',
        'needs 2',
        tamper((incident) => {
            const [first] = incident.approval?.decisions ?? [];
            if (incident.approval && first) incident.approval.decisions = [first, { ...first }];
            return incident;
        }),
        { decision: 'two' },
        [alice, bob],
    ],
    [
        'approver',
        'somebody whom the terms do not name',
        'NOT_ENTITLED',
        'page:mallory',
        tamper((incident) => {
            if (incident.approval && incident.seal) {
                incident.approval.decisions = [
                    signDecision(scene.keys, {
                        incidentId: incident.id,
                        seal: incident.seal.digest,
                        verdict: 'approve',
                        by: { platform: 'page', id: 'mallory' },
                        at: 'now',
                    }),
                ];
            }
            return incident;
        }),
    ],
    [
        'approver',
        'somebody who left the group',
        'NOT_ENTITLED',
        'slack:T1/U1',
        () => {
            scene.directory = { isMember: async () => false };
        },
        { approvers: 'slack-group:T1/S1' },
        [sam],
    ],
    [
        'approver',
        'a group that cannot be asked',
        'NOT_ENTITLED',
        'slack:T1/U1',
        () => {
            scene.directory = {
                isMember: async () => {
                    throw new Error('down');
                },
            };
        },
        { approvers: 'slack-group:T1/S1' },
        [sam],
    ],
    [
        'policy',
        'an approver who was taken out of the gate',
        'POLICY_STRICTER',
        '0 of them',
        () => {
            scene.policy = scene.policyWith({ approvers: ['page:bob'] });
        },
    ],
    [
        'policy',
        'a gate that asks for two now',
        'POLICY_STRICTER',
        'asks for 2',
        () => {
            scene.policy = scene.policyWith({ decision: 'two' });
        },
    ],
    [
        'policy',
        'a gate that denies now',
        'POLICY_STRICTER',
        'denies',
        () => {
            scene.policy = scene.policyWith({ decision: 'deny' });
        },
    ],
    [
        'policy',
        'a gate without a rule for it now',
        'POLICY_STRICTER',
        'No rule',
        () => {
            scene.policy = scene.policyWith({ risks: ['high'] });
        },
    ],
    [
        'policy',
        'a gate that asks a person where a rule approved',
        'POLICY_STRICTER',
        'asks for 1',
        () => {
            scene.policy = scene.policyWith({ decision: 'one' });
        },
        { decision: 'automatic' },
        [],
    ],
    [
        'policy',
        'a gate whose approvals last shorter now',
        'POLICY_STRICTER',
        'to last until',
        () => {
            scene.policy = { ...scene.policyWith({}), expirySeconds: 60 };
            scene.clock = () => new Date(Date.now() + 120_000);
        },
    ],
    [
        'policy',
        'a gate that is gone',
        'POLICY_STRICTER',
        'not deployed',
        () => {
            scene.policy = undefined;
        },
    ],
    [
        'expiry',
        'an approval that is too old',
        'PLAN_EXPIRED',
        'expired at',
        () => {
            scene.clock = () => new Date(Date.now() + 601_000);
        },
    ],
    [
        'clock',
        'a clock that went back',
        'CLOCK_WRONG',
        'went back',
        () => {
            scene.clock = () => new Date(Date.now() - 120_000);
        },
    ],
    [
        'clock',
        'a clock that was ahead when somebody approved',
        'CLOCK_WRONG',
        'was ahead before',
        tamper((incident) => {
            const at = new Date(Date.now() + 120_000).toISOString();
            if (incident.approval && incident.seal) {
                incident.approval.decisions = [
                    signDecision(scene.keys, {
                        incidentId: incident.id,
                        seal: incident.seal.digest,
                        verdict: 'approve',
                        by: alice,
                        at,
                    }),
                ];
            }
            return incident;
        }),
    ],
    [
        'runbook',
        'an edited runbook',
        'PLAN_CHANGED',
        '→',
        () => {
            scene.library.write('runbooks/config-wrong.yaml', `# edited\n${scene.read('runbooks/config-wrong.yaml')}`);
        },
    ],
    [
        'runbook',
        'a runbook that is gone',
        'PLAN_CHANGED',
        'missing',
        () => rmSync(path.join(scene.library.folder, 'runbooks/config-wrong.yaml')),
    ],
    [
        'files',
        'an edited playbook',
        'PLAN_CHANGED',
        'playbooks/fix.yml',
        () => {
            scene.library.playbook('fix', '- shell: echo evil > x');
        },
    ],
    [
        'files',
        'a playbook that is gone',
        'PLAN_CHANGED',
        'missing',
        () => rmSync(path.join(scene.library.folder, 'playbooks/fix.yml')),
    ],
    ['files', 'new group variables', 'PLAN_CHANGED', 'group_vars/all.yml', edit('group_vars/all.yml', 'x: 1\n')],
    ['files', 'an ansible.cfg that was not there', 'PLAN_CHANGED', 'ansible.cfg', edit('ansible.cfg', '[defaults]\n')],
    [
        'files',
        'an inventory that became a program',
        'PLAN_CHANGED',
        'executable',
        () => chmodSync(scene.library.inventory, 0o755),
    ],
    [
        'files',
        'a private copy that somebody changed',
        'PLAN_CHANGED',
        'private copy',
        () => {
            const [copy = ''] = readdirSync(scene.sealedFolder);
            writeFileSync(path.join(scene.sealedFolder, copy, 'library/ansible.cfg'), '[defaults]\n');
        },
    ],
    [
        'files',
        'an inventory that points elsewhere',
        'PLAN_CHANGED',
        'inventory.ini',
        edit('inventory.ini', 'web-1 ansible_host=10.0.0.1\n'),
    ],
    [
        'alert',
        'an alert that has cleared',
        'ALERT_NOT_FIRING',
        'does not fire',
        () => {
            scene.alertState = 'cleared';
        },
    ],
    [
        'alert',
        'an Alertmanager that is down',
        'ALERT_STATE_UNKNOWN',
        'ECONNREFUSED',
        () => {
            scene.alertState = 'down';
        },
    ],
    [
        'alert',
        'an Alertmanager that does not know the alert',
        'ALERT_STATE_UNKNOWN',
        'nothing is known',
        () => {
            scene.alertState = 'silent';
        },
    ],
    [
        'hosts',
        'another fix on the host',
        'TARGET_BUSY',
        'inc-other',
        async () => {
            await scene.storage.store.leases.take('host:web-1', 'inc-other/nonce/1', 60_000);
        },
    ],
    ['dry run', 'a target that changed so that less is to do', 'DRY_RUN_DRIFTED', '→', edit('../conf', 'good\n')],
    ['dry run', 'a target that changed to something else', 'DRY_RUN_DRIFTED', '-worse', edit('../conf', 'worse\n')],
    [
        'run folder',
        'a store older than the run',
        'ALREADY_RUN',
        'before',
        async (id) => {
            const { incident } = await scene.storage.incidents.get(id);
            mkdirSync(path.join(scene.runsFolder, incident.plan?.nonce ?? ''), { recursive: true });
        },
    ],
];

describe('refused by the check of', () => {
    test.each(REFUSALS)('%s: %s', async (check, _what, code, says, spoil, options = {}, people = [alice]) => {
        const id = await approved(options, people, () => {
            scene.directory = { isMember: async () => true };
        });
        const before = scene.conf();
        await spoil(id);
        const spoilt = scene.conf();
        const refused = await run(id);
        expect(refused).toMatchObject({
            stage: 'refused',
            reason: expect.stringContaining(says),
            flow: { node: 'run-1', state: 'sent', port: 1 },
        });
        expect(refused.run).toBeUndefined();
        const [entry] = (await scene.storage.store.timeline(id)).slice(-1);
        expect(entry).toMatchObject({ type: 'run.refused', data: { check, code } });
        expect([before, scene.conf()]).toEqual(['bad', spoilt]);
        expect(await scene.storage.store.leases.ownerOf('host:web-1')).toBe(
            code === 'TARGET_BUSY' ? 'inc-other/nonce/1' : undefined,
        );
        expect(readdirSync(scene.runsFolder).filter((name) => name !== refused.plan?.nonce)).toEqual([]);
        await expect(run(id)).rejects.toMatchObject({ code: 'STAGE_WRONG' });
    });
});

test('a dynamic inventory that now leads elsewhere is refused, though its script is the sealed one', async () => {
    const answer = (address: string): string =>
        JSON.stringify({
            all: { hosts: ['web-1'] },
            _meta: {
                hostvars: {
                    'web-1': {
                        ansible_connection: 'local',
                        ansible_python_interpreter: '/usr/bin/python3',
                        ansible_host: address,
                    },
                },
            },
        });
    const id = await approved({}, [alice], () => {
        chmodSync(
            scene.library.write(
                'inventory.ini',
                `#!/bin/sh\ncat ${scene.library.write('../answer.json', answer('10.0.0.1'))}\n`,
            ),
            0o755,
        );
    });
    scene.library.write('../answer.json', answer('10.0.0.2'));
    const refused = await run(id);
    expect(refused).toMatchObject({
        stage: 'refused',
        reason: expect.stringContaining('other variables than at the dry run'),
    });
    expectNothingRan();
});

describe('of several hosts', () => {
    const PLANNED = ['web-1', 'web-2'];
    const firingOn = (...hosts: string[]): Partial<RemediationParts> => ({
        alerts: {
            states: async (asked) =>
                new Map(
                    asked.map(({ fingerprint, labels }) => [
                        fingerprint,
                        hosts.includes(labels.host ?? '') ? 'firing' : 'cleared',
                    ]),
                ),
            firing: async () => [],
        },
    });

    test('one whose own alert has cleared is not fixed because of the others', async () => {
        const id = await approved({ hosts: PLANNED });
        const refused = await run(id, firingOn('web-1'));
        expect(refused).toMatchObject({
            stage: 'refused',
            reason: expect.stringMatching(
                /does not fire now, on web-2 \(ConfigWrong since .*whose alert still fires: web-1/,
            ),
        });
        expect((await scene.storage.store.timeline(id)).at(-1)).toMatchObject({
            text: expect.stringContaining('the check "alert"'),
            data: { check: 'alert', code: 'ALERT_NOT_FIRING' },
        });
        expectNothingRan();
    });
});

test('an approval that is withdrawn during the checks ends them', async () => {
    const id = await approved();
    const takenBack = tamper((incident) => ({
        ...incident,
        stage: 'refused',
        ...(incident.approval && { approval: { ...incident.approval, state: 'withdrawn' as const } }),
    }));
    const withdrawing = {
        states: async () => {
            await takenBack(id);
            return scene.alerts.states([], AbortSignal.timeout(1000));
        },
        firing: async () => [],
    };
    await expect(run(id, { alerts: withdrawing })).rejects.toMatchObject({ code: 'PLAN_WITHDRAWN' });
    expectNothingRan();
});

describe('signing keys that were changed after the approval', () => {
    const fresh = signingKey(Buffer.alloc(32, 8));
    const old = signingKey(Buffer.alloc(32, 7));

    test('run it while the old one is kept', async () => {
        const id = await approved();
        scene.onAsk = () => {
            if (scene.conf() === 'good') scene.alertState = 'cleared';
        };
        expect(await run(id, { keys: new KeyRing([fresh, old]) })).toMatchObject({ stage: 'closed' });
        expect(scene.conf()).toBe('good');
    });

    test('refuse it when the old one is removed, naming both and the cure', async () => {
        const id = await approved();
        const refused = await run(id, { keys: new KeyRing([fresh]) });
        expect(refused).toMatchObject({
            stage: 'refused',
            reason: expect.stringMatching(
                new RegExp(`key ${old.id}.*not among the keys here \\(${fresh.id}\\).*further line`),
            ),
        });
        expectNothingRan();
    });
});

test.each<[string, Partial<DryRun>, string]>([
    ['another version of Ansible', { ansible: '2.0.0' }, '2.0.0 → 2.'],
    ['tasks that become another user', { becomes: ['operator'] }, 'operator → nobody'],
])('%s than at the dry run is refused', async (_what, sealed, says) => {
    scene = await new FixScene().open();
    const { id } = await scene.diagnosed();
    await makePlan(scene.parts(), id, control());
    await scene.tamper(id, (incident) =>
        scene.asPlanned({
            ...incident,
            ...(incident.plan && { plan: { ...incident.plan, dryRun: { ...incident.plan.dryRun, ...sealed } } }),
        }),
    );
    await scene.approve(id);
    expect(await run(id)).toMatchObject({ stage: 'refused', reason: expect.stringContaining(says) });
    expectNothingRan();
});

describe("not this node's to run, and left untouched:", () => {
    const STAGES: [string, string, Spoil, Identity[]?][] = [
        ['an incident that waits', 'NOT_APPROVED', () => undefined, []],
        ['an incident that lost its plan', 'NOT_APPROVED', tamper((incident) => ({ ...incident, plan: undefined }))],
        [
            'a withdrawn approval',
            'PLAN_WITHDRAWN',
            tamper((incident) => ({
                ...incident,
                stage: 'refused',
                ...(incident.approval && { approval: { ...incident.approval, state: 'withdrawn' as const } }),
            })),
        ],
        [
            'a consumed approval',
            'ALREADY_RUN',
            tamper((incident) => ({
                ...incident,
                ...(incident.approval && {
                    approval: { ...incident.approval, consumedAt: '2026-01-01T00:00:00.000Z' },
                }),
            })),
        ],
    ];
    test.each(STAGES)('%s', async (_what, code, spoil, people = [alice]) => {
        const id = await approved({}, people);
        await spoil(id);
        const { version } = await scene.storage.incidents.get(id);
        await expect(run(id)).rejects.toMatchObject({ code });
        expect((await scene.storage.incidents.get(id)).version).toBe(version);
        expectNothingRan();
    });

    test('an incident that a message invents', async () => {
        await approved();
        await expect(run('inc-00000000')).rejects.toMatchObject({ code: 'INCIDENT_UNKNOWN' });
        expectNothingRan();
    });
});

describe('run when all is as approved', () => {
    const GOOD: [string, SceneOptions, Identity[], Partial<RemediationParts>?][] = [
        ['by one person', {}, [alice]],
        ['by two persons', { decision: 'two' }, [alice, bob]],
        ['by a rule', { decision: 'automatic' }, []],
        ['by a member of a group', { approvers: 'slack-group:T1/S1' }, [sam]],
        [
            'under a policy that asks for less now',
            { decision: 'two' },
            [alice, bob],
            { policyOf: () => scene.policyWith({ decision: 'one', approvers: ['page:bob'] }) },
        ],
        ['without an Alertmanager, by the stored alerts', {}, [alice], { alerts: undefined }],
    ];
    test.each(GOOD)('%s', async (_what, options, people, changes = {}) => {
        const id = await approved(options, people, () => {
            scene.directory = { isMember: async () => true };
        });
        scene.onAsk = () => {
            if (scene.conf() === 'good') scene.alertState = 'cleared';
        };
        await run(id, changes);
        expect(scene.conf()).toBe('good');
    });

    test('once, however many try at the same time', async () => {
        const id = await approved({
            tasks: '- shell: echo ran >> COUNT'.replace('COUNT', '{{ playbook_dir }}/../../count'),
        });
        scene.onAsk = () => {
            if (existsSync(scene.library.path('count'))) scene.alertState = 'cleared';
        };
        const tries = await Promise.allSettled(Array.from({ length: 20 }, () => run(id)));
        expect(tries.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
        expect(
            new Set(
                tries.flatMap((result) =>
                    result.status === 'rejected' ? [(result.reason as { code: string }).code] : [],
                ),
            ),
        ).toEqual(new Set(['ALREADY_RUN']));
        expect(scene.read('../count')).toBe('ran\n');
        expect((await scene.timeline(id)).filter((type) => type === 'run.intended')).toHaveLength(1);
        expect(readdirSync(scene.runsFolder)).toHaveLength(1);
    });
});
