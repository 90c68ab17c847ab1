import { APPROVE, REJECT } from '../../nodes/adapters/slack/render';
import chatChannel from '../../nodes/chat-channel/chat-channel';
import chatOut from '../../nodes/chat-out/chat-out';
import { opening } from '../../nodes/core/approval/gate';
import { withdrawing } from '../../nodes/core/approval/withdraw';
import type { PolicyRule } from '../../nodes/core/model/approval';
import type { Incident } from '../../nodes/core/model/incident';
import { firstBrokenLink } from '../../nodes/core/model/timeline';
import type { IncidentMessage } from '../../nodes/runtime/message';
import { aGate, aPlannedIncident, aPolicy, aRule, atTheGate } from '../support/approvals';
import { helper } from '../support/node-red';
import { until } from '../support/processes';
import { APP_TOKEN, BOT_TOKEN, CHANNEL, SlackStandIn, type SlackStandInMessage, TEAM } from '../support/slack-stand-in';
import { serviceOf, storeNode } from '../support/store-node';
import { type TemporaryStore, temporarySqlite } from '../support/stores';

const ALICE = { id: 'UALICE', name: 'alice' };
const MALLORY = { id: 'UMALLORY', name: 'mallory' };
const MAY_DECIDE: Partial<PolicyRule> = { approvers: [`slack:${TEAM}/${ALICE.id}`, `slack-group:${TEAM}/S0OPS`] };

let opened: TemporaryStore;
let slack: SlackStandIn;
const posted: IncidentMessage[] = [];
const caught: IncidentMessage[] = [];

beforeEach(async () => {
    opened = await temporarySqlite();
    slack = new SlackStandIn();
    await slack.start();
    posted.length = 0;
    caught.length = 0;
});
afterEach(async () => {
    await helper.unload();
    await opened.close();
    await slack.stop();
});

interface Shown {
    fill?: string;
    text?: string;
}

interface Setting {
    chat?: Record<string, unknown>;
    out?: Record<string, unknown>;
    credentials?: Record<string, string>;
}

async function load({
    chat = {},
    out = {},
    credentials = { botToken: BOT_TOKEN, appToken: APP_TOKEN },
}: Setting = {}): Promise<void> {
    const flow = [
        { id: 'tab', type: 'tab' },
        { id: 'store', type: 'incident-store' },
        {
            id: 'chat',
            type: 'chat-channel',
            platform: 'slack',
            language: 'en-US',
            store: 'store',
            channel: CHANNEL,
            pageUrl: '',
            apiUrl: slack.apiUrl,
            ...chat,
        },
        {
            id: 'out',
            type: 'chat-out',
            z: 'tab',
            chat: 'chat',
            store: 'store',
            target: '',
            targetType: 'str',
            wires: [['next']],
            ...out,
        },
        { id: 'next', type: 'helper', z: 'tab' },
        { id: 'catcher', type: 'catch', z: 'tab', scope: null, wires: [['caught']] },
        { id: 'caught', type: 'helper', z: 'tab' },
    ];
    const nodes = [storeNode(() => serviceOf(opened.store)), chatChannel, chatOut] as Parameters<typeof helper.load>[0];
    await helper.load(nodes, flow, { chat: credentials });
    helper.getNode('next').on('input', (msg) => posted.push(msg as IncidentMessage));
    helper.getNode('caught').on('input', (msg) => caught.push(msg as IncidentMessage));
}

function send(incident: Incident, more: Record<string, unknown> = {}): void {
    helper.getNode('out').receive({ incident: { id: incident.id }, ...more } as never);
}

const stored = async ({ id }: Incident): Promise<Incident> => (await opened.incidents.get(id)).incident;
const entries = async ({ id }: Incident, type: string): Promise<number> =>
    (await opened.store.timeline(id)).filter((entry) => entry.type === type).length;

/** The helper spies on all nodes at once, so the newest status of one has to be looked for. */
function statusOf(id: string): Shown | undefined {
    const { status } = helper.getNode(id) as unknown as {
        status: { getCalls(): { thisValue: { id: string }; args: Shown[] }[] };
    };
    return status
        .getCalls()
        .filter(({ thisValue }) => thisValue.id === id)
        .at(-1)?.args[0];
}

function card(index = 0): SlackStandInMessage {
    const message = slack.cards[index];
    if (!message) throw new Error('no card yet');
    return message;
}

const hasButtons = (): boolean => card().blocks.some(({ type }) => type === 'actions');

/** A waiting incident whose card is in Slack, with the socket open. */
async function shown(rule: Partial<PolicyRule> = MAY_DECIDE): Promise<Incident> {
    const incident = await atTheGate(opened.incidents, rule);
    send(incident);
    await until(() => posted.length === 1 && slack.connections === 1);
    return incident;
}

test('an idle node asks the store whether it is there, and does not read all incidents each time', async () => {
    const [list, ping] = [jest.spyOn(opened.store, 'list'), jest.spyOn(opened.store, 'ping')];
    await load();
    await until(() => ping.mock.calls.length >= 2);
    await new Promise(setImmediate);
    expect(list).toHaveBeenCalledTimes(1);
});

describe('posting', () => {
    test('answers with the reference, which the incident keeps', async () => {
        await load();
        const incident = await atTheGate(opened.incidents, MAY_DECIDE);
        send(incident, { mine: 42 });
        await until(() => posted.length === 1);
        expect(posted[0]).toMatchObject({
            chat: { channel: CHANNEL, message: card().ts },
            mine: 42,
            topic: incident.id,
        });
        expect((await stored(incident)).thread?.chat).toMatchObject({ channel: CHANNEL, message: card().ts });
        expect(firstBrokenLink(incident.id, await opened.store.timeline(incident.id))).toBeUndefined();
    });

    test('happens once, however often the incident passes', async () => {
        await load();
        const incident = await atTheGate(opened.incidents, MAY_DECIDE);
        for (let i = 0; i < 5; i += 1) send(incident);
        await until(() => posted.length === 5);
        expect(slack.cards).toHaveLength(1);
        expect(await entries(incident, 'card.posted')).toBe(1);
    });

    test('happens once, whatever is restarted in between', async () => {
        await load();
        const incident = await shown();
        await helper.unload();
        posted.length = 0;
        await load();
        send(incident);
        await until(() => posted.length === 1);
        expect(slack.cards).toHaveLength(1);
        expect(card().updates).toBe(0);
    });

    test('goes to the channel that the message names', async () => {
        slack.channels.add('C0TEAM');
        await load({ out: { target: 'to', targetType: 'msg' } });
        send(await atTheGate(opened.incidents, MAY_DECIDE), { to: 'C0TEAM' });
        await until(() => posted.length === 1);
        expect(card().channel).toBe('C0TEAM');
    });

    test('refuses a message without an incident', async () => {
        await load();
        helper.getNode('out').receive({ payload: 'x' });
        await until(() => caught.length === 1);
        expect(caught[0]).toMatchObject({ error: { code: 'INPUT_INVALID' } });
    });
});

describe('a button', () => {
    beforeEach(() => load());

    test('approves, and the card then shows who did and has no buttons', async () => {
        const incident = await shown();
        await slack.click(card().ts, APPROVE, ALICE);
        await until(async () => (await stored(incident)).stage === 'approved');
        await until(() => !hasButtons());
        expect(JSON.stringify(card().blocks)).toContain(`Approved by alice (slack:${TEAM}/UALICE)`);
        await until(() => slack.replies(card().ts).some((line) => line.startsWith('Approved:')));
    });

    test('rejects with the reason from the modal', async () => {
        const incident = await shown();
        await slack.click(card().ts, REJECT, ALICE);
        await until(() => slack.views.length === 1);
        await slack.submitView(ALICE, 'market hours');
        await until(async () => (await stored(incident)).stage === 'refused');
        expect((await stored(incident)).approval).toMatchObject({ state: 'rejected', reason: 'market hours' });
    });

    test('rejects without a reason when the modal cannot open', async () => {
        const incident = await shown();
        slack.triggersExpired = true;
        await slack.click(card().ts, REJECT, ALICE);
        await until(async () => (await stored(incident)).stage === 'refused');
        expect(slack.views).toHaveLength(0);
    });

    test('of the wrong person changes nothing, and only that person is told', async () => {
        const incident = await shown();
        await slack.click(card().ts, APPROVE, MALLORY);
        await until(() => slack.ephemerals.length === 1);
        expect(slack.ephemerals[0]).toMatchObject({
            channel: CHANNEL,
            user: 'UMALLORY',
            text: expect.stringContaining('may not decide') as string,
        });
        expect((await stored(incident)).stage).toBe('waiting');
        expect(slack.replies(card().ts)).toEqual([]);
    });

    test('of the same user id in another team changes nothing', async () => {
        const incident = await shown();
        await slack.click(card().ts, APPROVE, { ...ALICE, team_id: 'TOTHER' });
        await until(() => slack.ephemerals.length === 1);
        expect((await stored(incident)).stage).toBe('waiting');
    });

    test('of a member of a group counts', async () => {
        slack.groups.set('S0OPS', ['UBOB']);
        const incident = await shown();
        await slack.click(card().ts, APPROVE, { id: 'UBOB' });
        await until(async () => (await stored(incident)).stage === 'approved');
    });

    test('counts for nobody of a group that Slack does not tell', async () => {
        const incident = await shown();
        slack.refuse('usergroups.users.list', 'internal_error', 5);
        await slack.click(card().ts, APPROVE, { id: 'UBOB' });
        await until(() => slack.ephemerals.length === 1);
        expect((await stored(incident)).stage).toBe('waiting');
    });

    test('pressed twice at once decides once; the second is told who decided', async () => {
        const incident = await shown();
        await Promise.all([slack.click(card().ts, APPROVE, ALICE), slack.click(card().ts, APPROVE, ALICE)]);
        await until(() => slack.ephemerals.length === 1);
        expect(slack.ephemerals[0]?.text).toMatch(/already approved by alice/);
        expect(await entries(incident, 'approval.granted')).toBe(1);
    });

    test('works after Slack recycled its socket', async () => {
        const incident = await shown();
        const before = slack.greeted;
        slack.refresh();
        await until(() => slack.hasRenewed(before));
        await slack.click(card().ts, APPROVE, ALICE);
        await until(async () => (await stored(incident)).stage === 'approved');
    });
});

describe('a card follows its incident by itself', () => {
    beforeEach(() => load());

    test('when the approval is withdrawn: the buttons go, the thread says why', async () => {
        const incident = await shown();
        await opened.incidents.change(incident.id, withdrawing('The alert has resolved.', 'node:alert-in'));
        await until(() => !hasButtons());
        await until(() => slack.replies(card().ts).some((line) => line.includes('The alert has resolved.')));
    });

    test('through the run, with all progress in the thread and at most one update a second', async () => {
        const incident = await shown();
        for (let task = 1; task <= 30; task += 1) {
            await opened.incidents.change(incident.id, (current) => ({
                incident: { ...current, reason: `task ${task}` },
                entries: [{ type: 'run.task', by: 'node:ansible-exec', text: `web-1: task ${task} changed` }],
            }));
        }
        await until(() => slack.replies(card().ts).join('\n').includes('task 30 changed'));
        await until(() => JSON.stringify(card().blocks).includes('task 30'));
        expect(card().updates).toBeLessThan(10);
    });

    test('tells each line of the thread once', async () => {
        const incident = await shown();
        for (const text of ['first', 'second']) {
            await opened.incidents.change(incident.id, (current) => ({
                incident: current,
                entries: [{ type: 'run.started', by: 'node:x', text }],
            }));
            await until(() => slack.replies(card().ts).join('\n').includes(text));
        }
        expect(slack.replies(card().ts).join('\n')).toBe('Run started: first\nRun started: second');
    });

    test('also what happened while Node-RED was down', async () => {
        const incident = await shown();
        await helper.unload();
        await opened.incidents.change(incident.id, withdrawing('The alert has resolved.', 'node:alert-in'));
        await load();
        await until(() => !hasButtons());
    });
});

describe('when Slack is in trouble', () => {
    test('the message goes to Catch, and the card is posted as soon as Slack is back', async () => {
        await load();
        const incident = await atTheGate(opened.incidents, MAY_DECIDE);
        await slack.stop();
        send(incident);
        await until(() => caught.length === 1);
        expect(caught[0]).toMatchObject({ error: { code: 'CHAT_DOWN' }, incident: { id: incident.id } });
        expect(await entries(incident, 'card.failed')).toBe(1);
        await slack.start();
        await until(async () => (await stored(incident)).thread?.chat !== undefined);
        expect(slack.cards).toHaveLength(1);
        expect(await entries(incident, 'card.failed')).toBe(1);
    });

    test('a card that is owed is posted after a restart', async () => {
        await load();
        const incident = await atTheGate(opened.incidents, MAY_DECIDE);
        slack.refuse('chat.postMessage', 'not_in_channel', 1);
        send(incident);
        await until(() => caught.length === 1);
        expect(caught[0]).toMatchObject({ error: { code: 'CHAT_REJECTED' } });
        await until(async () => (await entries(incident, 'card.failed')) === 1);
        await helper.unload();
        await load();
        await until(() => slack.cards.length === 1);
    });

    test('the status is what is so: a revoked token turns it red, a restored one green', async () => {
        await load();
        await until(() => slack.connections === 1);
        await until(() => statusOf('out')?.fill === 'green');
        slack.tokens.delete(APP_TOKEN);
        slack.refresh();
        await until(() => statusOf('chat')?.fill === 'red');
        await until(() => statusOf('out')?.fill === 'yellow');
        slack.tokens.add(APP_TOKEN);
        await until(() => statusOf('out')?.fill === 'green');
    });
});

describe('configuration', () => {
    test('without a token the nodes are red and say which one is missing', async () => {
        await load({ credentials: { botToken: BOT_TOKEN } });
        expect(statusOf('chat')).toMatchObject({ fill: 'red', text: 'CONFIG_MISSING' });
        send(aPlannedIncident());
        await until(() => caught.length === 1);
        expect(caught[0]).toMatchObject({ error: { code: 'CONFIG_MISSING' } });
    });

    test('an environment variable that is not set is named', async () => {
        await load({ chat: { channel: '${NO_SUCH_CHANNEL}' } });
        expect(statusOf('chat')).toMatchObject({ fill: 'red', text: 'CONFIG_INVALID' });
    });
});

test('on the incident page posting notes since when the card is there, and nothing more', async () => {
    await load({ chat: { platform: 'page', channel: '' }, credentials: {} });
    const incident = aPlannedIncident();
    await opened.incidents.create(incident, [{ type: 'incident.opened', by: 'node:alert-in', text: 'Opened.' }]);
    send(incident);
    await until(() => posted.length === 1);
    expect(posted[0]).toMatchObject({ chat: { channel: 'page', message: incident.id } });
    await opened.incidents.change(incident.id, opening(aGate(aPolicy([aRule()]))));
    send(incident);
    await until(() => posted.length === 2);
    expect(await entries(incident, 'card.posted')).toBe(1);
    expect(await entries(incident, 'card.updated')).toBe(0);
    expect(slack.calls).toEqual([]);
});
