import type { CheckModeWords } from './check-mode-words';
import { filesNamed, firstOf, type LibraryFiles, type Place } from './library-files';
import type { ReadTask, WrittenAt } from './playbook-reading';
import { asMap, type Entry } from './playbook-yaml';
import { argumentOf, argumentsText, type ModuleCall, textOf } from './task-words';

/** What plays, blocks, roles and includes around a task add to it. */
export interface Around {
    place: Place;
    play?: number;
    conditions: string[];
    tags: string[];
    noLog: boolean;
    runOnce: boolean;
    isHandler: boolean;
    ifFails?: string;
    roleName?: string;
    includedAt: WrittenAt[];
    /** It was chosen at run time, so that its tags have been looked at. */
    chosen?: true;
    depth: number;
}

/** Something of a playbook that was come by. `holder`: it has tasks in it, as a play, a block or an include. */
export interface Visited {
    entry: Entry;
    what: 'task' | 'ends' | 'unread' | 'holder';
    call?: ModuleCall;
    around: Around;
}

/** Lookups that start a program on Ansible's own machine. */
const STARTS_PROGRAM = /\b(?:lookup|query|q)\s*\(\s*\\?["'](?:ansible\.(?:builtin|legacy)\.)?(pipe|lines)\\?["']/;
const LOOP_STARTS_PROGRAM = /^with_(?:ansible\.(?:builtin|legacy)\.)?(pipe|lines)$/;
/** Members of a holder that are looked at for themselves. */
const HELD = new Set(['block', 'rescue', 'always', 'tasks', 'pre_tasks', 'post_tasks', 'handlers', 'roles']);

/** The task as people see it. */
export function writtenTask(
    { entry, what, call, around }: Visited,
    words: CheckModeWords,
    files: LibraryFiles,
): ReadTask {
    const { module = '' } = call ?? {};
    return {
        ...common({ entry, around }),
        kind: what === 'task' ? (isWait(call) ? 'waits' : 'task') : what === 'ends' ? 'ends' : 'unread',
        name: nameOf(entry, module, around),
        action: module,
        ...(call && !around.noLog ? { arguments: spanOf(call) ?? argumentsText(call, entry.value.environment) } : {}),
        runsByCheckMode: around.conditions.some((condition) => words.inCondition(condition)),
        actsByCheckMode: dependsInActs({ entry, call, around }, words, files),
    };
}

/** What the play asks for when it begins, with the default that is taken because nobody is there. */
export function questionsOf({ entry, around }: Visited, given: readonly string[]): ReadTask[] {
    return promptsOf(entry.value)
        .filter(({ name }) => !given.includes(name))
        .map(({ name, fallback }) => ({
            ...common({ entry, around }),
            kind: 'asks',
            name,
            action: 'vars_prompt',
            ...(fallback === undefined ? {} : { arguments: fallback }),
        }));
}

/** What a play asks for. A list in new playbooks, a map in old ones. */
export function promptsOf(value: Readonly<Record<string, unknown>>): { name: string; fallback?: string }[] {
    const { vars_prompt: asked } = value;
    const listed = Array.isArray(asked)
        ? asked.map(asMap)
        : Object.keys(asMap(asked)).map((name) => ({ name }) as Record<string, unknown>);
    return listed.map(({ name, default: fallback }) => ({
        name: textOf(name ?? ''),
        ...(fallback === undefined || fallback === null ? {} : { fallback: textOf(fallback) }),
    }));
}

/** The programs that Ansible starts on its own machine to work out the values of this play, block or task. */
export function lookupsOf({ entry, what, around }: Visited): ReadTask[] {
    const found = Object.entries(entry.value).flatMap(([key, member]) => {
        if (what === 'holder' && HELD.has(key)) return [];
        const text = textOf(member);
        const plugin = LOOP_STARTS_PROGRAM.exec(key)?.[1] ?? STARTS_PROGRAM.exec(text)?.[1];
        return plugin === undefined ? [] : [{ plugin, text }];
    });
    return found.map(({ plugin, text }) => ({
        ...common({ entry, around }),
        kind: 'lookup',
        name: textOf(entry.value.name ?? around.place.file),
        action: `lookup ${plugin}`,
        ...(around.noLog ? {} : { arguments: text }),
    }));
}

/** Does what the task does depend on whether this is a dry run, by its words or by the template that it writes? */
export function dependsInActs(
    { entry, call, around }: Pick<Visited, 'entry' | 'call' | 'around'>,
    words: CheckModeWords,
    files: LibraryFiles,
): boolean {
    if (words.inActs(entry.value)) return true;
    if (call?.module !== 'template') return false;
    const source = argumentOf(call, ['src']) ?? '';
    return words.inTemplate(firstOf(files, filesNamed(source, around.place, 'templates'))?.text ?? '');
}

/** Does it only wait, as long as it says? */
export function isWait(call: ModuleCall | undefined): boolean {
    return call !== undefined && spanOf(call) !== undefined;
}

/** How long a pause waits, as written: `90 s`, `{{ n }} min`; undefined for anything else. */
function spanOf(call: ModuleCall): string | undefined {
    if (call.module !== 'pause') return undefined;
    const minutes = argumentOf(call, ['minutes']);
    if (minutes !== undefined) return `${minutes} min`;
    const seconds = argumentOf(call, ['seconds']);
    return seconds === undefined ? undefined : `${seconds} s`;
}

function common({ entry, around }: Pick<Visited, 'entry' | 'around'>): Omit<ReadTask, 'kind' | 'name' | 'action'> {
    const { conditions, ifFails, isHandler, runOnce, includedAt, play } = around;
    return {
        file: around.place.file,
        line: entry.line,
        conditions,
        ...(ifFails === undefined ? {} : { ifFails }),
        ...(play === undefined ? {} : { play }),
        isHandler,
        runOnce,
        includedAt,
        runsByCheckMode: false,
        actsByCheckMode: false,
    };
}

function nameOf({ value }: Entry, module: string, { roleName }: Around): string {
    const name = textOf(value.name ?? module);
    return roleName === undefined ? name : `${roleName} : ${name}`;
}
