// @needs ansible-playbook
import {
    chmodSync,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    readlinkSync,
    renameSync,
    rmSync,
    statSync,
    symlinkSync,
    utimesSync,
    writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { AnsibleExecutor } from '../../../../nodes/adapters/ansible/executor';
import { removeStaleCopies, sealedCopy } from '../../../../nodes/adapters/ansible/sealed-copy';
import type { SealedLibrary } from '../../../../nodes/adapters/ansible/sealed-library';
import { newNonce } from '../../../../nodes/core/incident/id';
import type { RunOutcome } from '../../../../nodes/core/model/run';
import { PlaybookLibrary } from '../../../support/playbook-library';

let library: PlaybookLibrary;
let copies: string;
let executor: AnsibleExecutor;

beforeEach(() => {
    library = new PlaybookLibrary();
    copies = library.path('sealed');
    executor = new AnsibleExecutor({ program: process.env.ANSIBLE_PLAYBOOK, library, folder: library.root });
});
afterEach(() => library.remove());

const seal = (): Promise<SealedLibrary> => library.sealed();

async function run(sealed: SealedLibrary, playbook = 'playbooks/p.yml'): Promise<RunOutcome> {
    return executor.run(
        {
            nonce: newNonce(),
            purpose: 'run',
            content: sealed.content,
            call: { playbook },
            hosts: ['web-1'],
            parameters: {},
            timeoutSeconds: 60,
        },
        {},
        { cancel: new AbortController().signal },
    );
}

const out = (): string => readFileSync(library.path('out'), 'utf8');
const writes = (text: string): string =>
    library.playbook('p', `- copy: {dest: ${library.path('out')}, content: "${text}"}`);
const modeOf = (file: string): number => statSync(file).mode & 0o777;

describe('the copy', () => {
    test('is what runs: an edit of the library after it was taken does not', async () => {
        library.write('playbooks/templates/t.j2', 'approved');
        library.playbook('p', `- template: {src: t.j2, dest: ${library.path('out')}}`);
        const sealed = await seal();
        library.write('playbooks/templates/t.j2', 'evil');
        expect(await run(sealed)).toMatchObject({ status: 'succeeded' });
        expect(out()).toBe('approved');
    });

    test('serves everybody who asks for the same content, and each content has its own', async () => {
        writes('one');
        const first = await seal();
        expect((await seal()).copy).toBe(first.copy);
        writes('two');
        expect((await seal()).copy).not.toBe(first.copy);
        expect(readdirSync(copies)).toHaveLength(2);
    });

    test("is the owner's only, keeps modes, and has no part of Git", async () => {
        writes('one');
        for (const name of ['keys/id', 'bin/tool', '.git/HEAD']) library.write(name, 'x');
        chmodSync(path.join(library.folder, 'keys/id'), 0o600);
        chmodSync(path.join(library.folder, 'bin/tool'), 0o755);
        const { copy, folder } = await seal();
        expect([copies, copy, path.join(folder, 'keys/id'), path.join(folder, 'bin/tool')].map(modeOf)).toEqual([
            0o700, 0o700, 0o600, 0o755,
        ]);
        expect(existsSync(path.join(folder, '.git'))).toBe(false);
    });

    test('has links that point into itself, wherever they pointed in the library', async () => {
        writes('approved');
        symlinkSync(path.join(library.folder, 'playbooks/p.yml'), path.join(library.folder, 'absolute.yml'));
        symlinkSync('../library/playbooks', path.join(library.folder, 'roundabout'));
        const sealed = await seal();
        expect(['absolute.yml', 'roundabout'].map((name) => readlinkSync(path.join(sealed.folder, name)))).toEqual([
            'playbooks/p.yml',
            'playbooks',
        ]);
        writes('evil');
        expect(await run(sealed, 'absolute.yml')).toMatchObject({ status: 'succeeded' });
        expect(out()).toBe('approved');
    });

    test('is made once by twenty at the same time, and nothing is left of the others', async () => {
        writes('one');
        const made = await Promise.all(Array.from({ length: 20 }, seal));
        expect(new Set(made.map(({ copy }) => copy)).size).toBe(1);
        expect(readdirSync(copies)).toHaveLength(1);
        expect(await run(made[0] as SealedLibrary)).toMatchObject({ status: 'succeeded' });
    });

    test('that is missing is made again, and refused when the library is another one by now', async () => {
        writes('approved');
        const sealed = await seal();
        rmSync(sealed.copy, { recursive: true });
        expect(await run(sealed)).toMatchObject({ status: 'succeeded' });
        rmSync(sealed.copy, { recursive: true });
        writes('evil');
        await expect(run(sealed)).rejects.toMatchObject({
            code: 'PLAN_CHANGED',
            message: expect.stringContaining('playbooks/p.yml'),
        });
        expect(out()).toBe('approved');
    });

    test('of a library in which the store lies is refused', async () => {
        await expect(
            sealedCopy({
                folder: library.folder,
                inventory: library.inventory,
                copies: path.join(library.folder, 'store/sealed'),
            }),
        ).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
    });
});

const TAMPERED: [string, (folder: string) => void, string][] = [
    [
        'an edited playbook',
        (folder) => writeFileSync(path.join(folder, 'playbooks/p.yml'), '- hosts: all\n'),
        'playbooks/p.yml',
    ],
    ['a new file', (folder) => writeFileSync(path.join(folder, 'ansible.cfg'), ''), 'ansible.cfg: missing →'],
    ['a file that is gone', (folder) => rmSync(path.join(folder, 'inventory.ini')), 'inventory.ini'],
    [
        'an inventory that can be executed',
        (folder) => chmodSync(path.join(folder, 'inventory.ini'), 0o755),
        '→ executable',
    ],
    ['a link that leads out', (folder) => symlinkSync('/etc', path.join(folder, 'roles')), 'roles'],
    [
        'something where Git keeps its own',
        (folder) => {
            mkdirSync(path.join(folder, '.git'));
            writeFileSync(path.join(folder, '.git/tasks.yml'), '');
        },
        '.git/tasks.yml',
    ],
    ['a folder that is half there', (folder) => rmSync(folder, { recursive: true }), 'library'],
];
test.each(TAMPERED)(
    'a copy with %s is refused, whoever asks, and says how to repair it',
    async (_what, tamper, says) => {
        writes('evil');
        const sealed = await seal();
        tamper(sealed.folder);
        const refused = {
            code: 'PLAN_CHANGED',
            message: expect.stringContaining(says),
            cure: expect.stringContaining(path.basename(sealed.copy)),
        };
        await expect(run(sealed)).rejects.toMatchObject(refused);
        await expect(executor.inventory(sealed.content)).rejects.toMatchObject(refused);
        await expect(seal()).rejects.toMatchObject(refused);
        expect(existsSync(library.path('out'))).toBe(false);
        rmSync(sealed.copy, { recursive: true });
        expect(await run(await seal())).toMatchObject({ status: 'succeeded' });
    },
);

describe('an inventory outside the library', () => {
    const HOST = 'web-1 ansible_connection=local ansible_python_interpreter=/usr/bin/python3\n';
    const outside = (name: string): string => path.join(library.root, 'elsewhere', name);

    const sealWith = (inventory: string): Promise<SealedLibrary> => library.sealed(inventory);

    test.each([
        ['a file', 'hosts'],
        ['a folder', ''],
    ])('that is %s is copied with its variables, under the names it has', async (_what, name) => {
        mkdirSync(outside('group_vars'), { recursive: true });
        writeFileSync(outside('hosts'), HOST);
        writeFileSync(outside('group_vars/all.yml'), 'word: approved\n');
        library.playbook('p', `- copy: {dest: ${library.path('out')}, content: "{{ word }}"}`);
        const sealed = await sealWith(outside(name));
        expect(Object.keys(sealed.content.digests)).toEqual(
            expect.arrayContaining(['../elsewhere/group_vars/all.yml', '../elsewhere/hosts']),
        );
        writeFileSync(outside('group_vars/all.yml'), 'word: evil\n');
        writeFileSync(outside('hosts'), '');
        expect([...(await executor.inventory(sealed.content)).keys()]).toEqual(['web-1']);
        expect(await run(sealed)).toMatchObject({ status: 'succeeded' });
        expect(out()).toBe('approved');
        writeFileSync(
            path.join(sealed.copy, 'inventory', name === '' ? 'elsewhere/host_vars.yml' : 'group_vars/web.yml'),
            'a: 1\n',
        );
        await expect(run(sealed)).rejects.toMatchObject({ code: 'PLAN_CHANGED' });
    });

    test('and one inside with the same text are two versions', async () => {
        writes('x');
        mkdirSync(outside(''), { recursive: true });
        writeFileSync(outside('hosts'), HOST);
        library.write('hosts.ini', HOST);
        const versions = [
            await sealWith(outside('hosts')),
            await sealWith(path.join(library.folder, 'hosts.ini')),
            await seal(),
        ];
        expect(new Set(versions.map(({ copy }) => copy)).size).toBe(3);
    });
});

describe('what nobody uses any more', () => {
    const THREE_DAYS_AGO = new Date(Date.now() - 3 * 24 * 60 * 60 * 1000);
    const age = (name: string): void => utimesSync(path.join(copies, name), THREE_DAYS_AGO, THREE_DAYS_AGO);

    test('is removed: copies and what a crash left of them; what is used stays', async () => {
        writes('one');
        const old = await seal();
        writes('two');
        const used = await seal();
        mkdirSync(path.join(copies, '.new-crashed'));
        mkdirSync(path.join(copies, '.new-under-way'));
        for (const name of [path.basename(old.copy), path.basename(used.copy), '.new-crashed']) age(name);
        await run(used);
        await removeStaleCopies(copies);
        expect(readdirSync(copies).sort()).toEqual(['.new-under-way', path.basename(used.copy)].sort());
    });

    test('goes when a new copy is made', async () => {
        writes('one');
        age(path.basename((await seal()).copy));
        writes('two');
        const { copy } = await seal();
        expect(readdirSync(copies)).toEqual([path.basename(copy)]);
    });

    test('does no harm where it cannot be removed, or was never there', async () => {
        await removeStaleCopies(copies);
        writes('one');
        const { copy } = await seal();
        renameSync(copy, path.join(copies, 'renamed'));
        await removeStaleCopies(copies);
        expect(readdirSync(copies)).toEqual(['renamed']);
    });
});
