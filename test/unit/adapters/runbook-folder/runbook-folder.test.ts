import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { RunbookFolder } from '../../../../nodes/adapters/runbook-folder/runbook-folder';
import { until } from '../../../support/processes';
import { GOOD_RUNBOOK, knowledgeRunbook } from '../../../support/runbook-text';

let folder: string;
const opened: RunbookFolder[] = [];

beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'runbooks-'));
    mkdirSync(join(folder, 'runbooks'));
    mkdirSync(join(folder, 'playbooks', 'tasks'), { recursive: true });
});

afterEach(() => {
    for (const library of opened.splice(0)) library.close();
    rmSync(folder, { recursive: true, force: true });
});

function write(name: string, content: string | Uint8Array): void {
    writeFileSync(join(folder, name), content);
}

function open(): RunbookFolder {
    const library = new RunbookFolder({ folder, pollMs: 50 });
    opened.push(library);
    return library;
}

function watched(): RunbookFolder {
    const library = open();
    library.watch(() => undefined);
    return library;
}

const titles = (library: RunbookFolder): string[] => library.runbooks().map(({ title }) => title);

describe('a folder of runbooks', () => {
    test('is read at once: .yaml and .yml, nothing hidden, nothing else', () => {
        write('runbooks/one.yaml', knowledgeRunbook('one'));
        write('runbooks/two.yml', knowledgeRunbook('two'));
        write('runbooks/.one.yaml.swp', 'x');
        write('runbooks/.hidden.yaml', 'x');
        write('runbooks/README.md', 'x');
        const library = open();
        expect(titles(library)).toEqual(['one', 'two']);
        expect(library.problems()).toEqual([]);
        expect(library.inventory).toBe(join(folder, 'inventory.ini'));
    });

    test('names its inventory relative to itself, or absolute', () => {
        expect(new RunbookFolder({ folder, inventory: 'hosts' }).inventory).toBe(join(folder, 'hosts'));
        expect(new RunbookFolder({ folder, inventory: '/srv/hosts' }).inventory).toBe('/srv/hosts');
    });

    test('one bad file leaves the others in service', () => {
        write('runbooks/one.yaml', knowledgeRunbook('one'));
        write('runbooks/two.yaml', 'id: [');
        const library = open();
        expect(titles(library)).toEqual(['one']);
        expect(library.problems()).toEqual([expect.objectContaining({ file: 'runbooks/two.yaml', line: 1 })]);
    });

    test.each<[string, string | Uint8Array, string]>([
        ['Latin-1', Buffer.from('id: one\ntitle: caf\xe9\n', 'latin1'), 'not valid UTF-8'],
        ['two megabytes', 'x'.repeat(2_000_000), 'more than 1048576'],
    ])('a file of %s is a problem', (_what, content, message) => {
        write('runbooks/one.yaml', content);
        expect(open().problems()).toEqual([
            expect.objectContaining({ file: 'runbooks/one.yaml', message: expect.stringContaining(message) }),
        ]);
    });

    test('a folder under the name of a file, and a dangling link, are problems', () => {
        mkdirSync(join(folder, 'runbooks/one.yaml'));
        symlinkSync('nowhere', join(folder, 'runbooks/two.yaml'));
        expect(
            open()
                .problems()
                .map(({ file }) => file),
        ).toEqual(['runbooks/one.yaml', 'runbooks/two.yaml']);
    });

    test('the same runbook in two files is served once and reported', () => {
        write('runbooks/one.yaml', knowledgeRunbook('one', 'first'));
        write('runbooks/one.yml', knowledgeRunbook('one', 'second'));
        const library = open();
        expect(titles(library)).toEqual(['first']);
        expect(library.problems()).toEqual([expect.objectContaining({ file: 'runbooks/one.yml', field: 'id' })]);
    });

    test('a missing folder is a problem, and serves once it is there', async () => {
        rmSync(join(folder, 'runbooks'), { recursive: true });
        const library = watched();
        expect(library.problems()).toEqual([
            expect.objectContaining({ message: expect.stringContaining('cannot be read'), cure: expect.any(String) }),
        ]);
        mkdirSync(join(folder, 'runbooks'));
        write('runbooks/one.yaml', knowledgeRunbook('one'));
        await until(() => library.runbooks().length === 1);
        expect(library.problems()).toEqual([]);
    });
});

describe('edits', () => {
    test('a bad edit keeps the last good version and is reported; mending it ends both', async () => {
        write('runbooks/one.yaml', knowledgeRunbook('one', 'good'));
        const library = watched();
        write('runbooks/one.yaml', 'id: one\ntitle: bad\nalerts: [\n');
        await until(() => library.problems().length > 0);
        expect(titles(library)).toEqual(['good']);
        expect(library.problems()[0]).toMatchObject({ file: 'runbooks/one.yaml', cure: expect.any(String) });
        write('runbooks/one.yaml', knowledgeRunbook('one', 'better'));
        await until(() => library.problems().length === 0);
        expect(titles(library)).toEqual(['better']);
    });

    test('an editor that writes aside and renames is followed', async () => {
        write('runbooks/one.yaml', knowledgeRunbook('one', 'v1'));
        const library = watched();
        for (const version of ['v2', 'v3', 'v4']) {
            write('runbooks/4913', knowledgeRunbook('one', version));
            renameSync(join(folder, 'runbooks/4913'), join(folder, 'runbooks/one.yaml'));
            await until(() => titles(library)[0] === version);
        }
    });

    test('a new file joins, a removed one leaves, a bad one that is removed takes its last good version along', async () => {
        write('runbooks/one.yaml', knowledgeRunbook('one'));
        const library = watched();
        write('runbooks/two.yaml', knowledgeRunbook('two'));
        await until(() => library.runbooks().length === 2);
        write('runbooks/one.yaml', 'id: [');
        await until(() => library.problems().length > 0);
        unlinkSync(join(folder, 'runbooks/one.yaml'));
        await until(() => library.runbooks().length === 1);
        expect(titles(library)).toEqual(['two']);
        expect(library.problems()).toEqual([]);
    });

    test('a folder that is replaced as a whole is followed', async () => {
        write('runbooks/one.yaml', knowledgeRunbook('one'));
        const library = watched();
        mkdirSync(join(folder, 'next'));
        write('next/two.yaml', knowledgeRunbook('two'));
        renameSync(join(folder, 'runbooks'), join(folder, 'before'));
        renameSync(join(folder, 'next'), join(folder, 'runbooks'));
        await until(() => titles(library)[0] === 'two');
        write('runbooks/two.yaml', knowledgeRunbook('two', 'edited'));
        await until(() => titles(library)[0] === 'edited');
    });

    test('nothing is followed after close', async () => {
        write('runbooks/one.yaml', knowledgeRunbook('one', 'v1'));
        const library = watched();
        library.close();
        write('runbooks/one.yaml', knowledgeRunbook('one', 'v2'));
        await sleep(400);
        expect(titles(library)).toEqual(['v1']);
    });
});

describe('playbooks', () => {
    const SAFE = '- hosts: all\n  tasks:\n    - command: { argv: [ls, "{{ path }}"] }\n';

    function actions(library: RunbookFolder): string[] {
        return library.runbooks().flatMap((runbook) => runbook.actions.map(({ id }) => id));
    }

    test('an action whose playbooks are there is offered', () => {
        write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
        write('playbooks/clean-spool.yml', SAFE);
        write('playbooks/restore-spool.yml', SAFE);
        const library = open();
        expect(library.problems()).toEqual([]);
        expect(actions(library)).toEqual(['clean-spool']);
    });

    test('a missing playbook takes its action away and leaves the cause as advice, until it is there', async () => {
        write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
        write('playbooks/clean-spool.yml', SAFE);
        const library = watched();
        expect(library.problems()).toEqual([
            expect.objectContaining({
                file: 'runbooks/disk-filling.yaml',
                line: 32,
                field: 'actions[0].rollback.playbook',
                message: expect.stringContaining('playbooks/restore-spool.yml'),
            }),
        ]);
        expect(actions(library)).toEqual([]);
        expect(library.runbooks()[0]?.causes).toEqual([
            expect.objectContaining({ when: ['used'], action: 'clean-spool' }),
        ]);
        write('playbooks/restore-spool.yml', SAFE);
        await until(() => library.problems().length === 0);
        expect(actions(library)).toEqual(['clean-spool']);
    });

    test('a playbook that is a link out of the library is refused', () => {
        write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
        write('playbooks/restore-spool.yml', SAFE);
        symlinkSync('/etc/hostname', join(folder, 'playbooks/clean-spool.yml'));
        const library = open();
        expect(library.problems()).toEqual([
            expect.objectContaining({ line: 25, message: expect.stringContaining('leaves the library') }),
        ]);
        expect(actions(library)).toEqual([]);
    });

    test.each([
        ['roles_path', 'clean', 'shared/roles/clean/tasks/main.yml'],
        ['a dependency in roles_path', 'first', 'shared/roles/clean/tasks/main.yml'],
        ['a collection', 'ours.tools.clean', 'vendor/ansible_collections/ours/tools/roles/clean/tasks/main.yml'],
        [
            'a collection beside the playbook',
            'ours.tools.clean',
            'playbooks/collections/ansible_collections/ours/tools/roles/clean/handlers/main.yml',
        ],
    ])('a role of %s is looked at, too', (_what, role, file) => {
        write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
        write('playbooks/restore-spool.yml', SAFE);
        write('ansible.cfg', '[defaults]\nroles_path = ./shared/roles\ncollections_path = vendor\n');
        write('playbooks/clean-spool.yml', `- hosts: all\n  roles: [{ role: ${role} }]\n`);
        for (const name of [file, 'shared/roles/first/meta/main.yml'])
            mkdirSync(join(folder, dirname(name)), { recursive: true });
        write('shared/roles/first/meta/main.yml', 'dependencies: [clean]\n');
        write(file, '- include_tasks: more.yml\n');
        write(join(dirname(file), 'more.yml'), '- command: rm -rf /srv\n  check_mode: no\n');
        const library = open();
        expect(library.problems()).toEqual([
            expect.objectContaining({ file: join(dirname(file), 'more.yml'), line: 2, field: 'check_mode' }),
        ]);
        expect(library.runbooks()[0]?.actions).toEqual([]);
    });

    test.each<[string, string, string]>([
        [
            'asks for a value that nobody can give',
            '  vars_prompt: [{ name: colour }]\n  tasks: []',
            'asks for "colour"',
        ],
        ['asks in the old way', '  vars_prompt: { colour: Which }\n  tasks: []', 'asks for "colour"'],
        [
            'waits for a person',
            '  tasks: [{ pause: { prompt: Sure? }, tags: clean }]',
            'somebody to press a key or to answer',
        ],
        [
            'does something else in a dry run',
            "  tasks: [{ file: { path: /srv, state: \"{{ 'touch' if ansible_check_mode else 'absent' }}\" }, tags: clean }]",
            'something else in a dry run',
        ],
    ])('a playbook that %s is not offered, with the reason', (_what, body, reason) => {
        write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
        write('playbooks/restore-spool.yml', SAFE);
        write('playbooks/clean-spool.yml', `- hosts: all\n${body}\n`);
        const library = open();
        expect(library.runbooks()[0]?.actions).toEqual([]);
        expect(library.problems()).toEqual([
            expect.objectContaining({
                file: 'playbooks/clean-spool.yml',
                message: expect.stringContaining(reason),
            }),
        ]);
    });

    test('a playbook that asks for its parameters, or has a default, is offered', () => {
        write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
        write('playbooks/restore-spool.yml', SAFE);
        write(
            'playbooks/clean-spool.yml',
            '- hosts: all\n  vars_prompt: [{ name: keep_days }, { name: colour, default: green }]\n  tasks: [{ pause: { minutes: 1 } }]\n',
        );
        expect(open().problems()).toEqual([]);
    });

    test.each(['roles/clean/tasks/main.yml', 'playbooks/roles/clean/handlers/main.yaml'])(
        'what would act in a dry run takes the action away, also in %s',
        async (file) => {
            write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
            write('playbooks/restore-spool.yml', SAFE);
            write('playbooks/clean-spool.yml', '- hosts: all\n  roles: [clean]\n');
            mkdirSync(join(folder, dirname(file)), { recursive: true });
            write(file, '- command: reboot\n  check_mode: false\n');
            const library = open();
            expect(library.problems()).toEqual([expect.objectContaining({ file, line: 2, field: 'check_mode' })]);
            expect(actions(library)).toEqual([]);
        },
    );

    test('a text parameter in a shell command, also in an included task file, takes the action away', async () => {
        write('runbooks/disk-filling.yaml', GOOD_RUNBOOK);
        write('playbooks/restore-spool.yml', SAFE);
        write('playbooks/clean-spool.yml', '- hosts: all\n  tasks:\n    - include_tasks: tasks/clean.yml\n');
        write('playbooks/tasks/clean.yml', '- shell: find -mtime +{{ keep_days }}\n');
        const library = watched();
        expect(library.problems()).toEqual([]);
        write('playbooks/tasks/clean.yml', '- name: x\n  shell: rm {{ path }}\n');
        await until(() => library.problems().length > 0);
        expect(library.problems()).toEqual([
            expect.objectContaining({ file: 'playbooks/tasks/clean.yml', line: 2, field: 'shell' }),
        ]);
        expect(actions(library)).toEqual([]);
    });
});
