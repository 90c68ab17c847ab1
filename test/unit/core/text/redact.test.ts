import { redact, redactDeep, redactions, redactWhole } from '../../../../nodes/core/text/redact';

const LENGTH = 200_000;

describe('redaction', () => {
    test.each([
        ['postgresql+psycopg2://app:hunter2@db/app', 'postgresql+psycopg2://app:[redacted]@db/app'],
        ['sent eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjMifQ.c2lnbmF0dXJl to it', 'sent [redacted] to it'],
        ['db_password="hunter2", user="app"', 'db_password=[redacted], user="app"'],
        ['Authorization: Bearer abcdefgh12345', 'Authorization: Bearer [redacted]'],
        ['disk 93 % full on web-1', 'disk 93 % full on web-1'],
    ])('of %j gives %j', (text, redacted) => {
        expect(redact(text)).toBe(redacted);
    });

    test.each(['-', '+', ' '])('of a private key in a diff takes all its lines (%j) and nothing behind it', (sign) => {
        const key = [
            '-----BEGIN RSA PRIVATE KEY-----',
            'MIIEpAIBAAKCAQEA7',
            'zzzz0123/+==',
            '-----END RSA PRIVATE KEY-----',
        ];
        expect(redact([' # key', ...key.map((line) => sign + line), '-port 80', '+port 8080'].join('\n'))).toBe(
            ` # key\n${sign === '-' ? '-' : sign}[redacted]\n-port 80\n+port 8080`,
        );
    });

    test('of a vault file takes its cipher text and nothing behind it', () => {
        expect(redact('+$ANSIBLE_VAULT;1.1;AES256\n+6231\n+6664\n-port 80\n')).toBe('+[redacted]\n-port 80\n');
    });

    test('of a text of megabytes finds the secrets wherever they lie, and cuts nothing', async () => {
        const line = 'a line of text without anything in it, '.repeat(3);
        for (const at of [0, 179_990, 199_990, 200_005, 359_000, 1_000_000]) {
            const [before, after] = [line.repeat(9_000).slice(0, at), line.repeat(9_000)];
            const cleaned = await redactWhole(`${before} password=hunter2 and token: "abc def",\n${after}`);
            expect(cleaned).toBe(`${before} password=[redacted] and token: [redacted],\n${after}`);
            expect(redactions(cleaned)).toBe(2);
        }
    });

    test('of an object takes what is called a secret, however it looks, and what looks like one, however it is called', () => {
        const given = {
            host: 'web-1',
            db_password: 'hunter2 hunter2',
            labels: [{ secret: 'tls-cert', note: 'token=abc', apiKey: 'abc', client_secret: '' }],
            tokens: 3,
        };
        expect(redactDeep(given)).toEqual({
            host: 'web-1',
            db_password: '[redacted]',
            labels: [{ secret: 'tls-cert', note: 'token=[redacted]', apiKey: '[redacted]', client_secret: '' }],
            tokens: 3,
        });
    });

    // Jest's own time limit is what a search that grows with the square of the text fails at.
    test.each([
        ['half addresses', `${'a.'.repeat(LENGTH / 2)}@`],
        ['half tokens', 'eyJ-'.repeat(LENGTH / 4)],
        ['names of secrets', `${'a-'.repeat(LENGTH / 2)}token`],
        ['open quotes', 'token="'.repeat(LENGTH / 7)],
    ])('looks through %s of an attacker once', async (_what, text) => {
        expect(redact(text)).not.toBe('');
        await new Promise(setImmediate);
    });
});
