import { createHmac } from 'node:crypto';
import { until } from '../../support/processes';
import type { JsonObject } from '../../support/slack-limits';
import { TEAM } from '../../support/slack-stand-in';
import type { Group } from '../matrix';
import { type LineAttack, type LineGround, lineGroup, type Said, SLACK_APPROVER } from './line-ground';

const APPROVE = 'alert-to-fix.approve';

/** The payload of a press on the approve button of the incident's card, as Slack sends it. */
async function press(ground: LineGround, id: string, change: JsonObject = {}): Promise<JsonObject> {
    const { value, ts, channel } = await button(ground, id);
    return {
        type: 'block_actions',
        user: { id: SLACK_APPROVER, team_id: TEAM, name: 'alice' },
        team: { id: TEAM, domain: 'stand-in' },
        api_app_id: 'A0STANDIN',
        trigger_id: 'forged',
        container: { type: 'message', message_ts: ts, channel_id: channel, is_ephemeral: false },
        channel: { id: channel, name: 'alerts' },
        actions: [{ type: 'button', action_id: APPROVE, block_id: 'b1', action_ts: '1', value }],
        ...change,
    };
}

interface Button {
    value: string;
    ts: string;
    channel: string;
}

async function button({ slack }: LineGround, id: string): Promise<Button> {
    let found: Button | undefined;
    await until(() => {
        for (const { ts, channel, blocks } of slack.cards) {
            const elements = blocks.flatMap((block) =>
                block.type === 'actions' ? (block.elements as JsonObject[]) : [],
            );
            const approve = elements.find(
                ({ value, action_id: action }) => String(value).includes(id) && action === APPROVE,
            );
            if (approve) found = { value: String(approve.value), ts, channel };
        }
        return found !== undefined;
    });
    return found!;
}

/** What is said of a click that nobody answers. */
const LET_PASS = /let pass/;
/** So long one waits for an answer that must not come, and so long for one that must. */
const [SILENCE_MS, ANSWER_MS] = [3_000, 60_000];

/** Sends it through the socket; answers what the person alone is told, or what Node-RED logs. */
async function interact(ground: LineGround, payload: JsonObject, withinMs = SILENCE_MS): Promise<Said> {
    const told = ground.slack.ephemerals.length;
    const logged = ground.line.nodeRed.log().length;
    await ground.slack.interact(payload);
    await until(
        () => ground.slack.ephemerals.length > told || /\[error\]/.test(ground.line.nodeRed.log().slice(logged)),
        withinMs,
    ).catch(() => undefined);
    const said = ground.slack.ephemerals
        .slice(told)
        .map(({ text }) => text)
        .join(' ');
    return said || ground.line.nodeRed.log().slice(logged).trim() || 'let pass';
}

function pressed(name: string, says: RegExp, change: (payload: JsonObject) => JsonObject): LineAttack {
    return {
        name,
        says,
        attempt: async (ground, id) =>
            interact(ground, change(await press(ground, id)), says === LET_PASS ? SILENCE_MS : ANSWER_MS),
    };
}

const by =
    (user: JsonObject, team: JsonObject | null = { id: TEAM }) =>
    (payload: JsonObject): JsonObject => ({ ...payload, user, team });
const valued =
    (value: string) =>
    (payload: JsonObject): JsonObject => ({
        ...payload,
        actions: [{ ...(payload.actions as JsonObject[])[0], value }],
    });
const NOT_YOU = /may not|cannot|not allowed|can be decided by/i;

const PRESSES: LineAttack[] = [
    pressed(
        'Somebody in Slack whom the policy does not name presses the button',
        NOT_YOU,
        by({ id: 'U0MALLORY', team_id: TEAM }),
    ),
    pressed(
        'Somebody in Slack with the name of an approver presses the button',
        NOT_YOU,
        by({ id: 'U0MALLORY', team_id: TEAM, name: 'alice', username: SLACK_APPROVER }),
    ),
    pressed(
        "A guest from another workspace with the approver's id presses the button",
        NOT_YOU,
        by({ id: SLACK_APPROVER, team_id: 'T0EVIL' }, { id: TEAM }),
    ),
    pressed('A click names no workspace', NOT_YOU, by({ id: SLACK_APPROVER }, null)),
    pressed(
        'A click names a path in place of a workspace',
        NOT_YOU,
        by({ id: SLACK_APPROVER, team_id: `${TEAM}/${SLACK_APPROVER}` }),
    ),
    pressed('A click names nobody', LET_PASS, by({ id: '', team_id: TEAM })),
    pressed('A click has no person', LET_PASS, ({ user: _user, ...payload }) => payload),
    pressed('The button brings the seal of another plan', /current|newest|changed/i, (payload) => {
        const { incident } = JSON.parse(String((payload.actions as JsonObject[])[0]?.value)) as { incident: string };
        return valued(JSON.stringify({ incident, seal: 'f'.repeat(64) }))(payload);
    }),
    pressed('The button brings no seal', /seal/i, (payload) => {
        const { incident } = JSON.parse(String((payload.actions as JsonObject[])[0]?.value)) as { incident: string };
        return valued(JSON.stringify({ incident, seal: '' }))(payload);
    }),
    pressed(
        'The button brings another incident',
        /no longer in the store/,
        valued(JSON.stringify({ incident: 'inc-00000000', seal: 'f'.repeat(64) })),
    ),
    pressed('The button brings no JSON', /error/i, valued('approve')),
    pressed('The button of another app is pressed', LET_PASS, (payload) => ({
        ...payload,
        actions: [{ ...(payload.actions as JsonObject[])[0], action_id: 'approve_button' }],
    })),
    pressed('A slash command says approve', LET_PASS, ({ user, team }) => ({
        type: 'slash_commands',
        command: '/approve',
        text: 'yes',
        user: user ?? null,
        team: team ?? null,
    })),
    pressed('A message shortcut says approve', LET_PASS, (payload) => ({
        ...payload,
        type: 'message_action',
        callback_id: APPROVE,
    })),
];

/** Without a public address there is nothing to post a callback to; each way is tried all the same. */
const PATHS = [
    '/slack/actions',
    '/slack/events',
    '/slack/interactions',
    '/alert-to-fix/slack',
    '/alert-to-fix/webhook',
];

function posted(name: string, secondsOff: number, secret: string): LineAttack {
    return {
        name,
        says: /^(?:404|40[0-9]|422)(?: (?:404|40[0-9]|422))*$/,
        attempt: async (ground, id) => {
            const body = `payload=${encodeURIComponent(JSON.stringify(await press(ground, id)))}`;
            const time = String(Math.floor(Date.now() / 1000) + secondsOff);
            const signature = `v0=${createHmac('sha256', secret).update(`v0:${time}:${body}`).digest('hex')}`;
            const answers = await Promise.all(
                PATHS.map((path) =>
                    fetch(`${ground.line.nodeRed.url}${path}`, {
                        method: 'POST',
                        headers: {
                            'content-type': 'application/x-www-form-urlencoded',
                            'x-slack-request-timestamp': time,
                            'x-slack-signature': signature,
                        },
                        body,
                    }),
                ),
            );
            return answers.map(({ status }) => status).join(' ');
        },
    };
}

const CALLBACKS: LineAttack[] = [
    posted('A callback of Slack with a wrong signature is posted to Node-RED', 0, 'guessed'),
    posted('A stale callback of Slack is posted to Node-RED', -3600, 'xapp-stand-in-app'),
    posted('A callback of Slack from the future is posted to Node-RED', 3600, 'xapp-stand-in-app'),
];

/** Clicks that Slack never sent so, or sent for somebody else. */
export const slack: Group = lineGroup('Clicks in Slack that are none', [...PRESSES, ...CALLBACKS], {
    approve: async (ground, id) => interact(ground, await press(ground, id)),
});
