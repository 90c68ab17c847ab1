import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { libraryVersion } from '../../../../nodes/adapters/ansible/digests';
import { PlaybookLibrary } from '../../../support/playbook-library';

let library: PlaybookLibrary;

beforeEach(() => {
    library = new PlaybookLibrary();
    for (const name of FILES) library.write(name, 'one\n');
    symlinkSync('fix.yml', path.join(library.folder, 'playbooks/alias.yml'));
});
afterEach(() => library.remove());

const FILES = [
    'ansible.cfg',
    'playbooks/fix.yml',
    'playbooks/other.yml',
    'playbooks/templates/a.j2',
    'playbooks/group_vars/all.yml',
    'group_vars/web.yml',
    'host_vars/web-1.yml',
    'roles/x/tasks/main.yml',
    'roles/x/files/script.sh',
    'filter_plugins/f.py',
    '.hidden',
];

async function digests(folder = library.folder, inventory = library.inventory): Promise<Record<string, string>> {
    return (await libraryVersion({ folder, inventory, inventoryName: path.relative(folder, inventory), isCopy: false }))
        .digests;
}

/** Names of the files whose digests the change changes. */
async function changedBy(change: () => void): Promise<string[]> {
    const before = await digests();
    change();
    const after = await digests();
    return [...new Set([...Object.keys(before), ...Object.keys(after)])]
        .filter((name) => before[name] !== after[name])
        .sort();
}

test('unchanged files have unchanged digests', async () => {
    expect(await changedBy(() => undefined)).toEqual([]);
});

test.each([...FILES, 'inventory.ini'])('an edit of %s shows under its name, and only there', async (name) => {
    expect(await changedBy(() => library.write(name, 'two\n'))).toEqual([name]);
});

test('a new file, a removed file and a link to another file show', async () => {
    expect(
        await changedBy(() => {
            library.write('roles/x/vars/main.yml', 'new: 1\n');
            rmSync(path.join(library.folder, 'host_vars/web-1.yml'));
            rmSync(path.join(library.folder, 'playbooks/alias.yml'));
            symlinkSync('other.yml', path.join(library.folder, 'playbooks/alias.yml'));
        }),
    ).toEqual(['host_vars/web-1.yml', 'playbooks/alias.yml', 'roles/x/vars/main.yml']);
});

test('an inventory that becomes a program shows, though its text is the same', async () => {
    expect(await changedBy(() => chmodSync(library.inventory, 0o755))).toEqual(['inventory.ini']);
    expect((await digests())['inventory.ini']).toMatch(/^executable [0-9a-f]{64}$/);
});

test('a vault file counts by its cipher text', async () => {
    const cipher = '$ANSIBLE_VAULT;1.1;AES256\n3261336262\n';
    library.write('group_vars/vault.yml', cipher);
    expect(await changedBy(() => library.write('group_vars/vault.yml', cipher.replace('3261', '3262')))).toEqual([
        'group_vars/vault.yml',
    ]);
});

test('a file whose text claims to be a link or a program is not taken for one', async () => {
    expect(
        await changedBy(() => {
            rmSync(path.join(library.folder, 'playbooks/alias.yml'));
            library.write('playbooks/alias.yml', 'link to fix.yml');
        }),
    ).toEqual(['playbooks/alias.yml']);
});

test('what Git keeps does not count', async () => {
    expect(
        await changedBy(() => {
            for (const name of ['.git/HEAD', 'roles/x/.git/config']) library.write(name, 'x');
        }),
    ).toEqual([]);
});

test.each(['filter_plugins/__pycache__/f.cpython-311.pyc', 'filter_plugins/f.pyc', 'playbooks/fix.retry'])(
    '%s counts, because it can be read',
    async (name) => {
        expect(await changedBy(() => library.write(name, 'x'))).toEqual([name]);
    },
);

test.each(['../.git/tasks.yml', '../roles/x/.git'])(
    'a symbolic link to %s, which does not count, is refused',
    async (target) => {
        for (const name of ['.git/tasks.yml', 'roles/x/.git/tasks.yml']) library.write(name, 'x');
        symlinkSync(target, path.join(library.folder, 'playbooks/tasks.yml'));
        await expect(digests()).rejects.toMatchObject({ code: 'CONFIG_INVALID', field: 'playbooks/tasks.yml' });
    },
);

test('an inventory outside the folder counts, with the variables beside it', async () => {
    const outside = path.join(library.root, 'elsewhere');
    mkdirSync(path.join(outside, 'group_vars'), { recursive: true });
    writeFileSync(path.join(outside, 'hosts.ini'), 'web-1\n');
    writeFileSync(path.join(outside, 'group_vars/all.yml'), 'a: 1\n');
    writeFileSync(path.join(outside, 'unrelated.txt'), 'x');
    const names = Object.keys(await digests(library.folder, path.join(outside, 'hosts.ini')));
    expect(names.filter((name) => name.startsWith('..'))).toEqual([
        '../elsewhere/group_vars/all.yml',
        '../elsewhere/hosts.ini',
    ]);
    expect(Object.keys(await digests(library.folder, outside))).toContain('../elsewhere/unrelated.txt');
});

test('an inventory folder that has the library in it is refused', async () => {
    await expect(digests(library.folder, library.root)).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        cure: expect.stringContaining('inventory file'),
    });
});

test.each(['/etc/hostname', '../secret.txt', '/nowhere/at/all', '../library-twin/x'])(
    'a symbolic link to %s is refused',
    async (target) => {
        library.write('../secret.txt', 'x');
        library.write('../library-twin/x', 'x');
        symlinkSync(target, path.join(library.folder, 'playbooks.lnk'));
        await expect(digests()).rejects.toMatchObject({ code: 'CONFIG_INVALID', field: 'playbooks.lnk' });
    },
);

test('a pipe in the folder is refused instead of being waited for', async () => {
    execFileSync('mkfifo', [path.join(library.folder, 'pipe')]);
    await expect(digests()).rejects.toMatchObject({ code: 'CONFIG_INVALID', field: 'pipe' });
});

test('a folder with too many files is refused', async () => {
    mkdirSync(path.join(library.folder, 'many'));
    for (let index = 0; index < 5_001; index += 1) writeFileSync(path.join(library.folder, 'many', String(index)), '');
    await expect(digests()).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('5000 files'),
    });
});

test('a missing folder or inventory is named', async () => {
    await expect(digests('/nowhere', '/nowhere/inventory.ini')).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    await expect(digests(library.folder, '/nowhere/hosts')).rejects.toMatchObject({
        code: 'CONFIG_INVALID',
        message: expect.stringContaining('hosts'),
    });
});
