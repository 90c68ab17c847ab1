import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import path from 'node:path';
import { FixError } from '../../core/errors';
import { isNonce } from '../../core/incident/id';
import type { LogPart, RunArchive, RunOrder } from '../../core/remediation/ports';
import { foundProcess } from './process';
import { endTree, isAlive } from './process-tree';
import { WorkFolder } from './work-folder';

/** Distinguishes the checks of one nonce, bytes. */
const CHECK_BYTES = 8;

/**
 * The work folders of this machine's runs: `<nonce>`, in it `rollback`; and `check-<nonce>-<random>` while a check
 * lasts. That the folder of a nonce exists means that its fix was started.
 */
export class RunFolders implements RunArchive {
    private readonly folder: string;

    /** `folder`: absolute path of the folder that has, or gets, the folder `runs`. */
    constructor(folder: string) {
        this.folder = path.join(folder, 'runs');
    }

    /** The work folder for an order; each check gets a new one. Throws `INPUT_INVALID` for what is not a nonce. */
    workFolder({ nonce, purpose }: Pick<RunOrder, 'nonce' | 'purpose'>): WorkFolder {
        if (purpose !== 'check') return new WorkFolder(this.place(nonce, purpose));
        const check = `check-${path.basename(this.place(nonce, 'run'))}-${randomBytes(CHECK_BYTES).toString('hex')}`;
        return new WorkFolder(path.join(this.folder, check));
    }

    async has(nonce: string): Promise<boolean> {
        return existsSync(this.place(nonce, 'run'));
    }

    async log(nonce: string, part: LogPart): Promise<string | undefined> {
        return new WorkFolder(this.place(nonce, part)).readLog();
    }

    async touchedAt(nonce: string): Promise<number> {
        return (await stat(this.place(nonce, 'run'))).mtimeMs;
    }

    async remove(nonce: string): Promise<void> {
        await rm(this.place(nonce, 'run'), { recursive: true, force: true });
    }

    /** Removes what a run and its rollback left, except for their logs and folders. */
    async tidy(nonce: string): Promise<void> {
        const parts: LogPart[] = ['run', 'rollback'];
        await Promise.all(parts.map((part) => new WorkFolder(this.place(nonce, part)).tidy()));
    }

    /**
     * Ends the checks that a process which is gone left, and removes their work folders. Runs are never touched: they
     * go on, and are found again.
     */
    async clearAbandonedChecks(): Promise<void> {
        const names = await readdir(this.folder).catch(() => []);
        await Promise.all(names.map((name) => clear(new WorkFolder(path.join(this.folder, name)))));
    }

    private place(nonce: string, part: LogPart): string {
        if (!isNonce(nonce)) {
            throw new FixError('INPUT_INVALID', 'The id of a run must be 32 lower-case hexadecimal digits.', {
                field: 'nonce',
                cure: 'Look at the timeline: somebody or something has written into the store.',
            });
        }
        return part === 'rollback' ? path.join(this.folder, nonce, 'rollback') : path.join(this.folder, nonce);
    }
}

async function clear(folder: WorkFolder): Promise<void> {
    if (!(await folder.isAbandoned())) return;
    const started = await folder.started();
    if (started && isAlive(started)) await endTree(started, foundProcess(started).ended);
    await folder.remove();
}
