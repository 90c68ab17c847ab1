import { homedir } from 'node:os';
import path from 'node:path';
import { FixError } from '../../core/errors';
import type { RunOrder } from '../../core/remediation/ports';
import type { SealedLibrary } from './sealed-library';

/** No character with a meaning in Ansible's host patterns (`,` `:` `!` `&` `~` `@` `*` `[` …). */
const HOST = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,252}$/;
const TAG = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,99}$/;

const CALLBACK = 'a2f_events';

/** Is this name only ever itself in `--limit`? */
export function isPlainHost(name: string): boolean {
    return HOST.test(name) && name !== 'all' && name !== 'ungrouped';
}

/**
 * Arguments of `ansible-playbook` for one run; no shell reads them. Throws when a host, tag or path could mean
 * something else.
 */
export function playbookArguments(
    order: RunOrder,
    library: Pick<SealedLibrary, 'folder' | 'inventory'>,
    variables: string,
): string[] {
    const { hosts, purpose, call, forks } = order;
    return [
        '--inventory',
        library.inventory,
        '--limit',
        hostList(hosts),
        '--extra-vars',
        variables,
        ...(purpose === 'check' ? ['--check'] : []),
        '--diff',
        ...(call.tags?.length ? ['--tags', tagList(call.tags)] : []),
        ...(forks === undefined ? [] : ['--forks', String(forks)]),
        playbookPath(library.folder, call.playbook),
    ];
}

/**
 * The whole environment of Ansible: nothing of Node-RED's own but PATH and HOME. `config` is the ansible.cfg to use;
 * no other one is looked for. `sealedEnvironment` says where Ansible looks for roles, collections and plugins.
 */
export function ansibleEnvironment(config: string, localTemp: string): Record<string, string> {
    return {
        LC_ALL: 'C.UTF-8',
        LANG: 'C.UTF-8',
        PATH: process.env.PATH ?? '/usr/local/bin:/usr/bin:/bin',
        HOME: homedir(),
        PYTHONDONTWRITEBYTECODE: '1',
        ANSIBLE_CONFIG: config,
        ANSIBLE_HOME: path.join(localTemp, 'home'),
        ANSIBLE_SSH_CONTROL_PATH_DIR: path.join(homedir(), '.ansible', 'cp'),
        ANSIBLE_LOCAL_TEMP: localTemp,
        ANSIBLE_CALLBACK_PLUGINS: path.join(__dirname, 'callback'),
        ANSIBLE_CALLBACKS_ENABLED: CALLBACK,
        ANSIBLE_FORCE_COLOR: 'False',
        ANSIBLE_NOCOLOR: 'True',
        ANSIBLE_NOCOWS: 'True',
        ANSIBLE_RETRY_FILES_ENABLED: 'False',
        ANSIBLE_HOST_KEY_CHECKING: 'True',
    };
}

function hostList(hosts: readonly string[]): string {
    const strange = hosts.find((host) => !isPlainHost(host));
    if (hosts.length > 0 && strange === undefined) return hosts.join(',');
    throw new FixError(
        'HOST_UNKNOWN',
        strange === undefined ? 'No host is named.' : `"${strange.slice(0, 100)}" is not a plain host name.`,
        {
            field: 'hosts',
            cure: 'Use inventory names of letters, digits, dots, dashes and underscores.',
        },
    );
}

function tagList(tags: readonly string[]): string {
    const strange = tags.find((tag) => !TAG.test(tag));
    if (strange === undefined) return tags.join(',');
    throw new FixError('RUNBOOK_INVALID', `"${strange.slice(0, 100)}" is not a plain tag.`, {
        field: 'tags',
        cure: 'Use letters, digits, dots, dashes and underscores.',
    });
}

function playbookPath(folder: string, playbook: string): string {
    const absolute = path.resolve(folder, playbook);
    if (absolute.startsWith(`${path.resolve(folder)}${path.sep}`) && !path.isAbsolute(playbook)) return absolute;
    throw new FixError(
        'RUNBOOK_INVALID',
        `The playbook "${playbook.slice(0, 200)}" is not inside the library folder.`,
        {
            field: 'playbook',
            cure: 'Write its path relative to the library folder.',
        },
    );
}
