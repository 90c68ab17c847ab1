// @needs prometheus-alertmanager
// @needs prometheus
import { PrometheusRules } from '../../../../nodes/adapters/prometheus/prometheus-rules';
import { HttpStandIn, sendJson } from '../../../support/http-stand-in';
import { until } from '../../../support/processes';
import { type RunningServer, startPrometheus } from '../../../support/prometheus';

const never = new AbortController().signal;
const rulesAt = (url: string): PrometheusRules =>
    new PrometheusRules({ url, auth: { kind: 'none' }, timeoutMs: 5_000 });

describe('the real Prometheus', () => {
    let server: RunningServer;
    let rules: PrometheusRules;
    beforeAll(async () => {
        server = await startPrometheus({
            Quiet: 'vector(0) > 1',
            Loud: 'vector(1)',
            'Quiet & odd': 'vector(0) > 1',
            Broken: 'up * on(job) group_left() {__name__=~"prometheus_http_requests_total"}',
        });
        rules = rulesAt(server.url);
        await until(async () => (await rules.inactive(['Quiet'], never)).has('Quiet'));
        await until(async () =>
            (await fetch(`${server.url}/api/v1/rules`)).text().then((text) => text.includes('"state":"firing"')),
        );
    });
    afterAll(() => server.stop());

    test('names the rules that find nothing, not one that finds something, one that is not there, or a part of a name', async () => {
        expect([...(await rules.inactive(['Quiet', 'Loud', 'Nowhere', 'Qui', 'Quiet & odd'], never))]).toEqual([
            'Quiet',
            'Quiet & odd',
        ]);
    });

    test('a rule that cannot be evaluated finds nothing for that reason only', async () => {
        await until(async () =>
            (await fetch(`${server.url}/api/v1/rules`)).text().then((text) => text.includes('"health":"err"')),
        );
        expect([...(await rules.inactive(['Broken'], never))]).toEqual([]);
    });
});

describe('what Prometheus says of a rule', () => {
    let groups: unknown[] = [];
    let warnings: string[] | undefined;
    const standIn = new HttpStandIn((_request, response) =>
        sendJson(response, 200, { status: 'success', data: { groups }, warnings }),
    );
    let rules: PrometheusRules;
    beforeAll(async () => {
        rules = rulesAt(await standIn.start());
    });
    afterAll(() => standIn.stop());

    const quiet = {
        name: 'Quiet',
        type: 'alerting',
        state: 'inactive',
        health: 'ok',
        lastEvaluation: new Date(Date.now() - 60_000).toISOString(),
    };

    test.each([
        ['has not been evaluated since the start', { health: 'unknown', lastEvaluation: '0001-01-01T00:00:00Z' }],
        ['has not been evaluated for long', { lastEvaluation: new Date(Date.now() - 700_000).toISOString() }],
        ['was evaluated with an error', { health: 'err' }],
        ['is pending', { state: 'pending' }],
        ['is a recording rule of the same name', { type: 'recording', state: undefined }],
    ])('one that %s is not inactive', async (_what, parts) => {
        groups = [{ rules: [{ ...quiet, ...parts }] }];
        expect([...(await rules.inactive(['Quiet'], never))]).toEqual([]);
    });

    test('one that is evaluated seldom is believed until its next evaluation is late', async () => {
        groups = [
            { interval: 900, rules: [{ ...quiet, lastEvaluation: new Date(Date.now() - 1_400_000).toISOString() }] },
        ];
        expect([...(await rules.inactive(['Quiet'], never))]).toEqual(['Quiet']);
        groups = [
            { interval: 900, rules: [{ ...quiet, lastEvaluation: new Date(Date.now() - 1_600_000).toISOString() }] },
        ];
        expect([...(await rules.inactive(['Quiet'], never))]).toEqual([]);
    });

    test('of several of a name all must find nothing', async () => {
        groups = [{ rules: [quiet] }, { rules: [quiet, { ...quiet, state: 'firing' }] }];
        expect([...(await rules.inactive(['Quiet'], never))]).toEqual([]);
        groups = [{ rules: [quiet] }, { rules: [quiet] }];
        expect([...(await rules.inactive(['Quiet'], never))]).toEqual(['Quiet']);
    });

    test('an answer in part proves nothing', async () => {
        groups = [{ rules: [quiet] }];
        warnings = ['no answer from the store at 10.0.0.7'];
        await expect(rules.inactive(['Quiet'], never)).rejects.toMatchObject({
            code: 'PROMETHEUS_DOWN',
            message: expect.stringContaining('10.0.0.7'),
        });
        warnings = undefined;
        expect([...(await rules.inactive(['Quiet'], never))]).toEqual(['Quiet']);
    });

    test('the names are asked for', async () => {
        await rules.inactive(['Quiet', 'a&b'], never);
        expect(standIn.seen.at(-1)?.path).toBe('/api/v1/rules?type=alert&rule_name%5B%5D=Quiet&rule_name%5B%5D=a%26b');
    });
});
