import { constants } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monotonicMs, pause } from '../../core/clock';
import { FixError } from '../../core/errors';
import type { RunOutcome } from '../../core/model/run';
import type { SealedContent } from '../../core/model/sealed-content';
import type { FixExecutor, LogPart, RunControl, RunHandle, RunObserver, RunOrder } from '../../core/remediation/ports';
import { ansibleEnvironment, playbookArguments } from './command';
import { sealedEnvironment } from './configuration';
import { EventFile } from './event-file';
import { RunRecord } from './events';
import { readInventory } from './inventory';
import { outcomeOf } from './outcome';
import { withUnseenOf } from './playbook-files';
import { type AnsibleProcess, ansibleMissing, foundProcess, startAnsible, watch } from './process';
import { isAlive } from './process-tree';
import { RunFolders } from './run-folders';
import { removeStaleCopies, requireSealedCopy, sealedCopy } from './sealed-copy';
import { type SealedLibrary, sealedLibrary, withoutCopy } from './sealed-library';
import { variablesYaml } from './variables';
import { WorkFolder } from './work-folder';

/** The callback plugin takes the key out of its environment before any task runs. */
const DIGEST_KEY = 'A2F_DIGEST_KEY';
/** How often the events of a run are looked for while it runs. */
const LOOK_MS = 100;

export interface AnsibleOptions {
    /** Path of `ansible-playbook`; found on PATH when absent. `ansible-inventory` is expected beside it. */
    program?: string;
    /** Absolute paths of the library folder (playbooks, ansible.cfg) and of the inventory file or folder. */
    library: { readonly folder: string; readonly inventory: string };
    /**
     * Absolute path of the folder in which runs (`runs`) and private copies of the library (`sealed`) are kept. Both
     * are made when needed, 0700.
     */
    folder: string;
}

/** Runs `ansible-playbook` of this machine, from private copies of a library folder. */
export class AnsibleExecutor implements FixExecutor {
    private readonly runs: RunFolders;
    private readonly copies: string;

    constructor(private readonly options: AnsibleOptions) {
        this.runs = new RunFolders(options.folder);
        this.copies = path.join(options.folder, 'sealed');
    }

    async seal(): Promise<SealedContent> {
        const { folder, inventory } = this.options.library;
        return (await sealedCopy({ folder, inventory, copies: this.copies })).content;
    }

    async inventory(content: SealedContent): Promise<ReadonlyMap<string, string>> {
        const library = this.libraryOf(content);
        const sealed = await checkedEnvironment(library);
        const temp = await mkdtemp(path.join(tmpdir(), 'a2f-inventory-'));
        try {
            const env = { ...ansibleEnvironment(await new WorkFolder(temp).config(library.folder), temp), ...sealed };
            return await readInventory(this.program('ansible-inventory'), library, env);
        } finally {
            await rm(temp, { recursive: true, force: true });
        }
    }

    async run(order: RunOrder, observer: RunObserver, control: RunControl): Promise<RunOutcome> {
        const folder = this.runs.workFolder(order);
        const library = this.libraryOf(order.content);
        const args = playbookArguments(order, library, folder.variablesArgument);
        const sealed = await checkedEnvironment(library);
        await folder.create(variablesYaml(order.parameters));
        try {
            if (order.purpose === 'check') await folder.noteOwner();
            const env = {
                ...ansibleEnvironment(await folder.config(library.folder), folder.temp),
                ...sealed,
                ...(order.digestKey === undefined ? {} : { [DIGEST_KEY]: order.digestKey }),
            };
            const startedAt = Date.now();
            const start = monotonicMs();
            const child = await startAnsible(this.program('ansible-playbook'), args, {
                folder,
                cwd: library.folder,
                env,
            });
            await folder.noteStart({ ...child.identity, startedAt });
            await observer.started?.(handleOf(child.identity));
            return await follow({ order, library, folder }, child, monotonicMs() - start, observer, control);
        } finally {
            if (order.purpose === 'check') await folder.remove();
        }
    }

    async resume(order: RunOrder, observer: RunObserver, control: RunControl): Promise<RunOutcome | undefined> {
        const folder = this.runs.workFolder(order);
        const library = this.libraryOf(order.content);
        const started = await folder.started();
        if (!started) return undefined;
        if (isAlive(started)) await observer.started?.(handleOf(started));
        const outcome = await follow(
            { order, library, folder },
            foundProcess(started),
            Math.max(0, Date.now() - started.startedAt),
            observer,
            control,
        );
        const known =
            Object.keys(outcome.hosts).length > 0 || outcome.status === 'cancelled' || outcome.status === 'timed-out';
        return known ? outcome : undefined;
    }

    hasRun(nonce: string): Promise<boolean> {
        return this.runs.has(nonce);
    }

    tidy(nonce: string): Promise<void> {
        return this.runs.tidy(nonce);
    }

    log(nonce: string, part: LogPart): Promise<string | undefined> {
        return this.runs.log(nonce, part);
    }

    touchedAt(nonce: string): Promise<number> {
        return this.runs.touchedAt(nonce);
    }

    remove(nonce: string): Promise<void> {
        return this.runs.remove(nonce);
    }

    /**
     * Clears away what nobody needs any more: checks that a process which is gone left behind, and private copies that
     * were not used for two days.
     */
    async clearAway(): Promise<void> {
        await this.runs.clearAbandonedChecks();
        await removeStaleCopies(this.copies);
    }

    /** Rejects with `ANSIBLE_MISSING` when `ansible-playbook` is not where it is looked for. */
    async requireProgram(): Promise<void> {
        const program = this.program('ansible-playbook');
        const folders = program.includes(path.sep) ? [''] : (process.env.PATH ?? '').split(path.delimiter);
        const found = await Promise.any(
            folders.map((folder) => access(path.join(folder, program), constants.X_OK)),
        ).then(
            () => true,
            () => false,
        );
        if (!found) throw ansibleMissing(program, undefined);
    }

    private libraryOf(content: SealedContent): SealedLibrary {
        return sealedLibrary(content, { folder: this.options.library.folder, copies: this.copies });
    }

    private program(name: 'ansible-playbook' | 'ansible-inventory'): string {
        const { program } = this.options;
        if (!program) return name;
        return name === 'ansible-playbook' ? program : path.join(path.dirname(program), name);
    }
}

function handleOf({ pid }: { pid: number }): RunHandle {
    return { id: `process ${pid}`, pid };
}

/** The last look at the copy before Ansible starts, and the environment that keeps Ansible inside it. */
async function checkedEnvironment(library: SealedLibrary): Promise<Record<string, string>> {
    await requireSealedCopy(library);
    return sealedEnvironment(library);
}

/** A run of this machine: what was ordered, from which copy, with which files. */
interface LocalRun {
    order: RunOrder;
    library: SealedLibrary;
    folder: WorkFolder;
}

/** Hands on the events while Ansible runs, and makes the outcome at its end. It has run for `ranMs` already. */
async function follow(
    { order, library, folder }: LocalRun,
    child: AnsibleProcess,
    ranMs: number,
    observer: RunObserver,
    control: RunControl,
): Promise<RunOutcome> {
    const file = new EventFile(folder.events);
    const forPeople = (text: string): string => withoutCopy(text, library);
    const record = new RunRecord(forPeople);
    const take = async (): Promise<void> => {
        for await (const event of file.news()) {
            const result = await record.add(event);
            if (result) await observer.task?.(result);
        }
    };
    const start = monotonicMs() - ranMs;
    const limit = order.timeoutSeconds * 1000 - ranMs;
    const watching = { over: false };
    const ending = watch(child, limit, control.cancel, control.leave).finally(() => {
        watching.over = true;
    });
    while (!watching.over) {
        await take();
        await folder.boundOutput();
        await Promise.race([ending, pause(LOOK_MS)]);
    }
    const watched = await ending;
    if (watched.by === 'left') throw new FixError('CANCELLED', 'The run goes on without this node.');
    await take();
    const outcome = outcomeOf(
        record,
        { ...watched, milliseconds: Math.round(monotonicMs() - start) },
        order,
        await folder.keepLog(forPeople),
    );
    return order.purpose === 'check' ? withUnseenOf(outcome, record, order, library) : outcome;
}
