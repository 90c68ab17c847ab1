/**
 * @needs go
 * @needs flock
 * @needs redis-server
 * @needs prometheus
 * @needs prometheus-alertmanager
 * @needs ansible-playbook
 */
import { onSlack } from '../support/botkube-host';
import { APPROVER, APPROVER_ENTRY, BotkubeScene, buttonCommands, SECRET } from '../support/botkube-scene';
import { Line } from '../support/line';
import { type RunningServer, startPrometheus } from '../support/prometheus';
import { type RedisServer, startRedis } from '../support/redis';

// A flow in a real Node-RED waits at its approval gate; people decide in Slack, by the plugin in a real plugin manager.

const GATE = {
    rules: [
        {
            name: 'Ask in Slack',
            match: '',
            risks: ['low', 'medium', 'high'],
            decision: 'one',
            approvers: APPROVER_ENTRY,
        },
    ],
};

let redis: RedisServer;
let prometheus: RunningServer;
let line: Line;
let botkube: BotkubeScene;

beforeAll(async () => {
    [redis, prometheus] = await Promise.all([startRedis(), startPrometheus()]);
    line = await Line.start({
        redis: redis.port,
        prometheus: prometheus.url,
        change: {
            'a2f-gate': GATE,
            'a2f-store': {
                kind: 'redis',
                port: String(redis.port),
                demoOperator: true,
                credentials: { signingKeys: SECRET },
            },
        },
    });
    botkube = await BotkubeScene.start({
        redis: { host: '127.0.0.1', port: redis.port },
        signingKeysEnv: 'FIX_SIGNING_KEYS',
        runbooks: line.library.folder,
        alertmanager: { url: line.alertmanager.url },
        mayDecide: true,
    });
}, 600_000);
afterAll(async () => {
    await botkube?.close();
    await line?.close();
    await prometheus?.stop();
    await redis?.close();
});

/** The stage of an incident, and what ran for it so far. */
async function situation(id: string): Promise<[string, string[]]> {
    return [(await line.show(id)).incident.stage, await line.ran()];
}

test('a person who may approves in Slack, and Node-RED runs the fix once; all others change nothing', async () => {
    const id = await line.fire();
    const waiting = await line.at(id, 'waiting', 'failed', 'refused');
    expect([waiting.stage, waiting.reason]).toEqual(['waiting', undefined]);
    const seal = waiting.seal?.digest.slice(0, 8) ?? '';
    const asked = (await botkube.execute(`fix approve ${id}`)).message;
    const [click = ''] = buttonCommands(asked).filter((command) => command.startsWith('fix approve'));
    expect(click).toContain(`${id} ${seal}`);

    const old = seal === 'deadbeef' ? 'beefdead' : 'deadbeef';
    expect(await botkube.says(`fix approve ${id} ${old}`)).toMatch(/not the current plan/);
    expect(await botkube.says(`fix approve ${id} ${seal}`, onSlack('U0MALLORY'))).toMatch(/may not decide/);
    await botkube.act(`fix approve ${id} ${seal}`);
    expect(await situation(id)).toEqual(['waiting', []]);

    const decided = await botkube.execute(click);
    expect(decided.message.replaceOriginal).toBe(true);
    await line.at(id, 'verifying', 'unknown', 'failed', 'refused');
    expect(await botkube.says(click)).toMatch(/already approved/);
    await line.clear();
    const ended = await line.at(id, 'closed', 'unknown', 'failed', 'refused');
    expect([ended.stage, ended.verification?.result]).toEqual(['closed', 'cleared']);
    await botkube.execute(click);
    expect(await situation(id)).toEqual(['closed', ['began', 'ended']]);
    expect(ended.approval?.decisions).toMatchObject([
        { verdict: 'approve', by: { platform: 'botkube', id: `<@${APPROVER}>` } },
    ]);
    expect((await line.show(id)).chain).toEqual({ whole: true });
});

test('a rejection in Slack ends it, and nothing runs', async () => {
    const before = await line.ran();
    const id = await line.fire({ host: 'web-2' });
    const waiting = await line.at(id, 'waiting', 'failed', 'refused');
    await botkube.execute(`fix reject ${id} ${waiting.seal?.digest.slice(0, 8)} --reason="not in the night"`);
    expect((await line.at(id, 'refused', 'failed')).reason).toContain('not in the night');
    expect(await botkube.says(`fix approve ${id} ${waiting.seal?.digest.slice(0, 8)}`)).toMatch(/already rejected/);
    expect(await line.ran()).toEqual(before);
});
