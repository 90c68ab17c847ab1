// @needs prometheus
// @needs prometheus-alertmanager
import { setTimeout as pause } from 'node:timers/promises';
import { AlertmanagerAlerts } from '../../../../nodes/adapters/alertmanager/alertmanager-alerts';
import { PrometheusRules } from '../../../../nodes/adapters/prometheus/prometheus-rules';
import { Intake } from '../../../../nodes/core/intake/intake';
import { type MissedEnd, MissedEnds } from '../../../../nodes/core/intake/missed-ends';
import { parsePayload } from '../../../../nodes/core/intake/payload';
import { type RunningAlertmanager, startAlertmanager } from '../../../support/alertmanager';
import { alertOn, aPayload } from '../../../support/alertmanager-payload';
import { HttpStandIn, sendJson } from '../../../support/http-stand-in';
import { until } from '../../../support/processes';
import { type RunningServer, startPrometheus } from '../../../support/prometheus';
import { type TemporaryStore, temporarySqlite } from '../../../support/stores';

const NAMES = { severity: 'severity', cluster: 'cluster', team: 'team', clusterName: 'main' };
const NODE = 'alert-in-1';
const never = new AbortController().signal;

let opened: TemporaryStore;
let intake: Intake;
/** Alertmanager sends here; what is `withheld` is taken in, and not answered. */
let webhook: HttpStandIn;
let withheld = false;
let alertmanager: RunningAlertmanager;
/** When Alertmanager was not running yet. */
let startedFrom: number;
/** Its rules: one that finds nothing, and one that always finds something. */
let prometheus: RunningServer;
let missedEnds: MissedEnds;
let aheadMs = 0;

beforeAll(async () => {
    prometheus = await startPrometheus({ Quiet: 'vector(0) > 1', Loud: 'vector(1)' });
    await until(async () => (await rules().inactive(['Quiet'], never)).has('Quiet'));
});
afterAll(() => prometheus.stop());

beforeEach(async () => {
    opened = await temporarySqlite();
    intake = new Intake({
        incidents: opened.incidents,
        node: NODE,
        instance: 'i1',
        settings: {
            grouping: { by: 'group' },
            scope: '/webhook main',
            cooldownSeconds: 0,
            stormLimit: 0,
            names: NAMES,
        },
    });
    withheld = false;
    webhook = new HttpStandIn(({ body }, response) => {
        void take(body).then(() => withheld || sendJson(response, 202, {}));
    });
    startedFrom = Date.now();
    alertmanager = await startAlertmanager(await webhook.start());
    missedEnds = new MissedEnds({
        incidents: opened.incidents,
        alerts: source(),
        rules: rules(),
        node: NODE,
        names: NAMES,
    });
    aheadMs = 0;
    const now = performance.now.bind(performance);
    jest.spyOn(performance, 'now').mockImplementation(() => now() + aheadMs);
});
afterEach(async () => {
    jest.restoreAllMocks();
    await alertmanager.remove();
    await webhook.stop();
    await opened.close();
});

const source = (): AlertmanagerAlerts =>
    new AlertmanagerAlerts({ url: alertmanager.url, auth: { kind: 'none' }, timeoutMs: 5_000 });
const rules = (): PrometheusRules =>
    new PrometheusRules({ url: prometheus.url, auth: { kind: 'none' }, timeoutMs: 5_000 });
const take = async (body: unknown): Promise<void> => intake.accept(await parsePayload(body), () => undefined);
const stored = async () => (await opened.store.list()).map(({ incident }) => incident);
const firing = (host: string, startsAt = new Date().toISOString()) => alertOn(host, { startsAt });
const kinds = (ends: MissedEnd[]): string[] => ends.map(({ kind }) => kind);

/** So many minutes go by, with a look at the end of each. */
async function minutes(count: number): Promise<MissedEnd[]> {
    const ends: MissedEnd[] = [];
    for (let minute = 0; minute < count; minute += 1) {
        aheadMs += 60_000;
        await missedEnds.look((end) => ends.push(end), never);
    }
    return ends;
}

test('an alert whose beginning was not answered in time and that ended before the next try is resolved, though Alertmanager never tells', async () => {
    const labels = { alertname: 'DiskFilling', instance: 'web-1' };
    withheld = true;
    await alertmanager.post({ labels });
    await until(async () => (await stored()).length === 1);
    await alertmanager.post({ labels, endsAt: new Date().toISOString() });
    const told = webhook.seen.length;
    await until(async () => (await source().firing({}, never)).length === 0);
    withheld = false;
    await pause(15_000);
    expect(webhook.seen.slice(told).filter(({ body }) => body.status === 'resolved')).toEqual([]);
    expect((await stored())[0]).toMatchObject({ stage: 'open', alerts: [{ status: 'firing' }] });

    expect(await minutes(10)).toEqual([]);
    const [end] = await minutes(1);
    expect(end).toMatchObject({ kind: 'resolved', incident: { stage: 'closed', alerts: [{ status: 'resolved' }] } });
    const texts = (await opened.store.timeline(end?.incident.id ?? '')).map(({ text }) => text);
    expect(texts).toContain('1 alert resolved, as Alertmanager says when asked: DiskFilling web-1.');
    expect(await minutes(20)).toEqual([]);
});

test('an incident stays while Alertmanager has one of its alerts', async () => {
    await alertmanager.post({ labels: { alertname: 'DiskFilling', instance: 'web-1' } });
    await until(async () => (await stored()).length === 1);
    const groupKey = String(webhook.seen[0]?.body.groupKey);
    await take(aPayload({ receiver: 'node.red', groupKey, alerts: [firing('web-2')] }));
    expect(await stored()).toMatchObject([{ alerts: [{}, {}] }]);
    expect(await minutes(20)).toEqual([]);
});

test('an alert that is there again meanwhile begins the ten minutes anew', async () => {
    await take(aPayload({ alerts: [firing('web-1')] }));
    const [alert] = (await stored())[0]?.alerts ?? [];
    const there = jest.spyOn(AlertmanagerAlerts.prototype, 'firing');
    expect(await minutes(9)).toEqual([]);
    there.mockResolvedValueOnce([{ fingerprint: alert?.fingerprint ?? '', labels: {}, startsAt: '', annotations: {} }]);
    expect(await minutes(10)).toEqual([]);
    expect(kinds(await minutes(2))).toEqual(['resolved']);
});

test('an alert older than an Alertmanager that was started just now may fire all the same', async () => {
    await take(aPayload({ alerts: [firing('web-1', '2026-01-01T00:00:00Z')] }));
    await minutes(10);
    await expect(minutes(1)).rejects.toMatchObject({
        code: 'ALERTMANAGER_DOWN',
        message: expect.stringContaining('was started'),
    });
    expect(await stored()).toMatchObject([{ stage: 'open' }]);
});

test('an Alertmanager that was started after it last told of an incident proves nothing', async () => {
    await take(aPayload({ alerts: [firing('web-1')] }));
    const told = (await source().since(never)).getTime();
    expect([told > startedFrom - 2_000, told < Date.now() + 2_000]).toEqual([true, true]);
    const since = jest.spyOn(AlertmanagerAlerts.prototype, 'since');
    since.mockResolvedValue(new Date(Date.now() + 1_000));
    expect(await minutes(20)).toEqual([]);
    expect(await stored()).toMatchObject([{ stage: 'open' }]);
    since.mockRestore();
    expect(kinds(await minutes(11))).toEqual(['resolved']);
});

describe('where Alertmanager was started after it last told of an incident, and has forgotten all alerts', () => {
    const named = (alertname: string) =>
        alertOn('web-1', { startsAt: new Date().toISOString(), labels: { alertname, instance: 'web-1' } });
    beforeEach(
        () => void jest.spyOn(AlertmanagerAlerts.prototype, 'since').mockResolvedValue(new Date(Date.now() + 60_000)),
    );

    test('an alert whose rule finds nothing for ten minutes is resolved', async () => {
        await take(aPayload({ alerts: [named('Quiet')] }));
        expect(await minutes(10)).toEqual([]);
        expect(kinds(await minutes(1))).toEqual(['resolved']);
        const [{ id } = { id: '' }] = await stored();
        const texts = (await opened.store.timeline(id)).map(({ text }) => text);
        expect(texts).toContain(
            '1 alert resolved, as their rules say when asked; Alertmanager has forgotten them: Quiet web-1.',
        );
    });

    test('after three minutes in which nobody could be asked the ten begin anew', async () => {
        await take(aPayload({ alerts: [named('Quiet')] }));
        expect(await minutes(9)).toEqual([]);
        aheadMs += 180_000;
        expect(await minutes(10)).toEqual([]);
        expect(kinds(await minutes(1))).toEqual(['resolved']);
    });

    test.each([
        ['one rule finds something', ['Quiet', 'Loud']],
        ['Prometheus has no such rule', ['Nowhere']],
    ])('alerts stay when %s', async (_what, names) => {
        const alerts = names.map((name, index) => ({ ...named(name), fingerprint: `${index}`.repeat(16) }));
        await take(aPayload({ alerts }));
        expect(await minutes(20)).toEqual([]);
        expect(await stored()).toMatchObject([{ stage: 'open' }]);
    });

    test('an alert stays while Prometheus is away, and goes ten minutes after it is back', async () => {
        await take(aPayload({ alerts: [named('Quiet')] }));
        await prometheus.kill();
        for (let minute = 0; minute < 20; minute += 1)
            await expect(minutes(1)).rejects.toMatchObject({ code: 'PROMETHEUS_DOWN' });
        expect(await stored()).toMatchObject([{ stage: 'open' }]);
        await prometheus.restart();
        await until(async () => (await rules().inactive(['Quiet'], never)).has('Quiet'));
        expect(await minutes(10)).toEqual([]);
        expect(kinds(await minutes(1))).toEqual(['resolved']);
    });
});

test('nothing is resolved while Alertmanager is away', async () => {
    await take(aPayload({ alerts: [firing('web-1')] }));
    await alertmanager.kill();
    await expect(minutes(20)).rejects.toMatchObject({ code: 'ALERTMANAGER_DOWN' });
    expect(await stored()).toMatchObject([{ stage: 'open' }]);
});

test('Grafana, and another node, are asked for nothing', async () => {
    await take(aPayload({ version: '1', alerts: [firing('web-1')] }));
    const other = new Intake({
        incidents: opened.incidents,
        node: 'alert-in-2',
        instance: 'i1',
        settings: { grouping: { by: 'group' }, scope: '/other main', cooldownSeconds: 0, stormLimit: 0, names: NAMES },
    });
    await other.accept(await parsePayload(aPayload({ alerts: [firing('web-2')] })), () => undefined);
    await alertmanager.kill();
    expect(await minutes(20)).toEqual([]);
});

test('it is asked once a minute, however often there is a look', async () => {
    await take(aPayload({ alerts: [firing('web-1')] }));
    const asked = jest.spyOn(AlertmanagerAlerts.prototype, 'firing');
    for (let look = 0; look < 10; look += 1) await missedEnds.look(() => undefined, never);
    await minutes(1);
    expect(asked).toHaveBeenCalledTimes(2);
});
