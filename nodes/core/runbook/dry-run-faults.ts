import type { CheckModeWords } from './check-mode-words';
import type { LibraryFiles } from './library-files';
import { asList } from './playbook-yaml';
import { argumentOf, mayBeYes } from './task-words';
import { dependsInActs, isWait, promptsOf, type Visited } from './written-task';
import type { Fault } from './yaml-file';

/**
 * Why a play, block or task does not fit a fix that runs without a person at a keyboard, exactly as its dry run showed
 * it. `given`: variables that the runbook sets.
 */
export function faultsOf(
    one: Visited,
    words: CheckModeWords,
    given: readonly string[],
    files: LibraryFiles,
): (Fault & { file: string })[] {
    const { entry, around } = one;
    const faults = [...questions(one, given), ...pauses(one), ...pretences(one, words, files)];
    return faults.map((fault) => ({ ...fault, line: entry.line, file: around.place.file }));
}

type Bare = Omit<Fault, 'line'>;

/** The questions of a play that have no default, and that the runbook does not answer. */
function questions({ entry: { value } }: Visited, given: readonly string[]): Bare[] {
    return promptsOf(value)
        .filter(({ name, fallback }) => fallback === undefined && !given.includes(name))
        .map(({ name }) => ({
            field: 'vars_prompt',
            message: `The play asks for "${name}" and nobody is there to answer, so Ansible would go on without a value.`,
            cure: 'Make it a parameter of the action, or give it a default.',
        }));
}

function pauses({ call }: Visited): Bare[] {
    if (call?.module !== 'pause' || isWait(call)) return [];
    return [
        {
            field: 'pause',
            message: `The pause waits for somebody to press a key${argumentOf(call, ['prompt']) === undefined ? '' : ' or to answer'}; nobody is there, and Ansible goes on at once.`,
            cure: 'Leave it out: the approval is the question. To wait, write seconds.',
        },
    ];
}

/** What acts otherwise than its dry run shows. A task with `check_mode: false` that asks is listed as such instead. */
function pretences({ entry, call, around, what }: Visited, words: CheckModeWords, files: LibraryFiles): Bare[] {
    const asksItself =
        asList(entry.value.check_mode).length > 0 && !mayBeYes(entry.value.check_mode) && what === 'task';
    if (asksItself || !dependsInActs({ entry, call, around }, words, files)) return [];
    return [
        {
            field: 'ansible_check_mode',
            message:
                'It does something else in a dry run than when it runs, so the dry run would show what will not happen.',
            cure: 'Let it do the same in both. What cannot be shown may have the condition "not ansible_check_mode": the card then names it.',
        },
    ];
}
