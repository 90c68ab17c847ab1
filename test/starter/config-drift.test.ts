// @needs ansible-playbook
import fs from 'node:fs';
import path from 'node:path';
import { runPlaybook, setGroupVariables, snapshot, starterLibrary, trustedFolder } from '../support/ansible-playbook';

const parameters = { config_name: 'shop' };
const GOLDEN = 'workers = 4\nlisten = 127.0.0.1\n';
const DRIFTED = 'workers = 400\nlisten = 0.0.0.0\n';
let folder: string;
let library: string;
let entry: Record<string, unknown>;
const file = (name: string): string => path.join(folder, 'etc', name);

const run = (playbook: string, mode: 'check' | 'run' = 'run', values: Record<string, string> = parameters) =>
    runPlaybook(folder, playbook, values, mode, library);

/** The test command of the shop: accepts a configuration only with this text in it. */
function acceptOnly(text: string): void {
    fs.writeFileSync(file('test'), `#!/bin/sh\ngrep -q '${text}' ${file('shop.conf')}\n`, { mode: 0o755 });
}

beforeEach(() => {
    folder = trustedFolder({});
    library = path.join(folder, 'library');
    fs.cpSync(starterLibrary, library, { recursive: true });
    fs.writeFileSync(path.join(library, 'files/shop.conf'), GOLDEN);
    fs.mkdirSync(file(''));
    fs.writeFileSync(file('shop.conf'), DRIFTED, { mode: 0o600 });
    fs.writeFileSync(file('reload'), `#!/bin/sh\necho reloaded >> ${file('reloads')}\n`, { mode: 0o755 });
    acceptOnly('listen');
    entry = {
        file: file('shop.conf'),
        golden: 'shop.conf',
        mode: '0640',
        test: [file('test')],
        reload: [file('reload')],
    };
    setGroupVariables(folder, { config_catalogue: { shop: entry } });
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

test('a drifted file gets its golden content back, and the rollback undoes it', async () => {
    const before = snapshot(folder);
    const dryRun = await run('restore-config.yml', 'check');
    expect(dryRun).toMatchObject({
        exitCode: 0,
        changedTasks: ['Keep the drifted file', 'Put the golden copy back', 'Let the service read its files again'],
    });
    expect(dryRun.output).toContain('-workers = 400');
    expect(dryRun.output).toContain('+workers = 4');
    expect(snapshot(folder)).toEqual(before);

    expect(await run('restore-config.yml')).toMatchObject({ exitCode: 0, changed: 3 });
    expect(fs.readFileSync(file('shop.conf'), 'utf8')).toBe(GOLDEN);
    expect(fs.statSync(file('shop.conf')).mode & 0o777).toBe(0o640);
    expect(fs.readFileSync(file('reloads'), 'utf8')).toBe('reloaded\n');
    expect(await run('restore-config.yml')).toMatchObject({ exitCode: 0, changed: 0 });

    const repaired = snapshot(folder);
    expect(await run('undo-restore-config.yml', 'check')).toMatchObject({ exitCode: 0, changed: 2 });
    expect(snapshot(folder)).toEqual(repaired);
    expect(await run('undo-restore-config.yml')).toMatchObject({ exitCode: 0, changed: 2 });
    expect(fs.readFileSync(file('shop.conf'), 'utf8')).toBe(DRIFTED);
    expect(fs.statSync(file('shop.conf')).mode & 0o777).toBe(0o600);
    expect(await run('undo-restore-config.yml')).toMatchObject({ exitCode: 0, changed: 0 });
});

test('a golden copy that fails its test is taken back at once', async () => {
    acceptOnly('no such line');
    const result = await run('restore-config.yml');
    expect(result).toMatchObject({ exitCode: 2, failed: 1 });
    expect(result.output).toContain('the file is as it was before');
    expect(fs.readFileSync(file('shop.conf'), 'utf8')).toBe(DRIFTED);
    expect(fs.existsSync(file('reloads'))).toBe(false);
});

test('a secret file is restored without being shown', async () => {
    setGroupVariables(folder, { config_catalogue: { shop: { ...entry, secret: true } } });
    const dryRun = await run('restore-config.yml', 'check');
    const real = await run('restore-config.yml');
    expect(real).toMatchObject({ exitCode: 0, changed: 3 });
    expect(dryRun.output + real.output).not.toContain('workers');
});

describe('nothing is touched when', () => {
    async function refused(name: string, message: string): Promise<void> {
        const before = snapshot(folder);
        const result = await run('restore-config.yml', 'run', { config_name: name });
        expect(result).toMatchObject({ exitCode: 2, failed: 1, changed: 0 });
        expect(result.output).toContain(message);
        expect(snapshot(folder)).toEqual(before);
    }

    test('the configuration is not in the catalogue', () => refused('other', 'not in config_catalogue'));
    test('the name climbs out of the folder', () => refused('../../etc/passwd', 'letters, digits'));
    test('the name is a template', () => refused(`{{ lookup('pipe', 'touch ${folder}/owned') }}`, 'letters, digits'));
    test('the golden copy is missing', async () => {
        fs.rmSync(path.join(library, 'files/shop.conf'));
        await refused('shop', 'shop.conf');
    });
    test('the file is a symlink', async () => {
        fs.renameSync(file('shop.conf'), file('real.conf'));
        fs.symlinkSync('real.conf', file('shop.conf'));
        await refused('shop', 'not a plain file');
    });
    test('the catalogue names a golden copy outside of the library', async () => {
        setGroupVariables(folder, { config_catalogue: { shop: { ...entry, golden: '../../secret' } } });
        await refused('shop', 'not in config_catalogue');
    });
});
