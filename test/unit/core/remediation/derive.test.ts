// @needs ansible-playbook
import { asSealed } from '../../../../nodes/core/approval/as-sealed';
import type { Incident } from '../../../../nodes/core/model/incident';
import type { Plan } from '../../../../nodes/core/model/plan';
import { requireDerived, requireWithinLimits } from '../../../../nodes/core/remediation/derive';
import { executeFix } from '../../../../nodes/core/remediation/execute';
import { makePlan } from '../../../../nodes/core/remediation/make-plan';
import { alertOn, control, FixScene } from '../../../support/fix-scene';

let scene: FixScene;
let planned: Incident;
let plan: Plan;
beforeAll(async () => {
    scene = await new FixScene({ rollback: '- debug: {msg: back}', verify: '{ within: 2s, check: "up == 1" }' }).open();
    planned = await makePlan(scene.parts(), (await scene.diagnosed()).id, control());
    plan = planned.plan as Plan;
});
afterAll(() => scene.close());

const derive = (changes: Partial<Plan>): void =>
    requireDerived(scene.parts().library, planned, { ...plan, ...changes });
const labels = { alertname: 'ConfigWrong', host: 'web-2' };

test('the plan of a dry run follows from its runbook, diagnosis and alerts', () => {
    expect(() => derive({})).not.toThrow();
});

test.each<[string, (plan: Plan) => Partial<Plan>]>([
    ['action.title', ({ action }) => ({ action: { ...action, title: 'Harmless' } })],
    ['action.risk', ({ action }) => ({ action: { ...action, risk: 'high' } })],
    ['action.approval', ({ action }) => ({ action: { ...action, approval: 'Approve it.' } })],
    ['action.playbook', ({ action }) => ({ action: { ...action, playbook: 'playbooks/rollback.yml' } })],
    ['action.tags', ({ action }) => ({ action: { ...action, tags: ['dangerous'] } })],
    ['parameters.value', () => ({ parameters: { value: 'evil; id' } })],
    ['parameters.ansible_become', () => ({ parameters: { value: 'good', ansible_become: true } })],
    ['parameters.value', () => ({ parameters: {} })],
    ['hosts', ({ hosts }) => ({ hosts: [...hosts, 'web-2'] })],
    ['rollback', () => ({ rollback: undefined })],
    ['rollback.playbook', () => ({ rollback: { playbook: 'playbooks/fix.yml' } })],
    ['verify.withinSeconds', ({ verify }) => ({ verify: { ...verify, withinSeconds: 999 } })],
    ['verify.check', ({ verify }) => ({ verify: { ...verify, check: 'vector(1)' } })],
    ['runbook.digest', ({ runbook }) => ({ runbook: { ...runbook, digest: '0'.repeat(64) } })],
    ['runbook.id', ({ runbook }) => ({ runbook: { ...runbook, id: 'other' } })],
    ['alerts', ({ alerts }) => ({ alerts: [...alerts, { ...alertOn('web-2'), labels: { alertname: 'Other' } }] })],
    ['hosts', () => ({ alerts: [{ ...alertOn('web-1') }, { ...alertOn('web-2'), labels }], hosts: ['web-2'] })],
    ['dryRun.hosts', ({ dryRun }) => ({ dryRun: { ...dryRun, unseen: [{ why: 'ran', task: 'x', hosts: ['db-1'] }] } })],
])('a plan with another %s is refused, with the field', (field, change) => {
    expect(() => derive(change(plan))).toThrow(
        expect.objectContaining({
            code: 'PLAN_CHANGED',
            field: expect.stringMatching(field === 'hosts' || field === 'alerts' ? /^(hosts|alerts)$/ : field),
        }),
    );
});

test('a plan whose alerts name no host of it is refused', () => {
    const alerts = [{ ...alertOn('web-1'), labels }];
    expect(() => derive({ alerts, hosts: ['db-1'] })).toThrow(
        expect.objectContaining({ code: 'PLAN_CHANGED', field: 'plan' }),
    );
});

test.each([
    ['timeoutSeconds', { timeoutSeconds: 86_400 }],
    ['forks', { forks: 50 }],
])('%s beyond what the node allows is refused', (field, change) => {
    expect(() => requireWithinLimits({ ...plan, ...change }, { timeoutSeconds: 60, forks: 5 })).toThrow(
        expect.objectContaining({ code: 'PLAN_CHANGED', field }),
    );
});

describe('sealed by a gate that did not ask, and approved', () => {
    /** A plan that our dry run seems to have signed, and that says something else than it showed. */
    async function refused(change: (plan: Plan) => Partial<Plan>): Promise<Incident> {
        const { id } = await makePlan(scene.parts(), (await scene.diagnosed()).id, control());
        await scene.tamper(id, (incident) =>
            scene.asPlanned({
                ...incident,
                ...(incident.plan && { plan: { ...incident.plan, ...change(incident.plan) } }),
            }),
        );
        await scene.approve(id);
        return executeFix(scene.parts(), id, control());
    }

    test.each<[string, string, (plan: Plan) => Partial<Plan>]>([
        ['a lower risk', 'another action.title', ({ action }) => ({ action: { ...action, title: 'x' } })],
        [
            'shown tasks that are not those of the dry run',
            'tasks and changes that were shown',
            ({ dryRun }) => ({ dryRun: { ...dryRun, tasks: [] } }),
        ],
        [
            'a task that cannot be shown, invented',
            'dry run cannot show are not those',
            ({ dryRun }) => ({ dryRun: { ...dryRun, unseen: [{ why: 'ran', task: 'x', hosts: ['web-1'] }] } }),
        ],
        [
            'a preview that is not the kept one',
            'The kept dry run is not the one',
            ({ dryRun }) => ({
                dryRun: {
                    ...dryRun,
                    ...(dryRun.preview && { preview: { ...dryRun.preview, digest: '0'.repeat(64) } }),
                },
            }),
        ],
    ])('%s does not run', async (_what, says, change) => {
        expect(await refused(change)).toMatchObject({ stage: 'refused', reason: expect.stringContaining(says) });
        expect(scene.conf()).toBe('bad');
    });
});

test('a card shows what is sealed of the alerts, and then those that the plan does not cover', () => {
    const [alert] = planned.alerts;
    if (!alert) throw new Error('no alert');
    const other = { ...alertOn('web-2'), labels };
    const now = { ...planned, severity: 'info', alerts: [other, { ...alert, annotations: { summary: 'forged' } }] };
    expect(asSealed(now)).toMatchObject({ severity: planned.severity, alerts: [alert, other] });
});
