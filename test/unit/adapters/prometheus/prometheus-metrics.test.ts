// @needs prometheus-alertmanager
// @needs prometheus
import { PrometheusMetrics } from '../../../../nodes/adapters/prometheus/prometheus-metrics';
import { HttpStandIn, sendJson } from '../../../support/http-stand-in';
import { until } from '../../../support/processes';
import { type RunningServer, startPrometheus } from '../../../support/prometheus';

const never = new AbortController().signal;

function metricsAt(url: string, timeoutMs = 5_000): PrometheusMetrics {
    return new PrometheusMetrics({ url, auth: { kind: 'none' }, timeoutMs });
}

describe('the real Prometheus', () => {
    let server: RunningServer;
    let metrics: PrometheusMetrics;
    beforeAll(async () => {
        server = await startPrometheus();
        metrics = metricsAt(`${server.url}/`);
        await until(async () => (await metrics.query('up', never)).length > 0);
    });
    afterAll(() => server.stop());

    test('answers samples with labels and value', async () => {
        expect(await metrics.query('up{job="self"}', never)).toEqual([
            {
                labels: { __name__: 'up', instance: server.url.slice(7), job: 'self' },
                value: 1,
                at: expect.any(Number),
            },
        ]);
    });

    test('answers scalars, infinities and NaN', async () => {
        expect((await metrics.query('42', never))[0]?.value).toBe(42);
        expect((await metrics.query('vector(1) / 0', never))[0]?.value).toBe(Infinity);
        expect((await metrics.query('-vector(1) / 0', never))[0]?.value).toBe(-Infinity);
        expect((await metrics.query('vector(0) / 0', never))[0]?.value).toBeNaN();
    });

    test('answers nothing when nothing is there', async () => {
        expect(await metrics.query('there_is_no_such_metric', never)).toEqual([]);
    });

    test('takes queries that are too long for an address line', async () => {
        expect(await metrics.query(`vector(1) or up{job="${'x'.repeat(20_000)}"}`, never)).toHaveLength(1);
    });

    test.each([
        ['a query that cannot be read', 'up{', 'parse error'],
        [
            'a query that cannot be executed',
            'up * on(job) group_left() {__name__=~"prometheus_http_requests_total"}',
            'many-to-many',
        ],
        ['a range', 'up[5m]', 'matrix'],
    ])('rejects %s in words', async (_what, query, words) => {
        await expect(metrics.query(query, never)).rejects.toMatchObject({
            code: 'PROMETHEUS_REJECTED',
            message: expect.stringContaining(words),
        });
    });
});

describe('values over time of the real Prometheus', () => {
    let server: RunningServer;
    let metrics: PrometheusMetrics;
    beforeAll(async () => {
        server = await startPrometheus();
        metrics = metricsAt(server.url);
        await until(async () => (await metrics.query('up', never)).length > 0);
    });
    afterAll(() => server.stop());

    const to = new Date('2026-01-01T00:10:00Z');
    const minutes = (count: number) => ({ from: new Date(to.getTime() - count * 60_000), to, stepSeconds: 60 });

    test('are points of Unix seconds and value, from the start to the end', async () => {
        const end = to.getTime() / 1_000;
        expect(await metrics.range('time() - 1767225600', minutes(2), never)).toEqual([
            {
                labels: {},
                points: [
                    [end - 120, 480],
                    [end - 60, 540],
                    [end, 600],
                ],
            },
        ]);
    });

    test('are one series for each set of labels, without points where there was no value', async () => {
        const until = new Date();
        const range = { from: new Date(until.getTime() - 3_600_000), to: until, stepSeconds: 1 };
        const [series, ...others] = await metrics.range('up{job="self"}', range, never);
        expect(others).toEqual([]);
        expect(series?.labels).toEqual({ __name__: 'up', instance: server.url.slice(7), job: 'self' });
        expect(series?.points.length).toBeGreaterThan(0);
        expect(series?.points.length).toBeLessThan(3_600);
        expect(await metrics.range('there_is_no_such_metric', range, never)).toEqual([]);
    });

    test('are limited in series', async () => {
        const query = 'label_replace(vector(1), "n", "0", "", "")';
        const many = Array.from({ length: 120 }, (_none, at) => query.replace('"0"', `"${at}"`)).join(' or ');
        expect(await metrics.range(many, minutes(1), never)).toHaveLength(100);
    });

    test.each([
        ['a query that cannot be read', 'up{', minutes(1), 'parse error'],
        ['a range inside a range', 'up[5m]', minutes(1), 'invalid expression type'],
        [
            'more points than the server gives',
            'up',
            { ...minutes(60), stepSeconds: 0.1 },
            'exceeded maximum resolution',
        ],
        ['an end before the start', 'up', { from: to, to: new Date(0), stepSeconds: 60 }, 'end'],
    ])('reject %s in words', async (_what, query, range, words) => {
        await expect(metrics.range(query, range, never)).rejects.toMatchObject({
            code: 'PROMETHEUS_REJECTED',
            message: expect.stringContaining(words),
        });
    });
});

describe('a Prometheus in trouble', () => {
    let answer: Parameters<typeof sendJson>[2] | 'silence' | 'web page' = 'silence';
    let status = 200;
    const standIn = new HttpStandIn((_request, response) => {
        if (answer === 'silence') return;
        if (answer === 'web page') response.writeHead(status, { 'content-type': 'text/html' }).end('<html></html>');
        else sendJson(response, status, answer);
    });
    let url = '';
    beforeAll(async () => {
        url = await standIn.start();
    });
    afterAll(() => standIn.stop());

    test.each([
        ['is overloaded', 503, { status: 'error', errorType: 'timeout', error: 'query timed out' }, 'query timed out'],
        ['wants a sign-in', 401, 'web page', 'sign-in'],
        ['is something else', 200, 'web page', 'not its API'],
        ['is somewhere else', 404, 'web page', 'HTTP 404'],
    ])('that %s is down', async (_what, code, body, words) => {
        [status, answer] = [code, body];
        await expect(metricsAt(url).query('up', never)).rejects.toMatchObject({
            code: 'PROMETHEUS_DOWN',
            message: expect.stringContaining(words),
        });
    });

    test('that does not answer is down after the time-out', async () => {
        answer = 'silence';
        await expect(metricsAt(url, 200).query('up', never)).rejects.toMatchObject({
            code: 'PROMETHEUS_DOWN',
            message: expect.stringContaining('200 ms'),
        });
    });

    test('is down for values over time, too', async () => {
        const range = { from: new Date(0), to: new Date(60_000), stepSeconds: 60 };
        [status, answer] = [503, { status: 'error', errorType: 'timeout', error: 'query timed out' }];
        await expect(metricsAt(url).range('up', range, never)).rejects.toMatchObject({ code: 'PROMETHEUS_DOWN' });
    });

    test('that is not there is down', async () => {
        await expect(metricsAt('http://127.0.0.1:1').query('up', never)).rejects.toMatchObject({
            code: 'PROMETHEUS_DOWN',
        });
    });

    test('a huge answer is refused, not kept', async () => {
        [status, answer] = [200, { status: 'success', data: 'x'.repeat(3_000_000) }];
        await expect(metricsAt(url).query('up', never)).rejects.toMatchObject({ code: 'PROMETHEUS_REJECTED' });
    });

    test('the sign-in is sent', async () => {
        [status, answer] = [200, { status: 'success', data: { resultType: 'vector', result: [] } }];
        await new PrometheusMetrics({ url, auth: { kind: 'bearer', token: 't0ken' }, timeoutMs: 5_000 }).query(
            'up',
            never,
        );
        expect(standIn.seen.at(-1)?.headers.authorization).toBe('Bearer t0ken');
        await new PrometheusMetrics({
            url,
            auth: { kind: 'basic', user: 'ops', password: 'pa:ss' },
            timeoutMs: 5_000,
        }).query('up', never);
        expect(standIn.seen.at(-1)?.headers.authorization).toBe(`Basic ${Buffer.from('ops:pa:ss').toString('base64')}`);
    });

    test('the caller may stop it', async () => {
        answer = 'silence';
        const stop = new AbortController();
        setTimeout(() => stop.abort(), 50);
        await expect(metricsAt(url).query('up', stop.signal)).rejects.toMatchObject({ name: 'AbortError' });
    });
});
