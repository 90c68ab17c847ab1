import { SlackSocket, type SocketState } from '../../../../nodes/adapters/slack/socket';
import { until } from '../../../support/processes';
import { APP_TOKEN, SlackStandIn } from '../../../support/slack-stand-in';

let slack: SlackStandIn;
let socket: SlackSocket;
let state: SocketState | undefined;
let bodies: unknown[];
const unhandled: unknown[] = [];
const noteUnhandled = (reason: unknown): void => void unhandled.push(reason);

beforeAll(() => process.on('unhandledRejection', noteUnhandled));
afterAll(() => {
    process.off('unhandledRejection', noteUnhandled);
    expect(unhandled).toEqual([]);
});
beforeEach(async () => {
    slack = new SlackStandIn();
    await slack.start();
    bodies = [];
    state = undefined;
    socket = new SlackSocket({
        appToken: APP_TOKEN,
        apiUrl: slack.apiUrl,
        received: async (body) => void bodies.push(body),
        stateChanged: (next) => {
            state = next;
        },
    });
});
afterEach(async () => {
    await socket.stop();
    await slack.stop();
});

const connected = (): Promise<void> => until(() => state?.connected === true && slack.connections === 1);

test('says that it is connected only when it is', async () => {
    expect(state).toBeUndefined();
    socket.start();
    await connected();
    await slack.interact({ type: 'hi' });
    await until(() => bodies.length === 1);
});

test('connects again when Slack recycles its socket', async () => {
    socket.start();
    await connected();
    const before = slack.greeted;
    slack.refresh();
    await until(() => slack.hasRenewed(before));
    await connected();
    await slack.interact({ type: 'after refresh' });
    await until(() => bodies.length === 1);
});

test('survives a revoked token, says so, and connects when it counts again', async () => {
    socket.start();
    await connected();
    slack.tokens.delete(APP_TOKEN);
    slack.refresh();
    await until(() => state?.connected === false && state.reason.includes('invalid_auth'));
    slack.tokens.add(APP_TOKEN);
    await connected();
});

test('survives that Slack is gone for a while', async () => {
    socket.start();
    await connected();
    await slack.stop();
    await until(() => state?.connected === false && state.reason.includes('cannot be reached'));
    await slack.start();
    await connected();
});

test('starts while Slack is down', async () => {
    await slack.stop();
    socket.start();
    await until(() => state?.connected === false);
    await slack.start();
    await connected();
});

test('stops at once, connected or not', async () => {
    socket.start();
    await connected();
    await socket.stop();
    await until(() => slack.connections === 0);
});
