/**
 * @needs ansible-playbook
 * @needs prometheus
 * @needs prometheus-alertmanager
 */
import { APPROVE } from '../../nodes/adapters/slack/render';
import type { Incident } from '../../nodes/core/model/incident';
import { Line } from '../support/line';
import { until } from '../support/processes';
import { type RunningServer, startPrometheus } from '../support/prometheus';
import { APP_TOKEN, BOT_TOKEN, CHANNEL, SlackStandIn, TEAM } from '../support/slack-stand-in';

let prometheus: RunningServer;
let line: Line;

beforeAll(async () => {
    prometheus = await startPrometheus();
});

afterEach(() => line?.close());
afterAll(() => prometheus?.stop());

/** Lets the alert clear once the playbook has worked; answers the incident at its end. */
async function cleared(id: string): Promise<Incident> {
    await until(async () => (await line.ran()).length === 2);
    await line.clear();
    await line.at(id, 'closed');
    const incident = await line.happened(id, 'memory.remembered');
    expect(incident.verification?.result).toBe('cleared');
    expect(await line.ran()).toEqual(['began', 'ended']);
    return incident;
}

test('quickstart, as it is imported: without a key for the model the rules answer and say why; approved on the page, the fix runs once', async () => {
    line = await Line.start({
        prometheus: prometheus.url,
        change: { 'a2f-llm': { d: false }, 'a2f-diagnose': { provider: 'a2f-llm' } },
    });
    const id = await line.fire();
    await line.at(id, 'waiting');
    expect(await line.ran()).toEqual([]);
    await line.approve(id);
    const { diagnosis } = await cleared(id);
    expect(diagnosis?.source).toMatchObject({
        by: 'rules',
        fallback: expect.stringMatching(/API key|apiKey|llm-provider/),
    });
});

test('rules-only: approved on the page, the fix runs once', async () => {
    line = await Line.start({ example: 'rules-only', prometheus: prometheus.url });
    const id = await line.fire();
    await line.at(id, 'waiting');
    expect(await line.ran()).toEqual([]);
    await line.approve(id);
    const { diagnosis, approval } = await cleared(id);
    expect(diagnosis?.source).toMatchObject({ by: 'rules' });
    expect(diagnosis?.source).not.toHaveProperty('fallback');
    expect(approval?.decisions.map(({ by }) => by.id)).toEqual(['demo-operator']);
});

test('rules-only: a rejected fix never runs', async () => {
    line = await Line.start({ example: 'rules-only', prometheus: prometheus.url });
    const id = await line.fire();
    await line.at(id, 'waiting');
    expect((await line.decide(id, 'reject')).status).toBe(200);
    await line.at(id, 'refused');
    expect(await line.ran()).toEqual([]);
});

test('rules-only: a rejected fix that is diagnosed again gets a new plan; the old seal decides nothing, the new one runs once', async () => {
    line = await Line.start({ example: 'rules-only', prometheus: prometheus.url });
    const id = await line.fire();
    const old = (await line.at(id, 'waiting')).seal?.digest;
    await line.decide(id, 'reject');
    await line.at(id, 'refused');
    const clicks = await Promise.all([line.again(id), line.again(id)]);
    expect(clicks.map(({ status }) => status).sort()).toEqual([200, 409]);
    const { seal, approval } = await line.at(id, 'waiting');
    expect(seal?.digest).not.toBe(old);
    expect(approval?.decisions).toEqual([]);
    expect((await line.decide(id, 'approve', old)).status).toBe(409);
    expect(await line.ran()).toEqual([]);
    await line.approve(id);
    await cleared(id);
    const types = await line.types(id);
    expect(types.filter((type) => type === 'diagnosis.made')).toHaveLength(2);
    expect(types.filter((type) => type === 'run.intended')).toHaveLength(1);
});

describe('slack-approval', () => {
    const slack = new SlackStandIn();
    const change = {
        'a2f-slack-gate': {
            rules: [
                {
                    name: 'Ask Ada',
                    match: '',
                    risks: ['low', 'medium', 'high'],
                    decision: 'one',
                    approvers: `slack:${TEAM}/UADA`,
                },
            ],
        },
    };

    beforeAll(() => slack.start());
    afterAll(() => slack.stop());

    test('one card with its buttons; who may not approve is told so; Approve runs the fix once', async () => {
        const credentials = { botToken: BOT_TOKEN, appToken: APP_TOKEN };
        line = await Line.start({
            example: 'slack-approval',
            prometheus: prometheus.url,
            change: { ...change, 'a2f-slack-channel': { apiUrl: slack.apiUrl, channel: CHANNEL, credentials } },
        });
        const id = await line.fire();
        await line.at(id, 'waiting');
        const buttons = (): boolean => JSON.stringify(slack.cards[0]?.blocks ?? []).includes(APPROVE);
        await until(() => buttons() && slack.connections === 1);
        const ts = slack.cards[0]?.ts ?? '';
        await slack.click(ts, APPROVE, { id: 'UBOB', name: 'bob' });
        await until(() => slack.ephemerals.some(({ user }) => user === 'UBOB'));
        expect((await line.at(id, 'waiting')).stage).toBe('waiting');
        await slack.click(ts, APPROVE, { id: 'UADA', name: 'ada' });
        const { approval } = await cleared(id);
        expect(approval?.decisions.map(({ by }) => `${by.platform}:${by.id}`)).toEqual([`slack:${TEAM}/UADA`]);
        expect(slack.cards).toHaveLength(1);
        await until(() => !buttons());
    });
});
