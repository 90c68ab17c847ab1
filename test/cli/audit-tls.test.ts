// @needs redis-server
// @needs openssl
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ROOT } from '../support/package';
import { freePort } from '../support/processes';
import { startRedis } from '../support/redis';

test('audit of Redis over TLS, by name and by address, says nothing but its result', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'alert-to-fix-cli-tls-'));
    const file = (name: string): string => path.join(folder, name);
    const openssl = (...args: string[]): void => void execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
    openssl(
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=site',
        '-keyout',
        'ca.key',
        '-out',
        'ca.pem',
    );
    openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=redis', '-keyout', 'redis.key', '-out', 'redis.csr');
    writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1');
    openssl(
        'x509',
        '-req',
        '-in',
        'redis.csr',
        '-CA',
        'ca.pem',
        '-CAkey',
        'ca.key',
        '-CAcreateserial',
        '-days',
        '2',
        '-extfile',
        'names',
        '-out',
        'redis.pem',
    );
    const port = await freePort();
    const server = await startRedis(
        '--tls-port',
        String(port),
        '--tls-cert-file',
        file('redis.pem'),
        '--tls-key-file',
        file('redis.key'),
        '--tls-ca-cert-file',
        file('ca.pem'),
        '--tls-auth-clients',
        'no',
    );
    const args = [
        '--require',
        path.join(ROOT, 'test/support/typescript-hook.cjs'),
        path.join(ROOT, 'nodes/cli/alert-to-fix.ts'),
        'audit',
        'verify',
        '--redis',
    ];
    const env = { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: file('ca.pem') };
    try {
        for (const host of ['localhost', '127.0.0.1']) {
            const answer = await new Promise<{ failed: boolean; output: string; errors: string }>((resolve) => {
                execFile(process.execPath, [...args, `rediss://${host}:${port}`], { env }, (error, output, errors) =>
                    resolve({ failed: error !== null, output, errors }),
                );
            });
            expect(answer).toEqual({
                failed: false,
                output: expect.stringContaining('The chain is whole.'),
                errors: '',
            });
        }
    } finally {
        await server.close();
        rmSync(folder, { recursive: true, force: true });
    }
});
