// @needs ansible-playbook
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, setGroupVariables, snapshot, trustedFolder } from '../support/ansible-playbook';
import { type BreakableService, breakableService } from '../support/breakable-service';

const parameters = { service: 'shop-worker', cpu_limit_percent: 20 };
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

test('a service that burns the CPU is restarted and calm again', async () => {
    const burning = service.start('burns');
    const before = snapshot(folder);

    const dryRun = await runPlaybook(folder, 'restart-hot-service.yml', parameters, 'check');
    expect(dryRun).toMatchObject({ exitCode: 0, changed: 2 });
    expect(service.pid()).toBe(burning);
    expect(snapshot(folder)).toEqual(before);

    expect(await runPlaybook(folder, 'restart-hot-service.yml', parameters)).toMatchObject({ exitCode: 0, changed: 2 });
    const calm = service.pid();
    expect(calm).not.toBe(burning);

    expect(await runPlaybook(folder, 'restart-hot-service.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
    expect(service.pid()).toBe(calm);
});

test('its priority can be lowered, and rolled back', async () => {
    const burning = service.start('burns');
    const dryRun = await runPlaybook(folder, 'lower-priority.yml', { service: 'shop-worker' }, 'check');
    expect(dryRun.changedTasks).toEqual([
        `Set the priority of shop-worker (process ${burning}) from nice 0 to nice 10`,
    ]);
    expect(service.nice()).toBe(0);

    expect(await runPlaybook(folder, 'lower-priority.yml', { service: 'shop-worker' })).toMatchObject({
        exitCode: 0,
        changed: 1,
    });
    expect(service.nice()).toBe(10);
    const threads = fs
        .readdirSync(`/proc/${burning}/task`)
        .map((id) => fs.readFileSync(`/proc/${burning}/task/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[16]);
    expect(new Set(threads)).toEqual(new Set(['10']));
    expect(await runPlaybook(folder, 'lower-priority.yml', { service: 'shop-worker' })).toMatchObject({
        exitCode: 0,
        changed: 0,
    });

    // An ordinary user may not raise a priority again; the catalogue then says which lower one is normal.
    setGroupVariables(folder, { service_catalogue: { 'shop-worker': { ...service.entry, nice: 15 } } });
    expect(await runPlaybook(folder, 'restore-priority.yml', { service: 'shop-worker' }, 'check')).toMatchObject({
        exitCode: 0,
        changed: 1,
    });
    expect(service.nice()).toBe(10);
    expect(await runPlaybook(folder, 'restore-priority.yml', { service: 'shop-worker' })).toMatchObject({
        exitCode: 0,
        changed: 1,
    });
    expect(service.nice()).toBe(15);
    expect(await runPlaybook(folder, 'restore-priority.yml', { service: 'shop-worker' })).toMatchObject({
        exitCode: 0,
        changed: 0,
    });
});

test.each([
    ['a limit any service exceeds', { cpu_limit_percent: 0 }, 'at least 20'],
    ['a shell command as name', { service: '$(touch owned)' }, 'must be 1 to 100 letters'],
])('%s is refused and the service keeps running', async (_case, hostile, message) => {
    const pid = service.start();
    const before = snapshot(folder);
    const result = await runPlaybook(folder, 'restart-hot-service.yml', { ...parameters, ...hostile });
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain(message);
    expect(service.pid()).toBe(pid);
    expect(snapshot(folder)).toEqual(before);
});
