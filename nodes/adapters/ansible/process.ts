import { type ChildProcess, spawn } from 'node:child_process';
import { pause } from '../../core/clock';
import { FixError } from '../../core/errors';
import { endTree, identityOf, isAlive, type ProcessIdentity } from './process-tree';
import type { WorkFolder } from './work-folder';

const ALIVE_POLL_MS = 200;

/** A process of Ansible: started by us, or found again after a restart. */
export interface AnsibleProcess {
    identity: ProcessIdentity;
    /** Resolves with the exit code, null when it is not known or a signal ended it. */
    ended: Promise<number | null>;
    /** Lets this process go on without us. */
    letGo(): void;
}

/** Why watching ended; `left`: we let it go on. */
export type Watched = { by: 'itself' | 'cancel' | 'timeout'; exitCode: number | null } | { by: 'left' };

export function ansibleMissing(program: string, cause: unknown): FixError {
    return new FixError('ANSIBLE_MISSING', `The program ${program} cannot be started.`, {
        field: 'program',
        cure: 'Install Ansible (Debian: apt install ansible-core; elsewhere: pipx install ansible-core), or name the path of ansible-playbook in the node.',
        cause,
    });
}

/**
 * Starts Ansible in a session of its own; it writes to the files of the work folder. Rejects with `ANSIBLE_MISSING`.
 */
export async function startAnsible(
    program: string,
    args: readonly string[],
    place: { folder: WorkFolder; cwd: string; env: Record<string, string> },
): Promise<AnsibleProcess> {
    const { output, events } = await place.folder.openSinks();
    try {
        const child = spawn(program, [...args], {
            shell: false,
            detached: true,
            cwd: place.cwd,
            env: place.env,
            stdio: ['ignore', output.fd, output.fd, events.fd],
        });
        const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
        await hasStarted(child, program);
        return { identity: identityOf(child.pid ?? 0), ended, letGo: () => child.unref() };
    } finally {
        await Promise.all([output.close(), events.close()]);
    }
}

/** A process that an earlier Node-RED started. */
export function foundProcess(identity: ProcessIdentity): AnsibleProcess {
    let following = true;
    const gone = async (): Promise<null> => {
        while (following && isAlive(identity)) await pause(ALIVE_POLL_MS);
        return null;
    };
    return {
        identity,
        ended: gone(),
        letGo: () => {
            following = false;
        },
    };
}

/**
 * Waits until the process has ended; ends it, with all it started, on `cancel` or after `limitMs`. Leaves it alone on
 * `leave`.
 */
export async function watch(
    child: AnsibleProcess,
    limitMs: number,
    cancel: AbortSignal,
    leave?: AbortSignal,
): Promise<Watched> {
    const late = timer(limitMs);
    const cancelled = aborted(cancel);
    const left = aborted(leave ?? new AbortController().signal);
    try {
        const by = await Promise.race([
            child.ended.then(() => 'itself' as const),
            late.over.then(() => 'timeout' as const),
            cancelled.seen.then(() => 'cancel' as const),
            left.seen.then(() => 'left' as const),
        ]);
        if (by === 'left') {
            child.letGo();
            return { by };
        }
        if (by !== 'itself') await endTree(child.identity, child.ended);
        return { by, exitCode: await child.ended };
    } finally {
        late.stop();
        cancelled.forget();
        left.forget();
    }
}

function hasStarted(child: ChildProcess, program: string): Promise<void> {
    return new Promise((resolve, reject) => {
        child.once('spawn', resolve);
        child.once('error', (cause) => reject(ansibleMissing(program, cause)));
    });
}

function timer(milliseconds: number): { over: Promise<void>; stop(): void } {
    let handle: NodeJS.Timeout | undefined;
    const over = new Promise<void>((resolve) => {
        handle = setTimeout(resolve, Math.max(0, Math.min(milliseconds, 2 ** 31 - 1)));
    });
    return { over, stop: () => clearTimeout(handle) };
}

function aborted(signal: AbortSignal): { seen: Promise<void>; forget(): void } {
    let listener: () => void = () => undefined;
    const seen = new Promise<void>((resolve) => {
        listener = () => resolve();
        if (signal.aborted) resolve();
        signal.addEventListener('abort', listener);
    });
    return { seen, forget: () => signal.removeEventListener('abort', listener) };
}
