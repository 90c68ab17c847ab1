// @needs ansible-playbook
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, trustedFolder } from '../support/ansible-playbook';
import { type BreakableService, breakableService } from '../support/breakable-service';
import { standInSystemctl } from '../support/stand-in-systemctl';

const searchPath = process.env.PATH;
let folder: string;
let service: BreakableService;

beforeEach(() => {
    folder = trustedFolder({});
    service = breakableService(path.join(folder, 'shop'));
    process.env.PATH = `${standInSystemctl(folder, 'shop.service', service.entry)}:${searchPath}`;
});
afterEach(() => {
    process.env.PATH = searchPath;
    service.kill();
    fs.rmSync(folder, { recursive: true, force: true });
});

test('a failed unit is started by systemd, once', async () => {
    const parameters = { service: 'shop.service' };
    expect(await runPlaybook(folder, 'start-service.yml', parameters, 'check')).toMatchObject({
        exitCode: 0,
        changedTasks: ['Start the systemd unit shop.service'],
    });
    expect(service.pid()).toBe(0);
    expect(await runPlaybook(folder, 'start-service.yml', parameters)).toMatchObject({ exitCode: 0, changed: 1 });
    expect(service.pid()).toBeGreaterThan(0);
    expect(await runPlaybook(folder, 'start-service.yml', parameters)).toMatchObject({ exitCode: 0, changed: 0 });
});

test('a unit that fails again is a failed run, not a success', async () => {
    fs.writeFileSync(path.join(folder, 'shop/fault'), 'dies');
    expect(await runPlaybook(folder, 'start-service.yml', { service: 'shop.service' })).toMatchObject({
        exitCode: 2,
        failed: 1,
    });
});

test('a leaking unit is restarted by systemd, once', async () => {
    const parameters = { service: 'shop.service', limit_mib: 120 };
    const leaking = service.start('leaks');
    expect(await runPlaybook(folder, 'restart-leaking-service.yml', parameters, 'check')).toMatchObject({
        exitCode: 0,
        changedTasks: ['Restart the systemd unit shop.service'],
    });
    expect(service.pid()).toBe(leaking);
    expect(await runPlaybook(folder, 'restart-leaking-service.yml', parameters)).toMatchObject({
        exitCode: 0,
        changed: 1,
    });
    expect(service.pid()).not.toBe(leaking);
    expect(await runPlaybook(folder, 'restart-leaking-service.yml', parameters)).toMatchObject({
        exitCode: 0,
        changed: 0,
    });
});

test('a unit that systemd does not know is refused', async () => {
    const result = await runPlaybook(folder, 'start-service.yml', { service: 'other.service' });
    expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
    expect(result.output).toContain('nor a loaded systemd unit');
});
