import { readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';
import type { Action, PlaybookCall, Runbook, RunbookProblem } from '../../core/model/runbook';
import type { ParsedRunbook } from '../../core/runbook/parse';
import { lintPlaybook } from '../../core/runbook/playbook-lint';
import { fieldName, type Path } from '../../core/runbook/yaml-file';

/** Most files that are looked at from one playbook. */
const MOST_FILES = 100;
/** Largest playbook that is looked at, bytes. */
const LARGEST = 1_048_576;

/**
 * The runbook with only those actions whose playbooks exist, lie in the library folder and are safe with their
 * parameters; a cause keeps naming a dropped action, so that the advice can say why there is no fix. And the problems
 * of the dropped ones.
 */
export function withUsablePlaybooks(
    parsed: ParsedRunbook,
    folder: string,
): { runbook: Runbook; problems: RunbookProblem[] } {
    const { runbook } = parsed;
    const checked = runbook.actions.map((action, index) => ({
        action,
        problems: problemsOf(action, ['actions', index], parsed, folder),
    }));
    const problems = checked.flatMap((one) => one.problems);
    if (problems.length === 0) return { runbook, problems };
    const actions = checked.filter((one) => one.problems.length === 0).map(({ action }) => action);
    return { runbook: { ...runbook, actions }, problems };
}

function problemsOf(action: Action, place: Path, { runbook, lineOf }: ParsedRunbook, folder: string): RunbookProblem[] {
    const calls: [Path, PlaybookCall][] = [[[...place, 'playbook'], action]];
    if (action.rollback) calls.push([[...place, 'rollback', 'playbook'], action.rollback]);
    const texts = Object.entries(action.parameters)
        .filter(([, spec]) => spec.type === 'string')
        .map(([name]) => name);
    return calls.flatMap(([path, { playbook }]) => {
        const missing = missingFile(folder, playbook);
        if (missing) return [{ file: runbook.file, line: lineOf(path), field: fieldName(path), ...missing }];
        return lintAll(folder, playbook, texts);
    });
}

function missingFile(folder: string, playbook: string): { message: string; cure: string } | undefined {
    const path = join(folder, playbook);
    if (!statSync(path, { throwIfNoEntry: false })?.isFile()) {
        return {
            message: `There is no playbook ${playbook} in the library folder; its action is not offered.`,
            cure: 'Add the file, or correct the path.',
        };
    }
    if (realpathSync(path).startsWith(realpathSync(folder) + sep)) return undefined;
    return {
        message: `The playbook ${playbook} is a link that leaves the library folder; its action is not offered.`,
        cure: 'Copy the file into the folder.',
    };
}

/** Looks at the playbook, at every task file it names, and at the main files of its roles. */
function lintAll(folder: string, playbook: string, parameterNames: readonly string[]): RunbookProblem[] {
    const problems: RunbookProblem[] = [];
    const queue = [join(folder, playbook)];
    for (const path of queue) {
        const text = queue.length <= MOST_FILES ? readText(path) : undefined;
        if (text === undefined) continue;
        const { faults, includes, roles } = lintPlaybook(text, parameterNames);
        problems.push(...faults.map((fault) => ({ ...fault, file: relative(folder, path) })));
        const named = [
            ...includes.map((name) => join(dirname(path), name)),
            ...roles.flatMap((role) => roleFiles(folder, dirname(join(folder, playbook)), role)),
        ];
        for (const include of named) {
            if (!queue.includes(include) && include.startsWith(folder + sep)) queue.push(include);
        }
    }
    return problems;
}

/** Where a role's tasks may begin: roles lie beside the playbook or in the library folder. */
function roleFiles(folder: string, playbookFolder: string, role: string): string[] {
    const places = [...new Set([join(playbookFolder, 'roles'), join(folder, 'roles')])];
    const files = places.flatMap((place) =>
        ['tasks', 'handlers'].flatMap((part) => ['main.yml', 'main.yaml'].map((file) => join(place, role, part, file))),
    );
    return files.filter((file) => statSync(file, { throwIfNoEntry: false })?.isFile());
}

function readText(path: string): string | undefined {
    const stats = statSync(path, { throwIfNoEntry: false });
    return stats?.isFile() && stats.size <= LARGEST ? readFileSync(path, 'utf8') : undefined;
}
