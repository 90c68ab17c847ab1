import { asList, asMap, type Entry } from './playbook-yaml';

const MODULE_PREFIX = /^ansible\.(?:builtin|legacy)\./;

/** Words of a task that are not its module. `with_…` belongs to them. */
const KEYWORDS = new Set([
    'action', 'always', 'any_errors_fatal', 'args', 'async', 'become', 'become_exe', 'become_flags', 'become_method',
    'become_user', 'block', 'changed_when', 'check_mode', 'collections', 'connection', 'debugger', 'delay',
    'delegate_facts', 'delegate_to', 'diff', 'environment', 'failed_when', 'ignore_errors', 'ignore_unreachable',
    'listen', 'local_action', 'loop', 'loop_control', 'module_defaults', 'name', 'no_log', 'notify', 'poll', 'port',
    'register', 'remote_user', 'rescue', 'retries', 'run_once', 'tags', 'throttle', 'timeout', 'until', 'vars', 'when',
]); // biome-ignore format: a list of words

/** What a task does, as it is written: nothing of it has been templated. */
export interface ModuleCall {
    /** Without the prefix of Ansible's own collection, e.g. `copy`. */
    module: string;
    /** A text (`src=a dest=b`), or a map. */
    args: unknown;
}

/** The module of a task and what it is given; undefined for what has none, such as a block. */
export function moduleOf({ value }: Entry): ModuleCall | undefined {
    const given = value.action ?? value.local_action;
    if (typeof given === 'string') {
        const [, module = '', args = ''] = /^\s*(\S+)\s*([^]*)$/.exec(given) ?? [];
        return { module: module.replace(MODULE_PREFIX, ''), args: withArgs(args, value.args) };
    }
    if (given !== undefined) {
        const { module, ...args } = asMap(given);
        return { module: String(module ?? '').replace(MODULE_PREFIX, ''), args: withArgs(args, value.args) };
    }
    const name = Object.keys(value).find((key) => !KEYWORDS.has(key) && !key.startsWith('with_'));
    if (name === undefined) return undefined;
    return { module: name.replace(MODULE_PREFIX, ''), args: withArgs(value[name], value.args) };
}

function withArgs(args: unknown, more: unknown): unknown {
    if (more === undefined) return args ?? '';
    return typeof args === 'string'
        ? { ...(args === '' ? {} : { _raw_params: args }), ...asMap(more) }
        : { ...asMap(args), ...asMap(more) };
}

/** One argument as text; `free` also takes a text that has no `name=`. Undefined where there is none. */
export function argumentOf(
    { args }: Pick<ModuleCall, 'args'>,
    names: readonly string[],
    free = false,
): string | undefined {
    if (typeof args === 'string') {
        const found = names
            .map((name) => new RegExp(`(?:^|\\s)${name}=("[^"]*"|'[^']*'|\\S+)`).exec(args)?.[1])
            .find((value) => value !== undefined);
        if (found !== undefined) return found.replace(/^(["'])(.*)\1$/, '$2');
        return free && args.trim() !== '' ? args.trim() : undefined;
    }
    const map = asMap(args);
    const found = (free ? [...names, '_raw_params'] : names)
        .map((name) => map[name])
        .find((value) => value !== undefined);
    return found === undefined || found === null ? undefined : textOf(found);
}

/** Arguments and environment of a task for people, in one line. */
export function argumentsText({ args }: ModuleCall, environment: unknown): string {
    const all =
        environment === undefined
            ? args
            : { ...(typeof args === 'string' ? { _raw_params: args } : asMap(args)), environment };
    return textOf(all ?? '');
}

/** A value of YAML as one text. */
export function textOf(value: unknown): string {
    return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** The conditions of a task, each as written. */
export function conditionsOf({ value }: Entry): string[] {
    return asList(value.when).map(textOf);
}

/** The tags of a play, block, task or role. */
export function tagsOf(value: Readonly<Record<string, unknown>>): string[] {
    return asList(value.tags)
        .flatMap((tag) => textOf(tag).split(','))
        .map((tag) => tag.trim());
}

/**
 * Does Ansible run what has these tags when it is asked for `only` those (none: for all)? A tag that is a template may
 * be any tag.
 */
export function isSelected(tags: readonly string[], only: readonly string[]): boolean {
    if (tags.some((tag) => tag.includes('{{')) || only.some((tag) => tags.includes(tag))) return true;
    if (tags.includes('never')) return false;
    if (only.length === 0 || only.includes('all') || tags.includes('always')) return true;
    return only.includes(tags.length > 0 ? 'tagged' : 'untagged');
}

/** What YAML 1.1 and Ansible take for yes; a template may be. */
export function mayBeYes(value: unknown): boolean {
    return value !== undefined && value !== null && !/^(?:false|f|no|n|off|0|)$/i.test(textOf(value));
}
