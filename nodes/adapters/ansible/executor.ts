import { constants, existsSync } from 'node:fs';
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { monotonicMs, pause } from '../../core/clock';
import { FixError } from '../../core/errors';
import type { RunOutcome } from '../../core/model/run';
import { type SealedLibrary, withoutCopy } from '../../core/model/sealed-library';
import type { PlaybookExecutor, PlaybookRun, RunControl, RunObserver } from '../../core/remediation/ports';
import { clearAbandoned } from './abandoned';
import { ansibleEnvironment, playbookArguments } from './command';
import { sealedEnvironment } from './configuration';
import { EventFile } from './event-file';
import { RunRecord } from './events';
import { readInventory } from './inventory';
import { outcomeOf } from './outcome';
import { type AnsibleProcess, ansibleMissing, foundProcess, startAnsible, watch } from './process';
import { isAlive } from './process-tree';
import { removeStaleCopies, requireSealedCopy, sealedCopy } from './sealed-copy';
import { variablesYaml } from './variables';
import { WorkFolder } from './work-folder';

/** How often the events of a run are looked for while it runs. */
const LOOK_MS = 100;

export interface AnsibleOptions {
    /** Path of `ansible-playbook`; found on PATH when absent. `ansible-inventory` is expected beside it. */
    program?: string;
}

/** Runs `ansible-playbook` of this machine. */
export class AnsibleExecutor implements PlaybookExecutor {
    constructor(private readonly options: AnsibleOptions = {}) {}

    async run(run: PlaybookRun, observer: RunObserver, control: RunControl): Promise<RunOutcome> {
        const folder = new WorkFolder(run.workFolder);
        const args = playbookArguments(run, folder.variablesArgument);
        const sealed = await this.sealedEnvironment(run.library);
        await folder.create(variablesYaml(run.parameters));
        try {
            if (run.mode === 'check') await folder.noteOwner();
            const env = { ...ansibleEnvironment(await folder.config(run.library.folder), folder.temp), ...sealed };
            const startedAt = Date.now();
            const start = monotonicMs();
            const child = await startAnsible(this.program('ansible-playbook'), args, {
                folder,
                cwd: run.library.folder,
                env,
            });
            await folder.noteStart({ ...child.identity, startedAt });
            await observer.started?.(child.identity.pid);
            return await follow(run, folder, child, monotonicMs() - start, observer, control);
        } finally {
            if (run.mode === 'check') await folder.remove();
        }
    }

    async resume(run: PlaybookRun, observer: RunObserver, control: RunControl): Promise<RunOutcome | undefined> {
        const folder = new WorkFolder(run.workFolder);
        const started = await folder.started();
        if (!started) return undefined;
        if (isAlive(started)) await observer.started?.(started.pid);
        const outcome = await follow(
            run,
            folder,
            foundProcess(started),
            Math.max(0, Date.now() - started.startedAt),
            observer,
            control,
        );
        const known =
            Object.keys(outcome.hosts).length > 0 || outcome.status === 'cancelled' || outcome.status === 'timed-out';
        return known ? outcome : undefined;
    }

    async hasRun(workFolder: string): Promise<boolean> {
        return existsSync(workFolder);
    }

    async tidy(workFolder: string): Promise<void> {
        await new WorkFolder(workFolder).tidy();
    }

    async inventory(library: SealedLibrary): Promise<ReadonlyMap<string, string>> {
        const sealed = await this.sealedEnvironment(library);
        const temp = await mkdtemp(path.join(tmpdir(), 'a2f-inventory-'));
        try {
            const env = { ...ansibleEnvironment(await new WorkFolder(temp).config(library.folder), temp), ...sealed };
            return await readInventory(this.program('ansible-inventory'), library, env);
        } finally {
            await rm(temp, { recursive: true, force: true });
        }
    }

    /** Ends the checks that an earlier process left in this folder of work folders, and removes what they left. */
    async clearAbandonedChecks(runsFolder: string): Promise<void> {
        await clearAbandoned(runsFolder);
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

    sealedCopy(folder: string, inventory: string, copies: string): Promise<SealedLibrary> {
        return sealedCopy(folder, inventory, copies);
    }

    /** Removes the private copies of libraries that were not used for two days. */
    async removeStaleCopies(copies: string): Promise<void> {
        await removeStaleCopies(copies);
    }

    /** The last look at the copy before Ansible starts, and the environment that keeps Ansible inside it. */
    private async sealedEnvironment(library: SealedLibrary): Promise<Record<string, string>> {
        await requireSealedCopy(library);
        return sealedEnvironment(library);
    }

    private program(name: 'ansible-playbook' | 'ansible-inventory'): string {
        const { program } = this.options;
        if (!program) return name;
        return name === 'ansible-playbook' ? program : path.join(path.dirname(program), name);
    }
}

/** Hands on the events while Ansible runs, and makes the outcome at its end. It has run for `ranMs` already. */
async function follow(
    run: PlaybookRun,
    folder: WorkFolder,
    child: AnsibleProcess,
    ranMs: number,
    observer: RunObserver,
    control: RunControl,
): Promise<RunOutcome> {
    const file = new EventFile(folder.events);
    const forPeople = (text: string): string => withoutCopy(text, run.library);
    const record = new RunRecord(forPeople);
    const take = async (): Promise<void> => {
        for await (const event of file.news()) {
            const result = await record.add(event);
            if (result) await observer.task?.(result);
        }
    };
    const start = monotonicMs() - ranMs;
    const limit = run.timeoutSeconds * 1000 - ranMs;
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
    return outcomeOf(
        record,
        { ...watched, milliseconds: Math.round(monotonicMs() - start) },
        run,
        await folder.keepLog(forPeople),
    );
}
