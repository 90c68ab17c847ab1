import type { LibraryFiles } from './library-files';
import { PlaybookWalk } from './playbook-walk';
import type { Fault } from './yaml-file';

/** Where something is written: a path relative to the library folder, and a line that counts from 1. */
export interface WrittenAt {
    file: string;
    line: number;
}

/**
 * What of a playbook a dry run alone does not show. `task`: a task that gives a result when it runs. `ends`: it ends
 * the play, for a host or for all. `waits`: it waits, which a dry run does not. `asks`: a question of the play, whose
 * default is taken. `unread`: tasks that cannot be read before the run, from a file that is chosen then or lies outside
 * the library. `lookup`: a program that Ansible starts on its own machine while it works out a value, in the dry run
 * too.
 */
export type ReadKind = 'task' | 'ends' | 'waits' | 'asks' | 'unread' | 'lookup';

/** One task of a playbook as it is written: nothing of it has been templated. */
export interface ReadTask extends WrittenAt {
    kind: ReadKind;
    name: string;
    /** The play it belongs to, by its place in {@link PlaybookReading.plays}; absent: a file that was chosen at run time. */
    play?: number;
    /** Module without the prefix of Ansible's own collection. */
    action: string;
    /** What the module gets; absent with `no_log`. */
    arguments?: string;
    /** All conditions that must hold, its own and those around it. */
    conditions: string[];
    /** The tasks of the block whose failure makes it run: it is in `rescue`. */
    ifFails?: string;
    /** It runs when something notifies it. */
    isHandler: boolean;
    /** One host does it for all. */
    runOnce: boolean;
    /** Where the dynamic includes that lead to it are written, from the outermost one. */
    includedAt: WrittenAt[];
    /** Whether this is a dry run decides whether it runs. */
    runsByCheckMode: boolean;
    /** Whether this is a dry run decides what it does. */
    actsByCheckMode: boolean;
}

/** All that is known of a playbook without running it. */
export interface PlaybookReading {
    /** Where its plays are written, in their order. */
    plays: WrittenAt[];
    tasks: ReadTask[];
    /** The playbook and every task file that it may use, as far as they can be known. */
    files: string[];
    /** Why it should not be offered as a fix. */
    faults: (Fault & { file: string })[];
}

/** What of a playbook is read. */
export interface ReadingOptions {
    /** The only tags that are asked for; empty: all. */
    tags?: readonly string[];
    /** Variables that are given, so that nobody is asked for them. */
    given?: readonly string[];
    /** Task files that were chosen at run time. */
    chosen?: readonly string[];
}

/**
 * Reads a playbook with all it includes, imports and takes from roles of the library, where Ansible would look for
 * them. Never throws; what cannot be read is in the answer as a task of kind `unread`.
 */
export function readPlaybook(files: LibraryFiles, playbook: string, options: ReadingOptions = {}): PlaybookReading {
    const walk = new PlaybookWalk(files, options);
    walk.playbook(playbook, []);
    for (const file of options.chosen ?? []) walk.chosenFile(file, playbook);
    return walk.reading();
}
