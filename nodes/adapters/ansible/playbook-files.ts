import { readFileSync, realpathSync, statSync } from 'node:fs';
import path from 'node:path';
import type { RunOutcome } from '../../core/model/run';
import { withHiddenTasks } from '../../core/remediation/hidden-tasks';
import type { RunOrder } from '../../core/remediation/ports';
import { searchPlaces } from '../../core/runbook/ansible-settings';
import type { LibraryFile, LibraryFiles } from '../../core/runbook/library-files';
import { readPlaybook } from '../../core/runbook/playbook-reading';
import type { RunRecord } from './events';
import { isOutside, type SealedLibrary } from './sealed-library';

/** Largest file that is read, bytes. */
const LARGEST = 1_048_576;

/**
 * The outcome of a dry run, with what the playbook has besides: tasks without a result, and all else that a dry run does
 * not show. The playbook is read in the copy from which Ansible ran.
 */
export function withUnseenOf(
    outcome: RunOutcome,
    record: RunRecord,
    order: RunOrder,
    library: SealedLibrary,
): RunOutcome {
    const files = sealedFiles(library);
    const { playbook, tags = [] } = order.call;
    const given = Object.keys(order.parameters);
    const name = path.normalize(playbook);
    const known = readPlaybook(files, name, { tags, given });
    const chosen = new Set(
        record.tasks.flatMap(({ at }) => (at ? [at.file] : [])).filter((file) => !known.files.includes(file)),
    );
    const inLibrary = [...chosen].filter((file) => files.read(file) !== undefined);
    const reading = inLibrary.length === 0 ? known : readPlaybook(files, name, { tags, given, chosen: inLibrary });
    return {
        ...outcome,
        tasks: withHiddenTasks({ tasks: outcome.tasks, plays: record.plays, hosts: order.hosts }, reading),
    };
}

/** The copy's texts. A link is followed inside the copy only, and has the name of what it leads to. */
function sealedFiles({ folder, origin }: SealedLibrary): LibraryFiles {
    const root = realpathSync(folder);
    const read = (name: string): LibraryFile | undefined => {
        const stats = statSync(path.join(root, name), { throwIfNoEntry: false });
        if (!stats?.isFile() || stats.size > LARGEST) return undefined;
        const place = realpathSync(path.join(root, name));
        if (isOutside(path.relative(root, place))) return undefined;
        return { name: path.relative(root, place), text: readFileSync(place, 'utf8') };
    };
    return { read, places: searchPlaces(read('ansible.cfg')?.text ?? '', origin) };
}
