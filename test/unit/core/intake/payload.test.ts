import { FixError } from '../../../../nodes/core/errors';
import { parsePayload } from '../../../../nodes/core/intake/payload';
import { BOUNDS } from '../../../../nodes/core/intake/payload-texts';
import { anAlert, aPayload } from '../../../support/alertmanager-payload';

async function refusal(body: unknown): Promise<FixError> {
    try {
        await parsePayload(body);
    } catch (thrown) {
        if (thrown instanceof FixError) return thrown;
        throw thrown;
    }
    throw new Error('it was taken');
}

describe("Alertmanager's body", () => {
    test('is read with its alerts, its sender and its group', async () => {
        const read = await parsePayload(aPayload());
        expect(read).toMatchObject({
            dialect: 'alertmanager',
            receiver: 'node-red',
            externalURL: 'http://am:9093',
            status: 'firing',
            truncated: 0,
        });
        expect(read.alerts[0]).toEqual({
            fingerprint: '0123456789abcdef',
            status: 'firing',
            labels: { alertname: 'DiskFilling', instance: 'web-1', severity: 'critical' },
            annotations: { summary: 'The disk of web-1 is filling.' },
            startsAt: '2026-01-01T00:00:00.000Z',
            generatorURL: 'http://prometheus:9090/graph',
        });
    });

    test('has a receiver without the quoting of regular expressions', async () => {
        expect((await parsePayload(aPayload({ receiver: 'ops\\.flow\\+1' }))).receiver).toBe('ops.flow+1');
    });

    test('has no end where Go writes the year 1', async () => {
        const [alert] = (
            await parsePayload(aPayload({ alerts: [anAlert({ status: 'resolved', endsAt: '0001-01-01T00:00:00Z' })] }))
        ).alerts;
        expect(alert).not.toHaveProperty('endsAt');
    });

    test('counts alerts that the sender left out', async () => {
        expect((await parsePayload(aPayload({ truncatedAlerts: 7 }))).truncated).toBe(7);
    });

    test('is cut after many alerts, and says how many are missing', async () => {
        const alerts = Array.from({ length: BOUNDS.alerts + 5 }, () => anAlert());
        const read = await parsePayload(aPayload({ alerts }));
        expect(read.alerts).toHaveLength(BOUNDS.alerts);
        expect(read.truncated).toBe(5);
    });

    test('understands nanoseconds and time zones', async () => {
        const [alert] = (
            await parsePayload(aPayload({ alerts: [anAlert({ startsAt: '2026-01-01T08:00:00.123456789+08:00' })] }))
        ).alerts;
        expect(alert?.startsAt).toBe('2026-01-01T00:00:00.123Z');
    });
});

test("Grafana's body is told by its version, and its extras are dropped", async () => {
    const read = await parsePayload({
        ...aPayload({ version: '1', receiver: 'a\\.b' }),
        orgId: 1,
        title: '[FIRING:1]',
        state: 'alerting',
        message: 'x',
        alerts: [
            {
                ...anAlert(),
                values: { A: 1 },
                valueString: 'x',
                silenceURL: 'http://g/s',
                fingerprint: 'ABCDEF0123456789',
            },
        ],
    });
    expect(read).toMatchObject({ dialect: 'grafana', receiver: 'a\\.b' });
    expect(read.alerts[0]).not.toHaveProperty('values');
    expect(read.alerts[0]?.fingerprint).toBe('abcdef0123456789');
});

test('an alert without fingerprint gets a stable one of its labels', async () => {
    const fingerprint = async (startsAt: string): Promise<string | undefined> =>
        (await parsePayload(aPayload({ alerts: [{ ...anAlert({ startsAt }), fingerprint: undefined }] }))).alerts[0]
            ?.fingerprint;
    const [a, b] = [await fingerprint('2026-01-01T00:00:00Z'), await fingerprint('2026-01-02T00:00:00Z')];
    expect(a).toMatch(/^[0-9a-f]{16}$/);
    expect(b).toBe(a);
});

describe('a body that is not a webhook is refused with the field', () => {
    const cases: [string, unknown, string][] = [
        ['null', null, 'body'],
        ['a list', [], 'body'],
        ['a number', 1, 'body'],
        ['an empty object', {}, 'version'],
        ['another version', aPayload({ version: '3' }), 'version'],
        ['no alerts', aPayload({ alerts: [] }), 'alerts'],
        ['alerts that are a text', aPayload({ alerts: 'x' }), 'alerts'],
        [
            'labels that are a list',
            aPayload({ alerts: [anAlert(), { ...anAlert(), labels: ['x'] }] }),
            'alerts[1].labels',
        ],
        [
            'a label that is a number',
            aPayload({ alerts: [{ ...anAlert(), labels: { job: 1 } }] }),
            'alerts[0].labels.job',
        ],
        [
            'a nested label',
            aPayload({ alerts: [{ ...anAlert(), labels: { 'a b': { c: 'd' } } }] }),
            'alerts[0].labels["a b"]',
        ],
        ['an unknown status', aPayload({ alerts: [{ ...anAlert(), status: 'pending' }] }), 'alerts[0].status'],
        ...[
            'yesterday',
            '1',
            '2026',
            '2026-01-01',
            '2026-01-01T00:00:00',
            'Jan 1 2026 00:00:00 GMT',
            '2026-13-01T00:00:00Z',
        ].map((startsAt): [string, unknown, string] => [
            `a start that is no time (${startsAt})`,
            aPayload({ alerts: [anAlert({ startsAt })] }),
            'alerts[0].startsAt',
        ]),
        [
            'a label of absurd length',
            aPayload({ alerts: [anAlert({ labels: { x: 'x'.repeat(BOUNDS.label + 1) } })] }),
            'alerts[0].labels.x',
        ],
        [
            'a name of absurd length',
            aPayload({ alerts: [anAlert({ labels: { ['x'.repeat(BOUNDS.name + 1)]: '' } })] }),
            'alerts[0].labels',
        ],
        ['too many labels', aPayload({ alerts: [anAlert({ labels: many(BOUNDS.names + 1) })] }), 'alerts[0].labels'],
        [
            'an annotation of absurd length',
            aPayload({ alerts: [anAlert({ annotations: { x: 'x'.repeat(BOUNDS.annotationRefused + 1) } })] }),
            'alerts[0].annotations.x',
        ],
    ];
    test.each(cases)('%s', async (_what, body, field) => {
        expect(await refusal(body)).toMatchObject({ code: 'INPUT_INVALID', field, cure: expect.stringMatching(/\w/) });
    });

    test('however deep it is nested', async () => {
        const deep: unknown = JSON.parse(`${'['.repeat(200_000)}${']'.repeat(200_000)}`);
        expect((await refusal(deep)).field).toBe('body');
        expect((await refusal(aPayload({ alerts: [{ ...anAlert(), labels: { x: deep } }] }))).field).toBe(
            'alerts[0].labels.x',
        );
        expect((await parsePayload({ ...aPayload(), extra: deep })).alerts).toHaveLength(1);
    });
});

describe('hostile text is kept as data', () => {
    const texts = [
        'two\nlines',
        'a "quote" and \'another\'',
        '{{ lookup("pipe", "id") }}',
        '{% raw %}',
        '<!channel> @here',
        '$(reboot) `id`; rm -rf /',
        '"} or vector(1)',
        '- yaml: &a *a',
        '<script>alert(1)</script>',
        '\u202egnp.exe',
        'de\u200bv',
        '\u0000\u0007',
        '\ud800',
        '𝕏'.repeat(500),
        'x'.repeat(10_000),
    ];
    test.each(texts.map((text) => [JSON.stringify(text).slice(0, 40), text]))('%s', async (_name, text) => {
        const read = await parsePayload(
            aPayload({ alerts: [anAlert({ labels: { hostile: text }, annotations: { hostile: text } })] }),
        );
        const { hostile = '' } = read.alerts[0]?.labels ?? {};
        expect(hostile).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        expect(
            hostile.replace(/‹U\+([0-9A-F]+)›/g, (_, point: string) => String.fromCodePoint(parseInt(point, 16))),
        ).toBe(text);
    });

    test('two labels that look alike stay different', async () => {
        const read = async (env: string): Promise<string | undefined> =>
            (await parsePayload(aPayload({ alerts: [anAlert({ labels: { env } })] }))).alerts[0]?.labels.env;
        const [a, b] = [await read('dev'), await read('de\u200bv')];
        expect(a).not.toBe(b);
    });

    test('half a character neither stops an alert nor makes two of them the same', async () => {
        const parsed = ['\ud800', '\udbff'].map((half) => {
            const alert = { ...anAlert({ labels: { [`job${half}`]: half } }), fingerprint: undefined };
            return parsePayload({ ...aPayload({ alerts: [alert] }), groupKey: `{}:${half}` });
        });
        const [a, b] = await Promise.all(parsed);
        expect(a?.alerts[0]?.fingerprint).not.toBe(b?.alerts[0]?.fingerprint);
        expect([a?.groupKey, b?.groupKey]).toEqual(['{}:‹U+D800›', '{}:‹U+DBFF›']);
    });

    test('a name such as __proto__ sets no prototype', async () => {
        const body: unknown = JSON.parse(JSON.stringify(aPayload()).replaceAll('"alertname"', '"__proto__"'));
        expect(Object.getPrototypeOf((await parsePayload(body)).alerts[0]?.labels)).toBe(Object.prototype);
        expect((await parsePayload(body)).alerts[0]?.labels.alertname).toBeUndefined();
    });

    test('a long annotation is cut and says so', async () => {
        const { annotations } =
            (await parsePayload(aPayload({ alerts: [anAlert({ annotations: { x: 'y'.repeat(20_000) } })] })))
                .alerts[0] ?? {};
        expect(annotations?.x).toMatch(/… \[cut, 20000 characters\]$/);
        expect(annotations?.x?.length).toBeLessThan(BOUNDS.annotation + 50);
    });

    test('an address that no browser should follow is dropped', async () => {
        const [alert] = (
            await parsePayload(aPayload({ alerts: [{ ...anAlert(), generatorURL: 'javascript:alert(1)' }] }))
        ).alerts;
        expect(alert).not.toHaveProperty('generatorURL');
    });
});

test('secrets in labels and annotations are redacted', async () => {
    const secret = 'password=hunter2hunter2';
    const read = await parsePayload(
        aPayload({
            alerts: [anAlert({ labels: { cmd: secret }, annotations: { description: `ran with ${secret}` } })],
        }),
    );
    expect(JSON.stringify(read)).not.toContain('hunter2');
});

function many(count: number): Record<string, string> {
    return Object.fromEntries(Array.from({ length: count }, (_, index) => [`l${index}`, 'x']));
}
