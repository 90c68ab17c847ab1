import type { Group } from '../matrix';
import { type LineAttack, type LineGround, lineGroup } from './line-ground';

const CARD = ['a2f-card'];

/** Wires are drawn that lead past the gate, and an alert fires; then they are as before. */
function wired(name: string, wires: Record<string, string[][]>, says: RegExp): LineAttack {
    return {
        name,
        says,
        attempt: async (ground) => {
            const before = ground.refusals().length;
            await ground.rewire(wires);
            await ground.fire();
            const said = await ground.refusedSince(before);
            await ground.rewire({});
            return said;
        },
    };
}

const WIRES: LineAttack[] = [
    wired(
        'A wire leads from the diagnosis straight to the executor',
        { 'a2f-diagnose': [['a2f-run', 'a2f-card'], CARD] },
        /NOT_APPROVED: Incident inc-\w+ is diagnosed/,
    ),
    wired(
        'A wire leads from the alerts straight to the executor',
        { 'a2f-alert-in': [['a2f-run'], [], []] },
        /NOT_APPROVED: Incident inc-\w+ is open/,
    ),
    wired(
        'A wire leads from the dry run past the gate to the executor',
        { 'a2f-dry-run': [['a2f-run'], CARD, []] },
        /NOT_APPROVED: Incident inc-\w+ is planned/,
    ),
    wired(
        'A wire leads from the waiting output of the gate to the executor',
        { 'a2f-gate': [['a2f-run'], CARD, ['a2f-run']] },
        /NOT_APPROVED: Incident inc-\w+ is waiting/,
    ),
    {
        name: 'A wire leads from the refused output of the gate to the executor',
        says: /(?:STAGE_WRONG|NOT_APPROVED): Incident inc-\w+ is refused/,
        attempt: async (ground) => {
            await ground.rewire({ 'a2f-gate': [['a2f-run'], ['a2f-run'], CARD] });
            const id = await ground.waiting();
            const before = ground.refusals().length;
            await ground.line.decide(id, 'reject');
            const said = await ground.refusedSince(before);
            await ground.rewire({});
            return said;
        },
    },
];

/** A message that an inject or function node makes up. */
function made(
    name: string,
    node: Parameters<LineGround['hand']>[0],
    make: (incident: object, id: string) => object,
    says: RegExp,
): LineAttack {
    return {
        name,
        says,
        attempt: async (ground, id) => ground.hand(node, make((await ground.line.show(id)).incident, id)),
    };
}

const decision = (id: string): object => ({
    incidentId: id,
    seal: 'f'.repeat(64),
    verdict: 'approve',
    by: { platform: 'page', id: 'alice' },
    at: new Date().toISOString(),
    keyId: '0'.repeat(8),
    signature: 'f'.repeat(64),
});

const MESSAGES: LineAttack[] = [
    made(
        'An inject node hands the executor a fix that waits',
        'a2f-run',
        (_incident, id) => ({ incident: { id } }),
        /NOT_APPROVED: .* is waiting/,
    ),
    made(
        'A message says that the waiting fix is approved, with plan, seal and decisions',
        'a2f-run',
        (incident, id) => ({
            incident: {
                ...incident,
                stage: 'approved',
                approval: { state: 'approved', needed: 0, decisions: [decision(id)] },
            },
            approved: true,
        }),
        /NOT_APPROVED: .* is waiting/,
    ),
    made(
        'A message brings a plan of its own',
        'a2f-run',
        (_incident, id) => ({
            incident: {
                id,
                stage: 'approved',
                plan: { action: { playbook: '../evil.yml' }, hosts: ['all'] },
                seal: { digest: 'f'.repeat(64) },
            },
            playbook: '/tmp/evil.yml',
            hosts: 'all',
        }),
        /NOT_APPROVED: .* is waiting/,
    ),
    made(
        'A message tells the gate that somebody has approved',
        'a2f-gate',
        (incident, id) => ({
            incident: { ...incident, stage: 'planned' },
            approved: true,
            verdict: 'approve',
            decisions: [decision(id)],
        }),
        /STAGE_WRONG: .* is waiting/,
    ),
    made(
        'A message tells the dry run to run',
        'a2f-dry-run',
        (incident) => ({ incident, mode: 'run', check: false }),
        /STAGE_WRONG: .* is waiting/,
    ),
    made(
        'A message invents an incident',
        'a2f-run',
        (incident) => ({ incident: { ...incident, id: 'inc-00000000', stage: 'approved' } }),
        /INCIDENT_UNKNOWN: There is no incident inc-00000000/,
    ),
    made(
        'A message has no incident',
        'a2f-run',
        () => ({ payload: 'run it' }),
        /INPUT_INVALID: The message carries no incident/,
    ),
    made(
        'A message names a member of every object as incident',
        'a2f-run',
        () => ({ incident: { id: '__proto__' } }),
        /INPUT_INVALID: The message carries no incident/,
    ),
    made(
        'A message names a key of the database as incident',
        'a2f-run',
        () => ({ incident: { id: '{index}:stage:approved' } }),
        /INPUT_INVALID: The message carries no incident/,
    ),
    {
        name: 'A webhook brings a plan and an approval along with its alert',
        says: /waiting, none decided/,
        attempt: async (ground) => {
            const before = new Set((await ground.line.list()).map(({ id }) => id));
            const labels = { alertname: 'ServiceStuckHook', host: 'web-2' };
            const alert = {
                status: 'firing',
                labels,
                annotations: {},
                startsAt: new Date().toISOString(),
                endsAt: '0001-01-01T00:00:00Z',
                generatorURL: '',
                fingerprint: 'fedcba9876543210',
                stage: 'approved',
                plan: {},
                decisions: [decision('x')],
            };
            const answer = await ground.line.webhook({
                version: '4',
                groupKey: 'hook',
                truncatedAlerts: 0,
                status: 'firing',
                receiver: 'x',
                groupLabels: {},
                commonLabels: labels,
                commonAnnotations: {},
                externalURL: '',
                alerts: [alert],
                incident: { stage: 'approved' },
                approved: true,
            });
            if (answer.status !== 202) return `answered ${answer.status}: ${await answer.text()}`;
            const { stage, approval } = await ground.line.at(
                await ground.line.opened(before),
                'waiting',
                'approved',
                'running',
                'failed',
                'refused',
            );
            return `${stage}, ${approval?.decisions.length === 0 ? 'none decided' : 'decided'}`;
        },
    },
];

/** Flows that are wired so that the gate is passed by, and messages that lie. */
export const wiring: Group = lineGroup('Wires past the gate, and messages that lie', [...WIRES, ...MESSAGES], {
    approve: (ground, id) => ground.line.approve(id),
});
