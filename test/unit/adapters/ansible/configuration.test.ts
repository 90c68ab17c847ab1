// @needs ansible-playbook
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { sealedEnvironment } from '../../../../nodes/adapters/ansible/configuration';
import { AnsibleExecutor } from '../../../../nodes/adapters/ansible/executor';
import { newNonce } from '../../../../nodes/core/incident/id';
import type { RunOutcome } from '../../../../nodes/core/model/run';
import { PlaybookLibrary } from '../../../support/playbook-library';

let library: PlaybookLibrary;
let executor: AnsibleExecutor;

beforeEach(() => {
    library = new PlaybookLibrary();
    executor = new AnsibleExecutor({ program: process.env.ANSIBLE_PLAYBOOK, library, folder: library.root });
});
afterEach(() => library.remove());

async function run(playbook: string): Promise<RunOutcome> {
    return executor.run(
        {
            nonce: newNonce(),
            purpose: 'run',
            content: await executor.seal(),
            call: { playbook },
            hosts: ['web-1'],
            parameters: {},
            timeoutSeconds: 60,
        },
        {},
        { cancel: new AbortController().signal },
    );
}

const environment = async (): Promise<Record<string, string>> => sealedEnvironment(await library.sealed());
const config = (lines: string): string => library.write('ansible.cfg', `[defaults]\n${lines}\n`);
const role = (folder: string, word: string): string =>
    library.write(`${folder}/greet/tasks/main.yml`, `- copy: {dest: ${library.path('out')}, content: ${word}}\n`);
const useRole = (): string =>
    library
        .write('playbooks/p.yml', '- hosts: all\n  gather_facts: false\n  roles: [greet]\n')
        .replace(`${library.folder}/`, '');
const out = (): string => readFileSync(library.path('out'), 'utf8');

describe('roles, collections and plugins', () => {
    test("are looked for in the library and in Ansible's own installation, and nowhere else", async () => {
        const paths = [
            'DEFAULT_ROLES_PATH',
            'COLLECTIONS_PATHS',
            'DEFAULT_MODULE_PATH',
            'DEFAULT_MODULE_UTILS_PATH',
            'DOC_FRAGMENT_PLUGIN_PATH',
            'BECOME_PLUGIN_PATH',
            ...[
                'ACTION',
                'CACHE',
                'CLICONF',
                'CONNECTION',
                'FILTER',
                'HTTPAPI',
                'INVENTORY',
                'LOOKUP',
                'NETCONF',
                'STRATEGY',
                'TERMINAL',
                'TEST',
                'VARS',
            ].map((kind) => `DEFAULT_${kind}_PLUGIN_PATH`),
        ];
        const playbook = library.playbook(
            'p',
            `- debug: {msg: "${paths.map((name) => `{{ lookup('config', '${name}') | join(':') }}`).join(':')}"}`,
        );
        const places = ((await run(playbook)).tasks[0]?.message ?? '').split(':');
        expect(places).toHaveLength(paths.length);
        expect(places.filter((place) => path.isAbsolute(place) || place.includes(homedir()))).toEqual([]);
    });

    test('of the whole machine are not found', async () => {
        const system = '/usr/share/ansible/roles/greet/tasks';
        const had = existsSync('/usr/share/ansible');
        try {
            mkdirSync(system, { recursive: true });
        } catch {
            return; // Only root can prove it here.
        }
        try {
            writeFileSync(path.join(system, 'main.yml'), `- copy: {dest: ${library.path('out')}, content: system}\n`);
            expect(await run(useRole())).toMatchObject({
                status: 'never-started',
                reason: expect.stringContaining('greet'),
            });
            expect(existsSync(library.path('out'))).toBe(false);
        } finally {
            rmSync(had ? '/usr/share/ansible/roles/greet' : '/usr/share/ansible', { recursive: true });
        }
    });

    test.each([
        ['roles', ''],
        ['playbooks/roles', ''],
        ['own', 'roles_path = own'],
        ['own', 'roles_path = "./own:roles"'],
        ['own', 'roles_path={{CWD}}/own ; ours'],
    ])('in %s of the library are found with the setting "%s"', async (folder, setting) => {
        config(setting);
        role(folder, 'hello');
        expect(await run(useRole())).toMatchObject({ status: 'succeeded' });
        expect(out()).toBe('hello');
    });

    test('by an absolute path into the library are read from the copy', async () => {
        config(`roles_path = ${library.folder}/own`);
        role('own', 'hello');
        expect((await environment()).ANSIBLE_ROLES_PATH).toMatch(/\/sealed\/[0-9a-f]{32}\/library\/own$/);
        expect(await run(useRole())).toMatchObject({ status: 'succeeded' });
    });

    test('of a collection in the library are found', async () => {
        library.write(
            'collections/ansible_collections/our/own/roles/greet/tasks/main.yml',
            `- copy: {dest: ${library.path('out')}, content: hello}\n`,
        );
        library.write('playbooks/p.yml', '- hosts: all\n  gather_facts: false\n  roles: [our.own.greet]\n');
        expect(await run('playbooks/p.yml')).toMatchObject({ status: 'succeeded' });
    });

    test("of the library's plugin folders are found", async () => {
        library.write(
            'plugins/filter/shout.py',
            'class FilterModule:\n    def filters(self):\n        return {"shout": lambda text: text.upper()}\n',
        );
        const playbook = library.playbook('p', '- debug: {msg: "{{ \'hello\' | shout }}"}');
        expect((await run(playbook)).tasks[0]?.message).toBe('HELLO');
    });
});

describe('an ansible.cfg that leads out of the library', () => {
    test.each([
        ['roles_path', '/opt/roles'],
        ['roles_path', '../roles'],
        ['roles_path', 'roles:/usr/share/ansible/roles'],
        ['roles_path', '~/roles'],
        ['roles_path', '$HOME/roles'],
        ['Roles_Path', '../roles'],
        ['collections_path', '/usr/share/ansible/collections'],
        ['collections_paths', '~/.ansible/collections'],
        ['library', '/opt/modules'],
        ['module_utils', '../utils'],
        ['filter_plugins', '/opt/filters'],
        ['strategy_plugins', '/opt/mitogen/strategy'],
        ['vars_plugins', '{{CWD}}/../vars'],
        ['plugin_filters_cfg', '/etc/filters.yml'],
    ])('is refused: %s = %s', async (setting, value) => {
        config(`${setting} = ${value}`);
        await expect(environment()).rejects.toMatchObject({
            code: 'CONFIG_INVALID',
            field: `ansible.cfg ${setting.toLowerCase()}`,
            message: expect.stringContaining(setting.toLowerCase()),
            cure: expect.stringContaining('Copy'),
        });
        await expect(executor.inventory(await executor.seal())).rejects.toMatchObject({
            code: 'CONFIG_INVALID',
        });
    });

    test("by its inventory is let be, because the library's inventory is the one that counts", async () => {
        config('inventory = /etc/hosts-of-somebody');
        expect([...(await executor.inventory(await executor.seal())).keys()]).toEqual(['away', 'web-1', 'web-2']);
    });

    test.each([
        'private_key_file = ~/.ssh/id_ed25519',
        'vault_password_file = /root/.vault-pass',
        'remote_tmp = /tmp/.ansible',
        'log_path = /var/log/ansible.log',
    ])('is fine with %s', async (line) => {
        config(line);
        await expect(environment()).resolves.toBeDefined();
    });

    test('in a way that only Ansible understands still searches the library alone', async () => {
        library.write('ansible.cfg', '[DEFAULT]\nroles_path\n   = /opt/roles\n[defaults]\nforks = 3\n');
        expect((await environment()).ANSIBLE_ROLES_PATH).toMatch(/\/library\/roles$/);
    });
});

test('a log, facts and an inventory that ansible.cfg wants kept in the library are not written into the copy', async () => {
    config(
        'log_path = ansible.log\nfact_caching = jsonfile\nfact_caching_connection = facts\n[inventory]\ncache = true\ncache_plugin = jsonfile\ncache_connection = hosts',
    );
    library.write('playbooks/p.yml', `- hosts: all\n  tasks: [{ping: }]\n`);
    const sealed = await library.sealed();
    await executor.inventory(sealed.content);
    expect(await run('playbooks/p.yml')).toMatchObject({ status: 'succeeded' });
    expect(readdirSync(sealed.folder).sort()).toEqual(readdirSync(library.folder).sort());
    expect(await run('playbooks/p.yml')).toMatchObject({ status: 'succeeded' });
});
