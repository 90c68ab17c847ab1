// @needs openssl
// @needs ansible-playbook
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, setGroupVariables, snapshot, trustedFolder } from '../support/ansible-playbook';

const instance = 'https://shop.example.com:8443/health';
const parameters = { certificate: instance, renew_before_days: 21 };
let folder: string;
const file = (name: string): string => path.join(folder, 'tls', name);

/** Makes a real self-signed certificate that lasts so many days. */
function issue(days: number, keyName = 'key.pem'): void {
    execFileSync(
        'openssl',
        [
            'req',
            '-x509',
            '-newkey',
            'ec',
            '-pkeyopt',
            'ec_paramgen_curve:P-256',
            '-nodes',
            '-subj',
            '/CN=shop.example.com',
            '-days',
            String(days),
            '-keyout',
            file(keyName),
            '-out',
            file('cert.pem'),
        ],
        { stdio: 'ignore' },
    );
}

function daysLeft(): number {
    return (Date.parse(new X509Certificate(fs.readFileSync(file('cert.pem'))).validTo) - Date.now()) / 86_400_000;
}

/** The renewal program of the shop: what certbot is elsewhere. */
function renewalProgram(days: number, keyName = 'key.pem'): void {
    const openssl = `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=shop.example.com -days ${days}`;
    fs.writeFileSync(
        file('renew'),
        `#!/bin/sh\n${openssl} -keyout ${file(keyName)} -out ${file('cert.pem')} 2>&1\ncat ${file(keyName)}\n`,
        { mode: 0o755 },
    );
}

beforeEach(() => {
    folder = trustedFolder({});
    fs.mkdirSync(file(''));
    issue(3);
    fs.chmodSync(file('key.pem'), 0o600);
    renewalProgram(90);
    fs.writeFileSync(file('reload'), `#!/bin/sh\necho reloaded >> ${file('reloads')}\n`, { mode: 0o755 });
    const entry = { file: file('cert.pem'), key: file('key.pem'), renew: [file('renew')], reload: [file('reload')] };
    setGroupVariables(folder, { certificate_catalogue: { [instance]: entry } });
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

test('a certificate near its end is renewed and the service reloads it; the rollback puts the old one back', async () => {
    expect(daysLeft()).toBeLessThan(4);
    const before = snapshot(folder);
    const oldKey = fs.readFileSync(file('key.pem'), 'utf8');

    const dryRun = await runPlaybook(folder, 'renew-certificate.yml', parameters, 'check');
    expect(dryRun).toMatchObject({
        exitCode: 0,
        changedTasks: [
            'Keep the old certificate and key',
            `Renew the certificate ${instance}`,
            'Let the service read its files again',
        ],
    });
    expect(snapshot(folder)).toEqual(before);

    const run = await runPlaybook(folder, 'renew-certificate.yml', parameters);
    expect(run).toMatchObject({ exitCode: 0, changed: 3 });
    expect(daysLeft()).toBeGreaterThan(80);
    expect(fs.readFileSync(file('reloads'), 'utf8')).toBe('reloaded\n');
    expect(fs.statSync(file('key.pem.before-renewal')).mode & 0o777).toBe(0o600);
    expect(dryRun.output + run.output).not.toContain('PRIVATE KEY');

    const renewed = snapshot(folder);
    expect(await runPlaybook(folder, 'renew-certificate.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
    expect(snapshot(folder)).toEqual(renewed);

    expect(await runPlaybook(folder, 'restore-certificate.yml', parameters, 'check')).toMatchObject({
        exitCode: 0,
        changed: 2,
    });
    expect(snapshot(folder)).toEqual(renewed);
    const rollback = await runPlaybook(folder, 'restore-certificate.yml', parameters);
    expect(rollback).toMatchObject({ exitCode: 0, changed: 2 });
    expect(rollback.output).not.toContain('PRIVATE KEY');
    expect(daysLeft()).toBeLessThan(4);
    expect(fs.readFileSync(file('key.pem'), 'utf8')).toBe(oldKey);
    expect(await runPlaybook(folder, 'restore-certificate.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
});

test('a renewal that brings another short certificate is a failed run', async () => {
    renewalProgram(5);
    expect(await runPlaybook(folder, 'renew-certificate.yml', parameters)).toMatchObject({ exitCode: 2, failed: 1 });
    expect(fs.existsSync(file('reloads'))).toBe(false);
});

test('a renewed certificate that does not belong to the key is never loaded', async () => {
    renewalProgram(90, 'other-key.pem');
    const run = await runPlaybook(folder, 'renew-certificate.yml', parameters);
    expect(run).toMatchObject({ exitCode: 2, failed: 1 });
    expect(run.output).toContain('does not belong to the key');
    expect(fs.existsSync(file('reloads'))).toBe(false);
});

test.each([
    [
        'a certificate that is not in the catalogue',
        { certificate: 'https://other.example.com' },
        'not in certificate_catalogue',
    ],
    ['a template', { certificate: "{{ lookup('pipe', 'touch owned') }}" }, 'named as in certificate_catalogue'],
    ['a shell command', { certificate: 'shop; touch owned' }, 'named as in certificate_catalogue'],
    ['a span of years', { renew_before_days: 4000 }, 'between 1 and 90'],
])('%s is refused and nothing is renewed', async (_case, hostile, message) => {
    const before = snapshot(folder);
    const result = await runPlaybook(folder, 'renew-certificate.yml', { ...parameters, ...hostile });
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain(message);
    expect(snapshot(folder)).toEqual(before);
});

test('a file that is no certificate, and a rollback without kept files, change nothing', async () => {
    fs.writeFileSync(file('cert.pem'), 'not a certificate');
    const before = snapshot(folder);
    expect(await runPlaybook(folder, 'renew-certificate.yml', parameters)).toMatchObject({
        exitCode: 2,
        failed: 1,
        changed: 0,
    });
    const rollback = await runPlaybook(folder, 'restore-certificate.yml', parameters);
    expect(rollback).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(rollback.output).toContain('nothing to put back');
    expect(snapshot(folder)).toEqual(before);
});
