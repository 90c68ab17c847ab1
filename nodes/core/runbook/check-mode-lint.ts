import { isScalar, type YAMLMap } from 'yaml';

const MODULE_PREFIX = /^ansible\.(?:builtin|legacy)\./;
/** Modules that only look, whatever they are told. */
const READS = new Set([
    'assert',
    'debug',
    'fail',
    'find',
    'gather_facts',
    'getent',
    'package_facts',
    'pause',
    'ping',
    'service_facts',
    'set_fact',
    'setup',
    'slurp',
    'stat',
    'wait_for',
    'wait_for_connection',
]);
/** Keys of what holds tasks: a play, a block. */
const HOLDERS = new Set(['block', 'hosts', 'tasks', 'roles']);
/** Keys whose mention of `ansible_check_mode` does not make a task only look. */
const SAYS_NOTHING = new Set(['name', 'check_mode', 'register', 'tags', 'notify', 'no_log', 'diff']);
/** What Ansible takes for no: YAML 1.1's words, and its own. */
const NO = /^(?:false|f|no|n|off|0)$/i;

/**
 * Does this task, block or play really act in a dry run, which nobody has approved? So it does with `check_mode: false`
 * (or a template, which may come to that), unless it is a task that says it changes nothing (`changed_when: false`),
 * that asks
 * `ansible_check_mode`, or whose module only looks.
 */
export function actsInDryRun(map: YAMLMap): boolean {
    const entries = map.items.flatMap(({ key, value }): [string, string][] =>
        isScalar(key) ? [[String(key.value).replace(MODULE_PREFIX, ''), String(value)]] : [],
    );
    const members = new Map(entries);
    const checkMode = members.get('check_mode')?.trim();
    if (checkMode === undefined || !(NO.test(checkMode) || checkMode.includes('{{'))) return false;
    if (entries.some(([name]) => HOLDERS.has(name))) return true;
    if (NO.test(members.get('changed_when')?.trim() ?? '')) return false;
    return !entries.some(
        ([name, value]) => READS.has(name) || (!SAYS_NOTHING.has(name) && value.includes('ansible_check_mode')),
    );
}
