import path from 'node:path';
import { CheckModeWords } from './check-mode-words';
import { faultsOf } from './dry-run-faults';
import {
    filesNamed,
    firstOf,
    inCollection,
    type LibraryFile,
    type LibraryFiles,
    type Place,
    roleFile,
    roleFolder,
} from './library-files';
import type { PlaybookReading, ReadingOptions, WrittenAt } from './playbook-reading';
import { asList, asMap, type Entry, entriesOf, variablesOf } from './playbook-yaml';
import {
    argumentOf,
    conditionsOf,
    isSelected,
    type ModuleCall,
    mayBeYes,
    moduleOf,
    tagsOf,
    textOf,
} from './task-words';
import { type Around, lookupsOf, questionsOf, type Visited, writtenTask } from './written-task';

/** Most files that are read of one playbook, each use of one counted, and most tasks. */
const MOST_FILES = 500;
const MOST_TASKS = 2_000;
/** Deepest nesting of blocks and files. */
const DEEPEST = 50;

const SECTIONS = ['pre_tasks', 'tasks', 'post_tasks'];
const TASK_FILE = /^(?:import_tasks|include_tasks|include)$/;
const ROLE = /^(?:import_role|include_role)$/;

/** Goes through a playbook in the order in which Ansible does. */
export class PlaybookWalk {
    private readonly plays: WrittenAt[] = [];
    private readonly visited: Visited[] = [];
    private readonly names = new Set<string>();
    private readonly rolesDone = new Set<string>();
    private readonly definitions: [string, string][] = [];
    private opened = 0;

    constructor(
        private readonly files: LibraryFiles,
        private readonly options: ReadingOptions,
    ) {}

    playbook(name: string, conditions: string[]): void {
        const found = this.open(this.files.read(name));
        if (!found) return;
        const folder = path.dirname(name);
        for (const entry of entriesOf(found.text)) {
            const imported = moduleOf(entry);
            const place: Place = { playbookFolder: folder, file: found.name, collections: [] };
            if (imported?.module === 'import_playbook') this.importPlaybook(entry, imported, place, conditions);
            else if ('hosts' in entry.value) this.play(entry, place, conditions);
        }
    }

    /** A task file that the dry run used, though nothing names it. */
    chosenFile(file: string, playbook: string): void {
        const role = /^(.*)\/(?:tasks|handlers)\//.exec(file)?.[1];
        const place = {
            playbookFolder: path.dirname(playbook),
            file,
            collections: [],
            ...(role === undefined ? {} : { role }),
        };
        this.taskFile(this.files.read(file), { ...this.outermost(place), chosen: true });
    }

    reading(): PlaybookReading {
        const words = new CheckModeWords(this.definitions);
        const { tags = [], given = [] } = this.options;
        const selected = this.visited.filter(
            ({ what, around }) => what === 'holder' || around.chosen || isSelected(around.tags, tags),
        );
        return {
            plays: this.plays,
            tasks: selected.flatMap((one) => [
                ...questionsOf(one, given),
                ...lookupsOf(one),
                ...(one.what === 'holder' ? [] : [writtenTask(one, words, this.files)]),
            ]),
            files: [...this.names],
            faults: selected.flatMap((one) => faultsOf(one, words, given, this.files)),
        };
    }

    private importPlaybook(entry: Entry, call: ModuleCall, place: Place, conditions: string[]): void {
        const around = { ...this.outermost(place), conditions: [...conditions, ...conditionsOf(entry)] };
        const name = argumentOf(call, ['file'], true) ?? '';
        const inFolder = [path.join(place.playbookFolder, name)];
        const found = firstOf(this.files, [
            ...inFolder,
            ...inCollection(name, 'playbooks', place, this.files).flatMap((base) => [`${base}.yml`, `${base}.yaml`]),
        ]);
        this.define(entry.value.vars);
        if (found && around.depth < DEEPEST && !name.includes('{{')) this.playbook(found.name, around.conditions);
        else this.visit(entry, 'unread', call, around);
    }

    private play(entry: Entry, place: Place, conditions: string[]): void {
        const { value } = entry;
        const around: Around = {
            ...this.outermost({ ...place, collections: asList(value.collections).map(textOf) }),
            play: this.plays.push({ file: place.file, line: entry.line }) - 1,
            conditions,
            tags: tagsOf(value),
            noLog: mayBeYes(value.no_log),
        };
        this.define(value.vars);
        for (const name of asList(value.vars_files).flat().map(textOf))
            this.variablesFile(filesNamed(name, place, 'vars'));
        this.visit(entry, 'holder', undefined, around);
        const [before, ...rest] = SECTIONS;
        this.tasks(entry.inside(before ?? ''), around);
        for (const role of asList(value.roles)) this.roleOfPlay(role, entry, around);
        for (const section of rest) this.tasks(entry.inside(section), around);
        this.tasks(entry.inside('handlers'), { ...around, isHandler: true });
    }

    /** An entry of `roles`, or of a role's dependencies. */
    private roleOfPlay(role: unknown, entry: Entry, around: Around): void {
        const value = typeof role === 'string' ? { role } : asMap(role);
        const as: Entry = { line: entry.line, value, inside: () => [] };
        const name = textOf(value.role ?? value.name ?? '');
        this.visit(as, 'holder', undefined, around);
        this.define(value);
        const call = { module: 'import_role', args: { name } };
        if (!this.role(as, call, this.within(as, around))) this.visit(as, 'unread', call, around);
    }

    private tasks(entries: readonly Entry[], around: Around): void {
        for (const entry of entries) this.task(entry, around);
    }

    private task(entry: Entry, outer: Around): void {
        const around = this.within(entry, outer);
        this.define(entry.value.vars);
        const call = moduleOf(entry);
        if ('block' in entry.value) this.block(entry, around);
        else if (call) this.call(entry, call, around);
    }

    private call(entry: Entry, call: ModuleCall, around: Around): void {
        if (call.module === 'set_fact') this.define(call.args);
        if (call.module === 'include_vars')
            this.variablesFile(filesNamed(argumentOf(call, ['file'], true) ?? '', around.place, 'vars'));
        const what = this.whatItIs(entry, call, around);
        if (what) this.visit(entry, what, call, around);
    }

    private block(entry: Entry, around: Around): void {
        const block = entry.inside('block');
        this.visit(entry, 'holder', undefined, around);
        this.tasks(block, around);
        const named =
            entry.value.name ?? block.map(({ value }) => textOf(value.name ?? Object.keys(value)[0] ?? '')).join(', ');
        this.tasks(entry.inside('rescue'), { ...around, ifFails: textOf(named) });
        this.tasks(entry.inside('always'), around);
    }

    /** Goes through what it includes; undefined for what gives no result and ends nothing. */
    private whatItIs(entry: Entry, call: ModuleCall, around: Around): Visited['what'] | undefined {
        if (TASK_FILE.test(call.module)) return this.include(entry, call, around) ? 'holder' : 'unread';
        if (ROLE.test(call.module)) return this.role(entry, call, around) ? 'holder' : 'unread';
        if (call.module !== 'meta') return 'task';
        return /\bend_\w+/.test(textOf(call.args)) ? 'ends' : undefined;
    }

    /** Goes through a task file; false when it cannot be known, or is not in the library. */
    private include(entry: Entry, call: ModuleCall, around: Around): boolean {
        const name = argumentOf(call, ['file'], true) ?? '';
        const found = name.includes('{{') ? undefined : firstOf(this.files, filesNamed(name, around.place));
        if (found) this.taskFile(found, this.included(entry, call, around));
        return found !== undefined;
    }

    /** Goes through a role; false when it cannot be known, or is not in the library. */
    private role(entry: Entry, call: ModuleCall, around: Around): boolean {
        const name = argumentOf(call, ['name', 'role'], false) ?? '';
        const folder = name.includes('{{') ? undefined : roleFolder(name, around.place, this.files);
        const mains = ['tasks', 'handlers'].map((part) => argumentOf(call, [`${part}_from`]));
        if (folder === undefined || mains.some((main) => main?.includes('{{'))) return false;
        const key = JSON.stringify([folder, mains, around.play, around.conditions, around.isHandler, around.ifFails]);
        if (this.rolesDone.has(key) || around.depth > DEEPEST) return true;
        this.rolesDone.add(key);
        this.roleFiles(folder, name, mains, this.included(entry, call, around));
        return true;
    }

    private roleFiles(
        folder: string,
        name: string,
        [tasksMain, handlersMain]: (string | undefined)[],
        outer: Around,
    ): void {
        for (const part of ['defaults', 'vars'])
            this.define(variablesOf(roleFile(folder, part, undefined, this.files)?.text ?? ''));
        const meta = roleFile(folder, 'meta', undefined, this.files);
        const own = /ansible_collections\/([^/]+)\/([^/]+)\/roles\//.exec(folder);
        const collections = [...(own ? [`${own[1]}.${own[2]}`] : []), ...outer.place.collections];
        const inRole = (file: string): Around => ({
            ...outer,
            place: { ...outer.place, role: folder, file, collections },
            roleName: name,
        });
        const dependencies = asList(variablesOf(meta?.text ?? '').dependencies);
        const at: Entry = { line: 1, value: {}, inside: () => [] };
        if (meta) for (const dependency of dependencies) this.roleOfPlay(dependency, at, inRole(meta.name));
        const tasks = roleFile(folder, 'tasks', tasksMain, this.files);
        if (tasks) this.taskFile(tasks, inRole(tasks.name));
        const handlers = roleFile(folder, 'handlers', handlersMain, this.files);
        if (handlers) this.taskFile(handlers, { ...inRole(handlers.name), isHandler: true });
    }

    private taskFile(file: LibraryFile | undefined, around: Around): void {
        const found = this.open(file);
        if (!found || around.depth > DEEPEST) return;
        const place = { ...around.place, file: found.name };
        this.tasks(entriesOf(found.text), { ...around, depth: around.depth + 1, place });
    }

    private open(file: LibraryFile | undefined): LibraryFile | undefined {
        if (file) this.names.add(file.name);
        this.opened += 1;
        return this.opened <= MOST_FILES ? file : undefined;
    }

    private variablesFile(names: string[]): void {
        this.define(variablesOf(firstOf(this.files, names)?.text ?? ''));
    }

    private define(variables: unknown): void {
        for (const [name, value] of Object.entries(asMap(variables))) this.definitions.push([name, textOf(value)]);
    }

    private visit(entry: Entry, what: Visited['what'], call: ModuleCall | undefined, around: Around): void {
        if (this.visited.length < MOST_TASKS) this.visited.push({ entry, what, call, around });
    }

    private outermost(place: Place): Around {
        return {
            place,
            conditions: [],
            tags: [],
            noLog: false,
            runOnce: false,
            isHandler: false,
            includedAt: [],
            depth: 0,
        };
    }

    /** What counts inside a block, and for the task itself. */
    private within(entry: Entry, around: Around): Around {
        return {
            ...around,
            depth: around.depth + 1,
            conditions: [...around.conditions, ...conditionsOf(entry)],
            tags: [...around.tags, ...tagsOf(entry.value)],
            noLog: around.noLog || mayBeYes(entry.value.no_log),
            runOnce: around.runOnce || mayBeYes(entry.value.run_once),
        };
    }

    /** What counts for the tasks of an include: a dynamic one hands on its `apply`, an import all. */
    private included(entry: Entry, call: ModuleCall, around: Around): Around {
        if (call.module.startsWith('import_')) return around;
        const apply = asMap(asMap(call.args).apply);
        this.define(apply.vars);
        const includedAt = [...around.includedAt, { file: around.place.file, line: entry.line }];
        return { ...around, tags: tagsOf(apply), noLog: mayBeYes(apply.no_log), includedAt };
    }
}
