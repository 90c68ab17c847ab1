import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { FixError } from '../../core/errors';
import { pathInLibrary, pathsOf, settingsOf } from '../../core/runbook/ansible-settings';
import { isOutside, type SealedLibrary } from './sealed-library';

/** A place where Ansible looks for code. */
interface SearchPath {
    /** Its name in the section `defaults` of ansible.cfg; of several the first that is set counts. */
    settings: string[];
    /** The environment variable that overrules ansible.cfg. */
    variable: string;
    /** Where it is looked for when ansible.cfg does not say, below the library folder. */
    usual: string;
}

const PLUGINS = [
    'action',
    'become',
    'cache',
    'cliconf',
    'connection',
    'doc_fragment',
    'filter',
    'httpapi',
    'inventory',
    'lookup',
    'netconf',
    'strategy',
    'terminal',
    'test',
    'vars',
];

const SEARCH_PATHS: readonly SearchPath[] = [
    { settings: ['roles_path'], variable: 'ANSIBLE_ROLES_PATH', usual: 'roles' },
    { settings: ['collections_path', 'collections_paths'], variable: 'ANSIBLE_COLLECTIONS_PATH', usual: 'collections' },
    { settings: ['library'], variable: 'ANSIBLE_LIBRARY', usual: 'plugins/modules' },
    { settings: ['module_utils'], variable: 'ANSIBLE_MODULE_UTILS', usual: 'plugins/module_utils' },
    ...PLUGINS.map((kind) => ({
        settings: [`${kind}_plugins`],
        variable: `ANSIBLE_${kind.toUpperCase()}_PLUGINS`,
        usual: `plugins/${kind}`,
    })),
];

/** Settings by which Ansible would read unsealed things, and that no variable overrules. */
const NOT_OUTSIDE = ['plugin_filters_cfg'];

/**
 * Environment that keeps Ansible's search for roles, collections, modules and plugins inside the copy (and to what its
 * own installation brings), whatever its ansible.cfg says; and keeps it from writing there, and from caches. Throws
 * `CONFIG_INVALID` for a setting that leaves the library.
 *
 * @see https://docs.ansible.com/ansible/latest/reference_appendices/config.html
 */
export async function sealedEnvironment(library: SealedLibrary): Promise<Record<string, string>> {
    const settings = settingsOf(await readFile(path.join(library.folder, 'ansible.cfg'), 'utf8').catch(() => ''));
    for (const setting of NOT_OUTSIDE) {
        const value = settings.get(setting);
        if (value !== undefined && path.isAbsolute(value)) throw leaves(setting, value);
        if (value !== undefined) insideCopy(library, setting, value);
    }
    const places = SEARCH_PATHS.map((search) => [search.variable, searchedPlaces(library, search, settings)]);
    return {
        ...Object.fromEntries(places),
        ...logSetting(library, settings.get('log_path')),
        ANSIBLE_CACHE_PLUGIN: 'memory',
        ANSIBLE_INVENTORY_CACHE: 'False',
    };
}

function searchedPlaces(
    library: SealedLibrary,
    { settings: names, usual }: SearchPath,
    settings: Map<string, string>,
): string {
    const name = names.find((candidate) => settings.has(candidate));
    if (name === undefined) return path.join(library.folder, usual);
    const entries = pathsOf(settings.get(name) ?? '');
    return entries.map((entry) => insideCopy(library, name, entry)).join(':') || path.join(library.folder, usual);
}

/** A log in the library would be a change of the sealed copy; each run has its own log anyway. */
function logSetting(library: SealedLibrary, log: string | undefined): Record<string, string> {
    if (log === undefined || isOutside(path.relative(library.origin, path.resolve(library.origin, log)))) return {};
    return { ANSIBLE_LOG_PATH: '/dev/null' };
}

/** The place in the copy that a path of ansible.cfg means: paths in it are relative to itself. */
function insideCopy(library: SealedLibrary, setting: string, value: string): string {
    const name = pathInLibrary(library.origin, value);
    if (/^~|\$|\{\{/.test(value.replace(/^\{\{\s*CWD\s*\}\}/, '.')) || isOutside(name)) throw leaves(setting, value);
    return path.join(library.folder, name);
}

function leaves(setting: string, value: string): FixError {
    return new FixError(
        'CONFIG_INVALID',
        `${setting} in ansible.cfg leads out of the library folder (${value.slice(0, 200)}), where nothing is sealed.`,
        {
            field: `ansible.cfg ${setting}`,
            cure: 'Copy what is there into the library folder, and write its path relative to that.',
        },
    );
}
