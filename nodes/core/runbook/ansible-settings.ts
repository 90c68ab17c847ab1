import path from 'node:path';

/** Where Ansible looks for roles and collections: paths relative to the library folder, in its order. */
export interface SearchPlaces {
    roles: string[];
    collections: string[];
}

/**
 * The section `defaults` of ansible.cfg, and what counts for every section. Where Ansible reads more into the file than
 * this does, it is overruled.
 */
export function settingsOf(text: string): Map<string, string> {
    const settings = new Map<string, string>();
    let section = '';
    for (const line of text.split(/\r?\n/)) {
        section = /^\[([^\]]*)\]/.exec(line)?.[1] ?? section;
        const [, name, value] = /^\s*([\w.-]+)\s*[=:]\s*(.*)$/.exec(line) ?? [];
        if ((section !== 'defaults' && section !== 'DEFAULT') || name === undefined || value === undefined) continue;
        settings.set(
            name.toLowerCase(),
            value
                .replace(/\s+;.*$/, '')
                .trim()
                .replace(/^(["'])(.*)\1$/, '$2'),
        );
    }
    return settings;
}

/** The entries of a setting that holds several paths. */
export function pathsOf(value: string): string[] {
    return value
        .split(':')
        .map((entry) => entry.trim())
        .filter(Boolean);
}

/** The path that an entry of ansible.cfg means: it is relative to the file itself. `folder`: the library's, absolute. */
export function pathInLibrary(folder: string, entry: string): string {
    return path.relative(folder, path.resolve(folder, entry.replace(/^\{\{\s*CWD\s*\}\}/, '.')));
}

/**
 * The places inside the library that this ansible.cfg names, or Ansible's usual ones as the executor sets them.
 * `folder`: the library's, absolute. A place outside is left out: the executor refuses such a library.
 */
export function searchPlaces(ansibleCfg: string, folder: string): SearchPlaces {
    const settings = settingsOf(ansibleCfg);
    const places = (names: string[], usual: string): string[] => {
        const value = names.map((name) => settings.get(name)).find((found) => found !== undefined);
        const named = pathsOf(value ?? '').map((entry) => pathInLibrary(folder, entry));
        return named.length > 0 ? named.filter((name) => name.split(path.sep)[0] !== '..') : [usual];
    };
    return {
        roles: places(['roles_path'], 'roles'),
        collections: places(['collections_path', 'collections_paths'], 'collections'),
    };
}
