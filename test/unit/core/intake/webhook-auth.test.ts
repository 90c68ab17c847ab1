import { createHmac } from 'node:crypto';
import { SeenRequests } from '../../../../nodes/core/intake/seen-requests';
import {
    type Headers,
    requireHeaders,
    requireSignature,
    type WebhookAuth,
} from '../../../../nodes/core/intake/webhook-auth';

const NOW = new Date('2026-01-01T00:00:00Z');
const SECONDS = NOW.getTime() / 1_000;
const BODY = Buffer.from('{"a": 1}');

function verdict(auth: WebhookAuth, headers: Headers, body = BODY): string {
    try {
        requireHeaders(auth, headers);
        requireSignature(auth, headers, body, NOW);
        return 'taken';
    } catch (thrown) {
        return thrown instanceof Error && 'field' in thrown ? `refused for ${String(thrown.field)}` : String(thrown);
    }
}

const bearer: WebhookAuth = { kind: 'bearer', token: 's3cret' };
const basic: WebhookAuth = { kind: 'basic', user: 'alice', password: 'pä:ss' };
const timed: WebhookAuth = {
    kind: 'hmac',
    secret: 'k',
    signatureHeader: 'X-Grafana-Alerting-Signature',
    timestampHeader: 'X-Time',
    windowSeconds: 300,
};
const sign = (text: string): string => createHmac('sha256', 'k').update(text).digest('hex');
const basicHeader = `Basic ${Buffer.from('alice:pä:ss').toString('base64')}`;

test.each<[string, WebhookAuth, Headers, string]>([
    ['nothing asked, nothing given', { kind: 'none' }, {}, 'taken'],
    ['the token', bearer, { authorization: 'Bearer s3cret' }, 'taken'],
    ['the token in other case of the scheme', bearer, { authorization: 'bearer s3cret' }, 'taken'],
    ['another token', bearer, { authorization: 'Bearer s3cre' }, 'refused for Authorization'],
    ['the token as Basic', bearer, { authorization: 'Basic s3cret' }, 'refused for Authorization'],
    ['no header', bearer, {}, 'refused for Authorization'],
    ['user and password', basic, { authorization: basicHeader }, 'taken'],
    ['a wrong password', basic, { authorization: 'Basic YWxpY2U6eA==' }, 'refused for Authorization'],
    ['the token and another word', bearer, { authorization: 'Bearer s3cret x' }, 'refused for Authorization'],
    ['the token and a parameter', bearer, { authorization: 'Bearer s3cret, realm="x"' }, 'refused for Authorization'],
    ['the token behind two spaces', bearer, { authorization: 'Bearer  s3cret' }, 'taken'],
    ['the token behind a tab', bearer, { authorization: 'Bearer\ts3cret' }, 'refused for Authorization'],
    ['user, password and another word', basic, { authorization: `${basicHeader} x` }, 'refused for Authorization'],
    [
        'a signature of the same JSON written otherwise',
        timed,
        { 'x-time': `${SECONDS}`, 'x-grafana-alerting-signature': sign(`${SECONDS}:{"a":1}`) },
        'refused for X-Grafana-Alerting-Signature',
    ],
    ['no signature', timed, { 'x-time': `${SECONDS}` }, 'refused for X-Grafana-Alerting-Signature'],
    ['a signature without a time', timed, { 'x-grafana-alerting-signature': sign('{"a": 1}') }, 'refused for X-Time'],
    [
        'a signature with its time',
        timed,
        { 'x-time': `${SECONDS}`, 'x-grafana-alerting-signature': sign(`${SECONDS}:{"a": 1}`) },
        'taken',
    ],
    [
        'an old signature',
        timed,
        { 'x-time': `${SECONDS - 301}`, 'x-grafana-alerting-signature': sign(`${SECONDS - 301}:{"a": 1}`) },
        'refused for X-Time',
    ],
    [
        'another time than signed',
        timed,
        { 'x-time': `${SECONDS + 1}`, 'x-grafana-alerting-signature': sign(`${SECONDS}:{"a": 1}`) },
        'refused for X-Grafana-Alerting-Signature',
    ],
])('%s', (_what, auth, headers, expected) => {
    expect(verdict(auth, headers)).toBe(expected);
});

test('a signature that was taken is known until its time is over, before and after this clock', () => {
    const seen = new SeenRequests(300);
    const at = (seconds: number): Date => new Date(NOW.getTime() + seconds * 1_000);
    seen.add('a', NOW);
    expect([seen.has('a', at(599)), seen.has('b', NOW), seen.has('a', at(601))]).toEqual([true, false, false]);
});

test('what is remembered has a bound, and the newest stays', () => {
    const seen = new SeenRequests(300);
    for (let index = 0; index <= 20_000; index += 1) seen.add(String(index), NOW);
    expect([seen.has('0', NOW), seen.has('20000', NOW)]).toEqual([false, true]);
});
