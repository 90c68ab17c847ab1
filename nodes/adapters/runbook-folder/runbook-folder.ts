import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { asFixError } from '../../core/errors';
import type { Runbook, RunbookLibrary, RunbookProblem } from '../../core/model/runbook';
import { type ParsedRunbook, parseRunbook } from '../../core/runbook/parse';
import { sha256 } from '../../core/text/json';
import { fullStop } from '../../core/text/text';
import { withUsablePlaybooks } from './playbooks';
import { watchFolders } from './watch';

/** Most runbook files of one library. */
const MOST_FILES = 1000;
/** Larger files are not read, bytes. */
const LARGEST = 1_048_576;

/** How deep folders of playbooks are watched. */
const DEEPEST = 4;

/** What is known of one file. */
interface KnownFile {
    digest: string;
    /** The last good version; absent until there was one. */
    good?: ParsedRunbook;
    problems: RunbookProblem[];
}

export interface RunbookFolderOptions {
    /** Library folder with `runbooks/` and `playbooks/`. */
    folder: string;
    /** Inventory file or folder; `inventory.ini` in the library folder when left out. Relative to that folder. */
    inventory?: string;
    /** Milliseconds between own looks for changes, beside the system's events. */
    pollMs?: number;
}

/**
 * A runbook library in a folder: `runbooks/<id>.yaml` or `.yml`. Edits are picked up; a bad edit leaves the last
 * good version in service and is reported; a removed file is gone. An action whose playbook is missing or unsafe
 * is not offered.
 */
export class RunbookFolder implements RunbookLibrary {
    readonly folder: string;
    readonly inventory: string;
    private readonly pollMs: number;
    private readonly files = new Map<string, KnownFile>();
    private served: Runbook[] = [];
    private found: RunbookProblem[] = [];
    private unwatch: (() => void) | undefined;

    constructor({ folder, inventory, pollMs = 5000 }: RunbookFolderOptions) {
        this.folder = resolve(folder);
        this.inventory = resolve(this.folder, inventory || 'inventory.ini');
        this.pollMs = pollMs;
        this.read();
    }

    runbooks(): Runbook[] {
        return this.served;
    }

    problems(): RunbookProblem[] {
        return this.found;
    }

    /** Follows edits until {@link close}; `changed` is called after each new read. */
    watch(changed: () => void): void {
        this.close();
        this.unwatch = watchFolders(
            () => this.watchedFolders(),
            this.pollMs,
            () => {
                this.read();
                changed();
            },
        );
    }

    close(): void {
        this.unwatch?.();
        this.unwatch = undefined;
    }

    private read(): void {
        const problems: RunbookProblem[] = [];
        const names = this.list(problems);
        for (const name of [...this.files.keys()]) if (!names.includes(name)) this.files.delete(name);
        const served = new Map<string, Runbook>();
        for (const name of names) {
            const known = this.readFile(name);
            this.files.set(name, known);
            problems.push(...known.problems);
            if (!known.good) continue;
            const { id, file } = known.good.runbook;
            if (served.has(id)) {
                problems.push({
                    file,
                    line: 1,
                    field: 'id',
                    message: `Another file has the runbook "${id}" already; this one is not used.`,
                    cure: 'Keep either the .yaml or the .yml file.',
                });
                continue;
            }
            const usable = withUsablePlaybooks(known.good, this.folder);
            served.set(id, usable.runbook);
            problems.push(...usable.problems);
        }
        this.served = [...served.values()];
        this.found = problems;
    }

    /** The library folder, its runbooks, and all folders of playbooks. */
    private watchedFolders(): string[] {
        const playbooks = join(this.folder, 'playbooks');
        return [this.folder, join(this.folder, 'runbooks'), playbooks, ...foldersBelow(playbooks, DEEPEST)];
    }

    private list(problems: RunbookProblem[]): string[] {
        const place = { file: 'runbooks', line: 1, field: '' };
        try {
            const names = readdirSync(join(this.folder, 'runbooks'))
                .filter((name) => /^[^.].*\.ya?ml$/.test(name))
                .sort();
            if (names.length > MOST_FILES) {
                problems.push({
                    ...place,
                    message: `There are ${names.length} files; only the first ${MOST_FILES} are read.`,
                    cure: 'Use several libraries.',
                });
            }
            return names.slice(0, MOST_FILES);
        } catch (thrown) {
            problems.push({
                ...place,
                message: fullStop(
                    `The folder ${join(this.folder, 'runbooks')} cannot be read: ${asFixError(thrown).message}`,
                ),
                cure: 'Create it, or choose another library folder.',
            });
            return [];
        }
    }

    private readFile(name: string): KnownFile {
        const file = join('runbooks', name);
        const before = this.files.get(name);
        const bad = (digest: string, problems: RunbookProblem[]): KnownFile => ({
            digest,
            problems,
            ...(before?.good && { good: before.good }),
        });
        const whole = (message: string, cure: string): KnownFile =>
            bad('', [{ file, line: 1, field: '', message, cure }]);
        try {
            const path = join(this.folder, file);
            const size = statSync(path).size;
            if (size > LARGEST)
                return whole(`The file has ${size} bytes, more than ${LARGEST}.`, 'Split it into several files.');
            const bytes = readFileSync(path);
            const digest = sha256(bytes);
            if (before?.digest === digest) return before;
            const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
            const parsed = parseRunbook(text, file);
            return 'runbook' in parsed ? { digest, good: parsed, problems: [] } : bad(digest, parsed.problems);
        } catch (thrown) {
            if (codeOf(thrown) === 'ERR_ENCODING_INVALID_ENCODED_DATA')
                return whole('The file is not valid UTF-8.', 'Save it as UTF-8.');
            return whole(
                fullStop(`The file cannot be read: ${asFixError(thrown).message}`),
                'Make it readable for the user that runs Node-RED.',
            );
        }
    }
}

function foldersBelow(folder: string, depth: number): string[] {
    if (depth === 0) return [];
    try {
        const inside = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
        return inside.map(({ name }) => join(folder, name)).flatMap((path) => [path, ...foldersBelow(path, depth - 1)]);
    } catch {
        return [];
    }
}

function codeOf(thrown: unknown): unknown {
    return typeof thrown === 'object' && thrown !== null && 'code' in thrown ? thrown.code : undefined;
}
