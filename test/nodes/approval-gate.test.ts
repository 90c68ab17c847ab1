import { setTimeout as pause } from 'node:timers/promises';
import approvalGate from '../../nodes/approval-gate/approval-gate';
import { type DecisionRequest, decide } from '../../nodes/core/approval/decide';
import { opening } from '../../nodes/core/approval/gate';
import type { PolicyConfig } from '../../nodes/core/approval/parse-policy';
import { withdrawing } from '../../nodes/core/approval/withdraw';
import { FixError } from '../../nodes/core/errors';
import type { Incident } from '../../nodes/core/model/incident';
import { Incidents } from '../../nodes/core/store/incidents';
import type { IncidentMessage } from '../../nodes/runtime/message';
import type { IncidentStoreService } from '../../nodes/runtime/services';
import { aGate, aPlannedIncident, aPolicy, aRule, keys, person, sealOf } from '../support/approvals';
import { helper } from '../support/node-red';
import { until } from '../support/processes';
import { serviceOf, storeNode } from '../support/store-node';
import { type TemporaryStore, temporarySqlite } from '../support/stores';

const RULE: PolicyConfig['rules'][number] = {
    name: 'all',
    match: '',
    risks: ['low', 'medium', 'high'],
    decision: 'one',
    approvers: 'page:alice',
};
const HOUR = 3_600_000;

let temporary: TemporaryStore;
let incidents: Incidents;
let service: IncidentStoreService;
let ahead: number;
let out: Record<'approved' | 'refused' | 'waiting' | 'caught' | 'states', IncidentMessage[]>;

beforeEach(async () => {
    ahead = 0;
    temporary = await temporarySqlite();
    incidents = new Incidents(temporary.store, () => new Date(Date.now() + ahead));
    service = serviceOf(temporary.store, { incidents: () => Promise.resolve(incidents) });
    out = { approved: [], refused: [], waiting: [], caught: [], states: [] };
});
afterEach(async () => {
    await helper.unload();
    await temporary.close();
});

/** Deploys a gate with probes on its outputs. */
async function deploy(config: Partial<PolicyConfig> & Record<string, unknown> = {}, store: object = {}): Promise<void> {
    const flow: ({ id: string; type: string } & Record<string, unknown>)[] = [
        { id: 'tab', type: 'tab' },
        { id: 'store', type: 'incident-store', ...store },
        {
            id: 'gate',
            z: 'tab',
            type: 'approval-gate',
            store: 'store',
            chat: '',
            rules: [RULE],
            groups: [],
            expiryMinutes: 60,
            escalateMinutes: 10,
            wires: [['approved'], ['refused'], ['waiting']],
            ...config,
        },
        { id: 'approved', z: 'tab', type: 'helper' },
        { id: 'refused', z: 'tab', type: 'helper' },
        { id: 'waiting', z: 'tab', type: 'helper' },
        { id: 'catch-1', z: 'tab', type: 'catch', scope: ['gate'], wires: [['caught']] },
        { id: 'caught', z: 'tab', type: 'helper' },
        { id: 'status-1', z: 'tab', type: 'status', scope: ['gate'], wires: [['states']] },
        { id: 'states', z: 'tab', type: 'helper' },
    ];
    await helper.load([storeNode(() => service), approvalGate], flow);
    for (const probe of Object.keys(out) as (keyof typeof out)[]) {
        helper.getNode(probe).on('input', (msg) => out[probe].push(msg as IncidentMessage));
    }
}

async function planned(parts: Partial<Incident> = {}): Promise<Incident> {
    const incident = aPlannedIncident(parts);
    await incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    return incident;
}

function arrive(incident: Incident, parts: object = {}): void {
    helper.getNode('gate').receive({ incident: { id: incident.id }, ...parts } as never);
}

async function waiting(parts: object = {}): Promise<Incident> {
    const incident = await planned();
    const before = out.waiting.length;
    arrive(incident, parts);
    await until(() => out.waiting.length > before);
    return (await incidents.get(incident.id)).incident;
}

/** What the page, Slack and the plugin call. */
async function click(incident: Incident, parts: Partial<DecisionRequest> = {}): Promise<void> {
    await decide(
        { incidents, keys },
        { incidentId: incident.id, seal: sealOf(incident), verdict: 'approve', by: person('alice'), ...parts },
    );
}

/** An incident at this gate as a process that no longer lives has left it. */
async function leftBehind(parts: Partial<Incident> = {}): Promise<Incident> {
    const { id } = await planned(parts);
    const gate = aGate(aPolicy([aRule()]), {
        sent: (port) => ({ node: 'gate', state: 'sent', port, instance: 'a-dead-one' }),
    });
    return incidents.change(id, opening(gate));
}

const typesOf = async ({ id }: Incident) => (await temporary.store.timeline(id)).map(({ type }) => type);
const quiet = () => pause(300);

describe('a policy with approvers whom nobody can attest', () => {
    const statusOf = (): unknown => (out.states.at(-1)?.status as { text?: string } | undefined)?.text;

    test('is said in the status and in the log when it is deployed, and holds', async () => {
        await deploy({ rules: [{ ...RULE, approvers: 'page:alice, mattermost:alice' }] });
        await until(() => statusOf() === 'approval-gate.status.warning');
        const logged = helper
            .log()
            .args.flat()
            .map(({ msg }: { msg?: unknown }) => String(msg));
        expect(logged).toContainEqual(expect.stringMatching(/mattermost:alice.*no chat-channel for mattermost/));
        const incident = await waiting();
        await click(incident);
        await until(() => out.approved.length > 0);
    });

    test('is not there where the demo operator may decide, and is named', async () => {
        await deploy({ rules: [{ ...RULE, approvers: 'page:demo-operator' }] }, { demoOperator: true });
        await until(() => statusOf() === 'approval-gate.status.idle');
    });
});

describe('on its way', () => {
    test('a plan is sealed and its card goes to the third output', async () => {
        await deploy();
        const incident = await waiting({ mine: { kept: true } });
        expect(out.waiting).toHaveLength(1);
        expect(out.waiting[0]).toMatchObject({
            topic: incident.id,
            mine: { kept: true },
            payload: expect.stringContaining('waits for an approval until'),
            incident: { stage: 'waiting', seal: { digest: sealOf(incident) }, approval: { state: 'waiting' } },
        });
        await until(() => out.states.some(({ status }) => (status as { text: string }).text === '1 waiting'));
    });

    test('an approval made elsewhere comes out of the first, once, with the properties the message had', async () => {
        await deploy();
        const incident = await waiting({ mine: { kept: true }, _msgid: 'first' });
        await click(incident);
        await until(() => out.approved.length > 0);
        await quiet();
        expect(out.approved).toHaveLength(1);
        expect(out.approved[0]).toMatchObject({
            mine: { kept: true },
            topic: incident.id,
            incident: { stage: 'approved' },
        });
        expect(out.approved[0]?.payload).toBe('"Free disk space" on web-1 is approved by page:alice.');
        expect((await typesOf(incident)).filter((type) => type === 'flow.sent')).toHaveLength(1);
        expect(out.refused).toEqual([]);
    });

    test('messages that wait are not mixed up', async () => {
        await deploy();
        const [one, two] = [await waiting({ mine: 1 }), await waiting({ mine: 2 })];
        await click(two);
        await click(one, { verdict: 'reject' });
        await until(() => out.approved.length + out.refused.length === 2);
        expect(out.approved[0]).toMatchObject({ mine: 2, topic: two.id });
        expect(out.refused[0]).toMatchObject({ mine: 1, topic: one.id });
    });

    test('what a later node does to the waiting message does not reach the approved one', async () => {
        await deploy();
        helper
            .getNode('waiting')
            .on('input', (msg) => Object.assign((msg as IncidentMessage).mine as object, { spoiled: true }));
        await click(await waiting({ mine: {} }));
        await until(() => out.approved.length === 1);
        expect(out.approved[0]?.mine).toEqual({});
    });

    test('a rejection comes out of the second with its reason', async () => {
        await deploy();
        await click(await waiting(), { verdict: 'reject', reason: 'backup runs' });
        await until(() => out.refused.length === 1);
        expect(out.refused[0]).toMatchObject({
            payload: 'Rejected by page:alice: backup runs.',
            incident: { stage: 'refused', approval: { state: 'rejected' } },
        });
    });

    test('the first of two approvals does not open the gate, the second does', async () => {
        await deploy({
            rules: [{ ...RULE, decision: 'two', approvers: 'group:sre' }],
            groups: [{ name: 'sre', members: 'page:alice, page:bob' }],
        });
        const incident = await waiting();
        await click(incident);
        await quiet();
        expect(out.approved).toEqual([]);
        await click(incident, { by: person('bob') });
        await until(() => out.approved.length === 1);
    });

    test('a resolved alert takes the waiting fix to the second output', async () => {
        await deploy();
        const incident = await waiting();
        await incidents.change(incident.id, withdrawing('The alert resolved.', 'node:alert-in'));
        await until(() => out.refused.length === 1);
        expect(out.refused[0]).toMatchObject({
            payload: 'The alert resolved.',
            incident: { approval: { state: 'withdrawn' } },
        });
    });

    test('a rule approves by itself', async () => {
        await deploy({ rules: [{ ...RULE, decision: 'automatic', approvers: '' }] });
        arrive(await planned(), { mine: 7 });
        await until(() => out.approved.length === 1);
        expect(out.approved[0]).toMatchObject({
            mine: 7,
            incident: { approval: { decisions: [{ by: { platform: 'policy', id: 'all' } }] } },
        });
        expect(out.waiting).toEqual([]);
    });

    test('what no rule allows is refused at once', async () => {
        await deploy({ rules: [{ ...RULE, match: 'team="db"' }] });
        arrive(await planned());
        await until(() => out.refused.length === 1);
        expect(out.refused[0]?.payload).toBe(
            'No rule of the approval gate allows a medium-risk fix for this alert now.',
        );
    });

    test('only the store is believed, not the message', async () => {
        await deploy({ rules: [{ ...RULE, match: 'alertname="DiskFilling"', risks: ['low'] }] });
        const incident = await planned();
        helper.getNode('gate').receive({
            incident: {
                ...incident,
                plan: { ...incident.plan, action: { ...incident.plan?.action, risk: 'low' } },
            },
        } as never);
        await until(() => out.refused.length === 1);
    });
});

describe('as time passes', () => {
    test('it calls out once before expiry, then refuses', async () => {
        await deploy();
        const incident = await waiting({ mine: 1 });
        ahead = HOUR - 60_000;
        await until(() => out.waiting.length === 2);
        expect(out.waiting[1]).toMatchObject({ escalation: true, mine: 1, incident: { stage: 'waiting' } });
        ahead = HOUR;
        await until(() => out.refused.length === 1);
        expect(out.refused[0]).toMatchObject({ mine: 1, incident: { approval: { state: 'expired' } } });
        expect(out.refused[0]).not.toHaveProperty('escalation');
        expect(out.waiting).toHaveLength(2);
        expect((await typesOf(incident)).slice(-3)).toEqual(['approval.escalated', 'approval.expired', 'flow.sent']);
    });
});

describe('after a redeploy', () => {
    test('a decision made meanwhile comes out, with the properties the message had', async () => {
        await deploy();
        const incident = await waiting({ mine: 'kept' });
        await helper.unload();
        await click(incident);
        await deploy();
        await until(() => out.approved.length === 1);
        expect(out.approved[0]).toMatchObject({ mine: 'kept', topic: incident.id });
    });
});

describe('after a restart', () => {
    test('what waits goes on waiting, and its card is not posted twice', async () => {
        const incident = await leftBehind({
            thread: { chat: { channel: 'C1', message: '1', postedAt: '2026-01-01T00:00:00.000Z' } },
        });
        await deploy();
        await until(async () => (await typesOf(incident)).includes('flow.resumed'));
        await click(incident);
        await until(() => out.approved.length === 1);
        expect(out.approved[0]).toMatchObject({
            topic: incident.id,
            payload: expect.stringContaining('approved by page:alice'),
        });
        expect(out.waiting).toEqual([]);
    });
    test('a card that was never posted is sent again', async () => {
        const incident = await leftBehind();
        await deploy();
        await until(() => out.waiting.length === 1);
        expect(out.waiting[0]).toMatchObject({ topic: incident.id, incident: { stage: 'waiting' } });
    });
    test('what was approved meanwhile comes out once', async () => {
        const incident = await leftBehind();
        await click(incident);
        await deploy();
        await until(() => out.approved.length === 1);
        await quiet();
        expect(out.approved).toHaveLength(1);
        expect(out.waiting).toEqual([]);
    });
    test('what was sent as approved and not carried on is sent again', async () => {
        const { id } = await planned();
        const gate = aGate(aPolicy([aRule({ decision: 'automatic' })]), {
            sent: (port) => ({ node: 'gate', state: 'sent', port, instance: 'a-dead-one' }),
        });
        await incidents.change(id, opening(gate));
        await deploy();
        await until(() => out.approved.length === 1);
        expect(out.approved[0]).toMatchObject({ topic: id, incident: { stage: 'approved' } });
    });
    test('what expired meanwhile is refused', async () => {
        const incident = await leftBehind({
            thread: { chat: { channel: 'C1', message: '1', postedAt: '2026-01-01T00:00:00.000Z' } },
        });
        ahead = 2 * HOUR;
        await deploy();
        await until(() => out.refused.length === 1);
        expect(out.refused[0]).toMatchObject({ topic: incident.id, incident: { approval: { state: 'expired' } } });
    });
    test('what was rejected meanwhile is refused, once', async () => {
        const incident = await leftBehind();
        await click(incident, { verdict: 'reject' });
        ahead = 60_000;
        await deploy();
        await until(() => out.refused.length === 1);
        await helper.unload();
        await deploy();
        await quiet();
        expect(out.refused).toHaveLength(1);
    });
});

describe('on bad days', () => {
    test.each([
        ['no incident', {}, 'INPUT_INVALID'],
        ['an incident that is not stored', { incident: { id: 'inc-00000000' } }, 'INCIDENT_UNKNOWN'],
        ['an id that is none', { incident: { id: '../../etc' } }, 'INPUT_INVALID'],
    ])('a message with %s goes to Catch with its code', async (_what, msg, code) => {
        await deploy();
        helper.getNode('gate').receive(msg as never);
        await until(() => out.caught.length === 1);
        expect(out.caught[0]).toMatchObject({ error: { code } });
    });

    test('an incident that is already waiting is refused with STAGE_WRONG and still can be approved', async () => {
        await deploy();
        const incident = await waiting({ mine: 1 });
        arrive(incident, { mine: 2 });
        await until(() => out.caught.length === 1);
        expect(out.caught[0]).toMatchObject({ error: { code: 'STAGE_WRONG' } });
        await click(incident);
        await until(() => out.approved.length === 1);
        expect(out.approved[0]).toMatchObject({ mine: 1 });
    });

    test('an approval that nobody signed does not pass', async () => {
        await deploy();
        const incident = await waiting();
        await incidents.change(incident.id, (stored) => ({
            incident: {
                ...stored,
                stage: 'approved',
                approval: stored.approval && { ...stored.approval, state: 'approved' },
            },
            entries: [{ type: 'approval.granted', by: person('alice'), text: 'Approved.' }],
        }));
        await until(() => out.refused.length === 1);
        expect(out.refused[0]?.payload).toBe('The stored approval is not one that this system signed for this plan.');
        expect(out.approved).toEqual([]);
    });

    test.each<[string, Parameters<typeof deploy>[0], RegExp]>([
        ['no store', { store: '' }, /No usable incident-store/],
        ['nobody named', { rules: [{ ...RULE, approvers: '' }] }, /rule "all", approvers is empty/],
        [
            'a Slack group and no chat channel',
            { rules: [{ ...RULE, approvers: 'slack-group:T1/S1' }] },
            /look up the members of slack-group:T1\/S1/,
        ],
    ])('a gate with %s answers every message with what is wrong', async (_what, config, message) => {
        await deploy(config);
        arrive(await planned());
        await until(() => out.caught.length === 1);
        expect((out.caught[0]?.error as { message: string }).message).toMatch(message);
    });

    test('a store that is down at the start is taken up when it comes', async () => {
        const incident = await leftBehind();
        await click(incident);
        let isUp = false;
        service = serviceOf(temporary.store, {
            incidents: () =>
                isUp ? Promise.resolve(incidents) : Promise.reject(new FixError('STORE_DOWN', 'The store is down.')),
        });
        await deploy();
        arrive(incident);
        await until(() => out.caught.length === 1);
        expect(out.caught[0]).toMatchObject({ error: { code: 'STORE_DOWN' } });
        isUp = true;
        await until(() => out.approved.length === 1);
    });
});
