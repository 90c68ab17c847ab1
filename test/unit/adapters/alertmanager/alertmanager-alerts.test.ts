// @needs prometheus-alertmanager
// @needs prometheus
import { AlertmanagerAlerts } from '../../../../nodes/adapters/alertmanager/alertmanager-alerts';
import { until } from '../../../support/processes';
import { type RunningServer, startAlertmanager } from '../../../support/prometheus';

const never = new AbortController().signal;
const NASTY = 'a"b\\c{}=~,\n<!channel> {{x}}';

let server: RunningServer;
let alerts: AlertmanagerAlerts;

beforeAll(async () => {
    server = await startAlertmanager();
    alerts = new AlertmanagerAlerts({ url: server.url, auth: { kind: 'none' }, timeoutMs: 5_000 });
});
afterAll(() => server.stop());

/** Sends alerts as Prometheus does; `ended` resolves them. */
async function send(labels: Record<string, string>, ended = false): Promise<void> {
    const body = [
        {
            labels,
            startsAt: '2026-01-01T00:00:00Z',
            endsAt: ended ? new Date(Date.now() - 1_000).toISOString() : new Date(Date.now() + 600_000).toISOString(),
        },
    ];
    await fetch(`${server.url}/api/v2/alerts`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
    });
}

/** The alert as Alertmanager names it, once it is there. */
async function fired(labels: Record<string, string>): Promise<{ fingerprint: string; labels: Record<string, string> }> {
    await send(labels);
    let found: { fingerprint: string; labels: Record<string, string> } | undefined;
    await until(async () => {
        found = (await alerts.firing(labels, never)).find(
            (alert) =>
                JSON.stringify(Object.entries(alert.labels).sort()) === JSON.stringify(Object.entries(labels).sort()),
        );
        return found !== undefined;
    });
    if (!found) throw new Error('not there');
    return found;
}

test('tells which alerts fire and which have cleared, by fingerprint', async () => {
    const one = await fired({ alertname: 'DiskFilling', host: 'web-1' });
    const other = await fired({ alertname: 'DiskFilling', host: 'web-2' });
    expect((await alerts.states([other], never)).get(other.fingerprint)).toBe('firing');
    await send({ alertname: 'DiskFilling', host: 'web-2' }, true);
    await until(async () => (await alerts.states([other], never)).get(other.fingerprint) === 'cleared');
    const unknown = { fingerprint: 'ffffffffffffffff', labels: { alertname: 'DiskFilling' } };
    expect([...(await alerts.states([one, other, unknown], never))]).toEqual([
        [one.fingerprint, 'firing'],
        [other.fingerprint, 'cleared'],
        [unknown.fingerprint, 'cleared'],
    ]);
});

test('labels with every special character are found as they are', async () => {
    const nasty = await fired({ alertname: 'Nasty', text: NASTY });
    expect((await alerts.states([nasty], never)).get(nasty.fingerprint)).toBe('firing');
    expect(await alerts.firing({ text: 'another' }, never)).toEqual([]);
});

test('an alert whose labels were rewritten on the way in is still found, by its fingerprint', async () => {
    const odd = await fired({ alertname: 'Odd\u202ename' });
    const rewritten = { fingerprint: odd.fingerprint, labels: { alertname: 'Odd‹U+202E›name' } };
    expect((await alerts.states([rewritten], never)).get(odd.fingerprint)).toBe('firing');
});

test('a silenced alert still fires', async () => {
    const quiet = await fired({ alertname: 'Quiet' });
    const matchers = [{ name: 'alertname', value: 'Quiet', isRegex: false, isEqual: true }];
    const silence = {
        matchers,
        startsAt: new Date().toISOString(),
        endsAt: new Date(Date.now() + 600_000).toISOString(),
        createdBy: 'test',
        comment: 'test',
    };
    await fetch(`${server.url}/api/v2/silences`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(silence),
    });
    await until(async () =>
        (
            (await (await fetch(`${server.url}/api/v2/alerts?silenced=false`)).json()) as {
                labels: { alertname: string };
            }[]
        ).every(({ labels }) => labels.alertname !== 'Quiet'),
    );
    expect((await alerts.states([quiet], never)).get(quiet.fingerprint)).toBe('firing');
});

test('an Alertmanager that was started after the alert, and just now, cannot tell: it has forgotten what fires', async () => {
    const older = {
        fingerprint: 'ffffffffffffffff',
        labels: { alertname: 'DiskFilling' },
        startsAt: '2026-01-01T00:00:00Z',
    };
    await expect(alerts.states([older], never)).rejects.toMatchObject({
        code: 'ALERTMANAGER_DOWN',
        message: expect.stringContaining('started'),
    });
    const younger = { ...older, startsAt: new Date().toISOString() };
    expect((await alerts.states([younger], never)).get(younger.fingerprint)).toBe('cleared');
    const there = await fired({ alertname: 'DiskFilling', host: 'web-3' });
    expect(await alerts.states([older, { ...there, startsAt: older.startsAt }], never)).toEqual(
        new Map([
            [older.fingerprint, 'cleared'],
            [there.fingerprint, 'firing'],
        ]),
    );
});

test.each([
    ['an hour ahead', 3_600_000],
    ['an hour behind', -3_600_000],
])('a clock of ours that is %s makes no restart of Alertmanager longer or shorter ago', async (_what, offset) => {
    const seen = await fired({ alertname: 'Seen', offset: String(offset) });
    const older = {
        fingerprint: 'ffffffffffffffff',
        labels: { alertname: 'DiskFilling' },
        startsAt: '2026-01-01T00:00:00Z',
    };
    const askedThen = async (asked: Parameters<typeof alerts.states>[0]): Promise<Map<string, string>> => {
        const right = Date.now;
        Date.now = () => right() + offset;
        return alerts.states(asked, never).finally(() => {
            Date.now = right;
        });
    };
    expect((await askedThen([seen])).get(seen.fingerprint)).toBe('firing');
    await send(seen.labels, true);
    await until(
        async () => (await askedThen([{ ...seen, startsAt: older.startsAt }])).get(seen.fingerprint) === 'cleared',
    );
    await expect(askedThen([older])).rejects.toMatchObject({ message: expect.stringMatching(/was started \d+ s ago/) });
});

test.each([
    ['that is not there', () => 'http://127.0.0.1:1'],
    ['whose address is wrong', () => `${server.url}/wrong`],
])('an Alertmanager %s cannot tell: never "cleared"', async (_what, url) => {
    const lost = new AlertmanagerAlerts({ url: url(), auth: { kind: 'none' }, timeoutMs: 2_000 });
    await expect(lost.states([{ fingerprint: 'aa', labels: {} }], never)).rejects.toMatchObject({
        code: 'ALERTMANAGER_DOWN',
    });
});
