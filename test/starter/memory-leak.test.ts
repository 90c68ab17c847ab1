// @needs ansible-playbook
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, setGroupVariables, snapshot, trustedFolder } from '../support/ansible-playbook';
import { type BreakableService, breakableService } from '../support/breakable-service';

const parameters = { service: 'shop-worker', limit_mib: 120 };
let folder: string;
let service: BreakableService;

const residentMib = (): number =>
    Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${service.pid()}/status`, 'utf8'))?.[1]) / 1024;

beforeEach(() => {
    folder = trustedFolder({});
    service = breakableService(path.join(folder, 'shop'));
    setGroupVariables(folder, { service_catalogue: { 'shop-worker': service.entry } });
});
afterEach(() => {
    service.kill();
    fs.rmSync(folder, { recursive: true, force: true });
});

test('a service above its memory limit is restarted and small again', async () => {
    const leaking = service.start('leaks');
    expect(residentMib()).toBeGreaterThan(120);
    const before = snapshot(folder);

    const dryRun = await runPlaybook(folder, 'restart-leaking-service.yml', parameters, 'check');
    expect(dryRun).toMatchObject({
        exitCode: 0,
        changedTasks: [`Ask process ${leaking} (shop-worker) to end`, 'Start shop-worker by its start command'],
    });
    expect(service.pid()).toBe(leaking);
    expect(snapshot(folder)).toEqual(before);

    expect(await runPlaybook(folder, 'restart-leaking-service.yml', parameters)).toMatchObject({
        exitCode: 0,
        changed: 2,
    });
    expect(service.pid()).not.toBe(leaking);
    expect(residentMib()).toBeLessThan(120);

    const healthy = service.pid();
    expect(await runPlaybook(folder, 'restart-leaking-service.yml', parameters)).toMatchObject({
        exitCode: 0,
        changed: 0,
    });
    expect(service.pid()).toBe(healthy);
});

test.each([
    ['a limit below any process', { limit_mib: 1 }, 'at least 16'],
    ['a limit that is text', { limit_mib: '120; touch owned' }, 'at least 16'],
    ['a template as name', { service: "{{ lookup('pipe', 'touch owned') }}" }, 'must be 1 to 100 letters'],
])('%s is refused and the service keeps running', async (_case, hostile, message) => {
    const pid = service.start('leaks');
    const before = snapshot(folder);
    const result = await runPlaybook(folder, 'restart-leaking-service.yml', { ...parameters, ...hostile });
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain(message);
    expect(service.pid()).toBe(pid);
    expect(snapshot(folder)).toEqual(before);
});

test('a service that does not run is not started under this name', async () => {
    const result = await runPlaybook(folder, 'restart-leaking-service.yml', parameters);
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain('see the runbook service-down');
});
