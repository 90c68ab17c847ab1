import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileDigests } from '../../../../nodes/adapters/ansible/digests';
import { PlaybookLibrary } from '../../../support/playbook-library';

let library: PlaybookLibrary;

beforeEach(() => {
    library = new PlaybookLibrary();
    for (const name of FILES) library.write(name, 'one\n');
    symlinkSync('fix.yml', path.join(library.folder, 'playbooks/alias.yml'));
});
afterEach(() => library.remove());

const FILES = [
    'ansible.cfg', 'playbooks/fix.yml', 'playbooks/other.yml', 'playbooks/templates/a.j2', 'playbooks/group_vars/all.yml', 'group_vars/web.yml',
    'host_vars/web-1.yml', 'roles/x/tasks/main.yml', 'roles/x/files/script.sh', 'filter_plugins/f.py', '.hidden',
];

test('unchanged files have unchanged digests', async () => {
    expect(await fileDigests(library.folder, library.inventory)).toEqual(await fileDigests(library.folder, library.inventory));
});

test.each([...FILES, 'inventory.ini'])('an edit of %s shows under its name, and only there', async (name) => {
    const before = await fileDigests(library.folder, library.inventory);
    library.write(name, 'two\n');
    const after = await fileDigests(library.folder, library.inventory);
    expect(Object.keys(after).filter((file) => after[file] !== before[file])).toEqual([name]);
});

test('a new file, a removed file and a link to another file show', async () => {
    const before = await fileDigests(library.folder, library.inventory);
    library.write('roles/x/vars/main.yml', 'new: 1\n');
    rmSync(path.join(library.folder, 'host_vars/web-1.yml'));
    rmSync(path.join(library.folder, 'playbooks/alias.yml'));
    symlinkSync('other.yml', path.join(library.folder, 'playbooks/alias.yml'));
    const after = await fileDigests(library.folder, library.inventory);
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    expect(names.filter((name) => before[name] !== after[name]).sort()).toEqual(['host_vars/web-1.yml', 'playbooks/alias.yml', 'roles/x/vars/main.yml']);
});

test('what Git keeps does not count', async () => {
    const before = await fileDigests(library.folder, library.inventory);
    for (const name of ['.git/HEAD', 'roles/x/.git/config']) library.write(name, 'x');
    expect(await fileDigests(library.folder, library.inventory)).toEqual(before);
});

test.each(['filter_plugins/__pycache__/f.cpython-311.pyc', 'filter_plugins/f.pyc', 'playbooks/fix.retry'])('%s counts, because it can be read', async (name) => {
    const before = await fileDigests(library.folder, library.inventory);
    library.write(name, 'x');
    const after = await fileDigests(library.folder, library.inventory);
    expect(Object.keys(after).filter((file) => after[file] !== before[file])).toEqual([name]);
});

test.each(['../.git/tasks.yml', '../roles/x/.git'])('a symbolic link to %s, which does not count, is refused', async (target) => {
    for (const name of ['.git/tasks.yml', 'roles/x/.git/tasks.yml']) library.write(name, 'x');
    symlinkSync(target, path.join(library.folder, 'playbooks/tasks.yml'));
    await expect(fileDigests(library.folder, library.inventory)).rejects.toMatchObject({ code: 'CONFIG_INVALID', field: 'playbooks/tasks.yml' });
});

test('an inventory outside the folder counts, with the variables beside it', async () => {
    const outside = path.join(library.root, 'elsewhere');
    mkdirSync(path.join(outside, 'group_vars'), { recursive: true });
    writeFileSync(path.join(outside, 'hosts.ini'), 'web-1\n');
    writeFileSync(path.join(outside, 'group_vars/all.yml'), 'a: 1\n');
    writeFileSync(path.join(outside, 'unrelated.txt'), 'x');
    const names = Object.keys(await fileDigests(library.folder, path.join(outside, 'hosts.ini')));
    expect(names.filter((name) => name.startsWith('..'))).toEqual(['../elsewhere/group_vars/all.yml', '../elsewhere/hosts.ini']);
    expect(Object.keys(await fileDigests(library.folder, outside))).toContain('../elsewhere/unrelated.txt');
});

test.each(['/etc/hostname', '../secret.txt', '/nowhere/at/all', '../library-twin/x'])('a symbolic link to %s is refused', async (target) => {
    library.write('../secret.txt', 'x');
    library.write('../library-twin/x', 'x');
    symlinkSync(target, path.join(library.folder, 'playbooks.lnk'));
    await expect(fileDigests(library.folder, library.inventory)).rejects.toMatchObject({ code: 'CONFIG_INVALID', field: 'playbooks.lnk' });
});

test('a pipe in the folder is refused instead of being waited for', async () => {
    execFileSync('mkfifo', [path.join(library.folder, 'pipe')]);
    await expect(fileDigests(library.folder, library.inventory)).rejects.toMatchObject({ code: 'CONFIG_INVALID', field: 'pipe' });
});

test('a folder with too many files is refused', async () => {
    mkdirSync(path.join(library.folder, 'many'));
    for (let index = 0; index < 5_001; index += 1) writeFileSync(path.join(library.folder, 'many', String(index)), '');
    await expect(fileDigests(library.folder, library.inventory)).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('5000 files') });
});

test('a missing folder or inventory is named', async () => {
    await expect(fileDigests('/nowhere', '/nowhere/inventory.ini')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(fileDigests(library.folder, '/nowhere/hosts')).rejects.toMatchObject({ code: 'CONFIG_INVALID', message: expect.stringContaining('hosts') });
});
