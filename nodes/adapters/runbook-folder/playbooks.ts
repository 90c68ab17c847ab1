import { readFileSync, realpathSync, statSync } from 'node:fs';
import { join, normalize, relative, sep } from 'node:path';
import type { Action, PlaybookCall, Runbook, RunbookProblem } from '../../core/model/runbook';
import { searchPlaces } from '../../core/runbook/ansible-settings';
import type { LibraryFile, LibraryFiles } from '../../core/runbook/library-files';
import type { ParsedRunbook } from '../../core/runbook/parse';
import { lintPlaybook } from '../../core/runbook/playbook-lint';
import { readPlaybook } from '../../core/runbook/playbook-reading';
import { fieldName, type Path } from '../../core/runbook/yaml-file';

/** Most files of one playbook that are looked at. */
const MOST_FILES = 500;
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
    return calls.flatMap(([path, call]) => {
        const { playbook } = call;
        const missing = missingFile(folder, playbook);
        if (missing) return [{ file: runbook.file, line: lineOf(path), field: fieldName(path), ...missing }];
        return lintAll(folder, call, texts, Object.keys(action.parameters));
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

/**
 * Looks at the playbook and at every task file that it may use: included and imported ones, and those of roles, where
 * Ansible looks for them.
 */
function lintAll(
    folder: string,
    { playbook, tags }: PlaybookCall,
    texts: readonly string[],
    given: string[],
): RunbookProblem[] {
    const files = libraryFiles(folder);
    const reading = readPlaybook(files, normalize(playbook), { tags, given });
    const problems = reading.files.slice(0, MOST_FILES).flatMap((file) => {
        const text = files.read(file)?.text ?? '';
        return lintPlaybook(text, texts).map((fault) => ({ ...fault, file }));
    });
    return [...problems, ...reading.faults];
}

function libraryFiles(folder: string): LibraryFiles {
    const root = realpathSync(folder);
    const read = (name: string): LibraryFile | undefined => {
        const stats = statSync(join(root, name), { throwIfNoEntry: false });
        if (!stats?.isFile() || stats.size > LARGEST) return undefined;
        const place = realpathSync(join(root, name));
        return place.startsWith(root + sep)
            ? { name: relative(root, place), text: readFileSync(place, 'utf8') }
            : undefined;
    };
    return { read, places: searchPlaces(read('ansible.cfg')?.text ?? '', folder) };
}
