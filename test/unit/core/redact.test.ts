import { redact } from '../../../nodes/core/redact';

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
