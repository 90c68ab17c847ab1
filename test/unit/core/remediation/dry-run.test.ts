import type { TaskResult } from '../../../../nodes/core/model/run';
import { dryRunDigest } from '../../../../nodes/core/remediation/dry-run';

function taskOn(host: string, task = 'Restart'): TaskResult {
    return { host, task, status: 'changed' };
}

test.each(['constructor', '__proto__', 'toString'])('a host named %s counts in the digest like any other', (host) => {
    const digest = dryRunDigest([taskOn(host)]);
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    expect(digest).not.toBe(dryRunDigest([]));
    expect(digest).not.toBe(dryRunDigest([taskOn(host, 'Stop')]));
});
