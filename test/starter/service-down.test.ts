// @needs ansible-playbook
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, setGroupVariables, snapshot, trustedFolder } from '../support/ansible-playbook';
import { type BreakableService, breakableService } from '../support/breakable-service';

const parameters = { service: 'shop-worker' };
let folder: string;
let service: BreakableService;

beforeEach(() => {
    folder = trustedFolder({});
    service = breakableService(path.join(folder, 'shop'));
    setGroupVariables(folder, { service_catalogue: { 'shop-worker': service.entry } });
});
afterEach(() => {
    service.kill();
    fs.rmSync(folder, { recursive: true, force: true });
});

test('a service that died is started again, once', async () => {
    service.start('dies');
    expect(service.pid()).toBe(0);
    const before = snapshot(folder);

    const dryRun = await runPlaybook(folder, 'start-service.yml', parameters, 'check');
    expect(dryRun).toMatchObject({ exitCode: 0, changedTasks: ['Start shop-worker by its start command'] });
    expect(snapshot(folder)).toEqual(before);

    expect(await runPlaybook(folder, 'start-service.yml', parameters)).toMatchObject({ exitCode: 0, changed: 1 });
    const pid = service.pid();
    expect(pid).toBeGreaterThan(0);

    expect(await runPlaybook(folder, 'start-service.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
    expect(service.pid()).toBe(pid);
});

test('a pid file that names a foreign process does not count as running', async () => {
    fs.writeFileSync(service.entry.pid_file, String(process.pid));
    expect(await runPlaybook(folder, 'start-service.yml', parameters)).toMatchObject({ exitCode: 0, changed: 1 });
    expect(service.pid()).not.toBe(process.pid);
});

test('a service that falls over again is a failed run, not a success', async () => {
    fs.writeFileSync(path.join(folder, 'shop/fault'), 'dies');
    expect(await runPlaybook(folder, 'start-service.yml', parameters)).toMatchObject({ exitCode: 2, failed: 1 });
});

test.each([
    ['a template', "{{ lookup('pipe', 'touch owned') }}", 'must be 1 to 100 letters'],
    ['a shell command', 'shop-worker; touch owned', 'must be 1 to 100 letters'],
    ['a name with a newline', 'shop-worker\n', 'must be 1 to 100 letters'],
    ['an option', '--now', 'must be 1 to 100 letters'],
    ['a name of Python', 'items', 'neither in service_catalogue'],
    ['an unknown service', 'no-such-service', 'neither in service_catalogue'],
])('%s is refused and nothing is started', async (_case, hostile, message) => {
    const before = snapshot(folder);
    const result = await runPlaybook(folder, 'start-service.yml', { service: hostile });
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain(message);
    expect(snapshot(folder)).toEqual(before);
});

test('a catalogue entry without an absolute start command is refused', async () => {
    setGroupVariables(folder, { service_catalogue: { 'shop-worker': { ...service.entry, start: ['start.cjs'] } } });
    const result = await runPlaybook(folder, 'start-service.yml', parameters);
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain('service_catalogue needs pid_file');
});
