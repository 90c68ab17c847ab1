import { basename } from 'node:path';
import type { Runbook, RunbookProblem } from '../model/runbook';
import { sha256 } from '../text/json';
import { issueTexts } from './issue-text';
import { ruleFaults } from './rules';
import { runbookSchema, toRunbook } from './schema';
import { fieldName, type Path, readYaml } from './yaml-file';

/** A good file. */
export interface ParsedRunbook {
    runbook: Runbook;
    /** Line of a part, e.g. of `['actions', 0, 'playbook']`. */
    lineOf: (path: Path) => number;
}

/** Most problems that are told of one file. */
const MOST = 50;

/**
 * Reads a runbook file: YAML, its schema, then the rules between its parts. `file` is its path, whose name without
 * ending is the id it must have. Gives the runbook (and where its parts stand in the file), or all that is wrong with
 * file, line, field and cure. Never throws, whatever the text.
 */
export function parseRunbook(text: string, file: string): ParsedRunbook | { problems: RunbookProblem[] } {
    const yaml = readYaml(text);
    if (Array.isArray(yaml)) return { problems: yaml.map((fault) => ({ file, ...fault })) };

    const problems = (faults: { path: Path; message: string; cure: string }[]): { problems: RunbookProblem[] } => ({
        problems: faults
            .map(({ path, message, cure }) => ({
                file,
                line: yaml.lineOf(path),
                field: fieldName(path),
                message,
                cure,
            }))
            .sort((one, other) => one.line - other.line)
            .slice(0, MOST),
    });

    const shape = runbookSchema.safeParse(yaml.value);
    if (!shape.success) return problems(shape.error.issues.flatMap((issue) => issueTexts(issue, yaml.value)));
    const faults = ruleFaults(shape.data, basename(file).replace(/\.ya?ml$/, ''));
    if (faults.length > 0) return problems(faults);
    return { runbook: toRunbook(shape.data, sha256(text), file), lineOf: yaml.lineOf };
}

/** A problem in one line: `disk.yaml:7 checks[0].holds: … Cure.` */
export function problemText({ file, line, field, message, cure }: RunbookProblem): string {
    return `${file}:${line} ${field ? `${field}: ` : ''}${message} ${cure}`;
}
