import path from 'node:path';
import type { SearchPlaces } from './ansible-settings';

/** A file of the library: its path relative to that, links resolved, and its text. */
export interface LibraryFile {
    name: string;
    text: string;
}

/** A library as the reader of playbooks sees it. Every name is a path relative to the library folder. */
export interface LibraryFiles {
    /** Undefined where there is no such file, where it is too large, or leaves the library. */
    read(name: string): LibraryFile | undefined;
    /** Where roles and collections are looked for. */
    places: SearchPlaces;
}

const MAIN = ['main.yml', 'main.yaml', 'main'];
const ROLE_PARTS = ['tasks', 'handlers', 'meta', 'defaults', 'vars'];

/** Where a task or play stands, as far as it decides where Ansible looks for files. */
export interface Place {
    /** Folder of the playbook. */
    playbookFolder: string;
    /** The file it is written in. */
    file: string;
    /** Folder of the role that it belongs to. */
    role?: string;
    /** Collections in which roles without a prefix are looked for. */
    collections: readonly string[];
}

/** The first of these files that is there, with its text. */
export function firstOf(files: LibraryFiles, names: readonly string[]): LibraryFile | undefined {
    for (const name of names) {
        const found = files.read(path.normalize(name));
        if (found) return found;
    }
    return undefined;
}

/** Where Ansible looks for a task file that a task names, or for a file of `kind` such as a template. */
export function filesNamed(name: string, { playbookFolder, file, role }: Place, kind = 'tasks'): string[] {
    const folders = [
        ...(role === undefined || kind === 'tasks' ? [] : [path.join(role, kind)]),
        ...(kind === 'tasks' ? [] : [path.join(path.dirname(file), kind)]),
        path.dirname(file),
        ...(role === undefined ? [] : [path.join(role, kind), role]),
        path.join(playbookFolder, kind),
        playbookFolder,
    ];
    return folders.map((folder) => path.join(folder, name));
}

/** The folder of a role; undefined where the library has none of this name. */
export function roleFolder(name: string, place: Place, files: LibraryFiles): string | undefined {
    const { playbookFolder, role, collections } = place;
    const folders =
        name.split('.').length > 2
            ? []
            : [
                  path.join(playbookFolder, 'roles', name),
                  ...files.places.roles.map((folder) => path.join(folder, name)),
                  ...(role === undefined ? [] : [path.join(path.dirname(role), name)]),
                  path.join(playbookFolder, name),
              ];
    const inCollections = (name.split('.').length > 2 ? [name] : collections.map((one) => `${one}.${name}`)).flatMap(
        (whole) => inCollection(whole, 'roles', place, files),
    );
    return [...inCollections, ...folders].find((folder) =>
        ROLE_PARTS.some((part) => roleFile(folder, part, undefined, files)),
    );
}

/** A file of a role: `tasks/main.yml`, or the one that `from` names. */
export function roleFile(
    folder: string,
    part: string,
    from: string | undefined,
    files: LibraryFiles,
): LibraryFile | undefined {
    const names = from === undefined ? MAIN : [from, `${from}.yml`, `${from}.yaml`];
    return firstOf(
        files,
        names.map((name) => path.join(folder, part, name)),
    );
}

/** Where a thing of a collection lies: `ns.name.thing`, below `roles` or `playbooks`. */
export function inCollection(
    whole: string,
    kind: string,
    { playbookFolder }: Pick<Place, 'playbookFolder'>,
    { places }: LibraryFiles,
): string[] {
    const [namespace = '', collection = '', ...thing] = whole.split('.');
    const rest = path.join('ansible_collections', namespace, collection, kind, ...thing);
    return [path.join(playbookFolder, 'collections'), ...places.collections].map((folder) => path.join(folder, rest));
}
