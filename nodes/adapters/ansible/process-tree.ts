import { readdirSync, readFileSync } from 'node:fs';
import { pause } from '../../core/clock';

/**
 * A process that cannot be mistaken for a later one with the same number. `born` is absent where that cannot be told,
 * e.g. without /proc.
 */
export interface ProcessIdentity {
    pid: number;
    /** Boot id and start time in clock ticks since boot. */
    born?: string;
}

interface ProcessStat extends ProcessIdentity {
    parent: number;
    /** Absent where it cannot be told. */
    session?: number;
    zombie: boolean;
}

/** How long the main process has to end its workers after SIGINT, and again after SIGTERM. */
const GRACE_MS = 5_000;
const ROUNDS = 20;

/** Birth of a process that had ended before it could be looked at; no process has it. */
const NEVER_SEEN = 'never seen';

/** The identity of a process that was started just now. */
export function identityOf(pid: number): ProcessIdentity {
    const stat = statOf(pid);
    if (!stat) return { pid, born: NEVER_SEEN };
    return stat.born === undefined ? { pid } : { pid, born: stat.born };
}

/**
 * The first of the processes that have this argument, to the letter; undefined when none has, or where there is no
 * /proc.
 */
export function processWithArgument(argument: string): ProcessIdentity | undefined {
    const [first] = allProcesses()
        .filter(({ pid, zombie }) => !zombie && argumentsOf(pid).includes(argument))
        .sort((one, other) => bornTick(one) - bornTick(other) || one.pid - other.pid);
    return first && { pid: first.pid, ...(first.born === undefined ? {} : { born: first.born }) };
}

export function isAlive(known: ProcessIdentity): boolean {
    const stat = statOf(known.pid);
    return stat !== undefined && !stat.zombie && mayBe(known, stat);
}

/**
 * False when they are known to be two: the one had ended before the other was seen, or they were born at different
 * times.
 */
function mayBe(known: ProcessIdentity, seen: ProcessIdentity): boolean {
    if (known.pid !== seen.pid || known.born === NEVER_SEEN) return false;
    return known.born === undefined || seen.born === undefined || known.born === seen.born;
}

/**
 * Ends Ansible and all it has started on this machine: SIGINT to the main process, then SIGTERM, then SIGKILL to every
 * descendant and to every process of their sessions. (Workers of core 2.19 and newer have sessions of their own.)
 */
export async function endTree(main: ProcessIdentity, ended: Promise<unknown>): Promise<void> {
    const family = new Family(main);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) {
        family.look();
        if (isAlive(main)) send(main.pid, signal);
        if (await within(GRACE_MS, ended)) break;
    }
    for (let round = 0; round < ROUNDS; round += 1) {
        const left = family.look();
        if (left.length === 0) break;
        for (const { pid } of left) send(pid, 'SIGKILL');
        await pause(50);
    }
    if (isAlive(main)) send(-main.pid, 'SIGKILL');
}

/** The main process, all that was ever seen below it, and their sessions. */
class Family {
    private readonly members = new Map<number, ProcessIdentity>();
    private readonly sessions = new Set<number>();

    constructor(private readonly main: ProcessIdentity) {
        this.sessions.add(main.pid);
    }

    /** Those that live, with all that they have started since the last look. */
    look(): ProcessStat[] {
        const all = allProcesses();
        const ours = statOf(process.pid)?.session;
        // A number is given away anew only when no process has it for its session any more.
        if (all.some((seen) => seen.pid === this.main.pid && !mayBe(this.main, seen)))
            this.sessions.delete(this.main.pid);
        const looked = new Set<number>();
        for (let found = all.filter((seen) => mayBe(this.main, seen) || this.belongs(seen)); found.length > 0; ) {
            for (const { pid, born, session } of found) {
                looked.add(pid);
                this.members.set(pid, { pid, ...(born !== undefined && { born }) });
                if (session !== undefined && ours !== undefined && session !== ours) this.sessions.add(session);
            }
            found = all.filter(({ parent, pid }) => looked.has(parent) && !looked.has(pid));
        }
        return all.filter((seen) => this.belongs(seen));
    }

    private belongs(seen: ProcessStat): boolean {
        return !seen.zombie && seen.pid !== process.pid && (this.isInSession(seen) || this.isMember(seen));
    }

    private isInSession({ session }: ProcessStat): boolean {
        return session !== undefined && this.sessions.has(session);
    }

    private isMember(seen: ProcessStat): boolean {
        const member = this.members.get(seen.pid);
        return member !== undefined && mayBe(member, seen);
    }
}

function allProcesses(): ProcessStat[] {
    let names: string[] = [];
    try {
        names = readdirSync('/proc');
    } catch {
        return [];
    }
    return names.filter((name) => /^\d+$/.test(name)).flatMap((name) => statOf(Number(name)) ?? []);
}

/**
 * See proc(5): the fields after the parenthesised command, from `state` (3) on. Undefined when there is no such
 * process.
 */
function statOf(pid: number): ProcessStat | undefined {
    try {
        const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
        const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        const [state = '', parent = '', , session = ''] = fields;
        return {
            pid,
            parent: Number(parent),
            session: Number(session),
            zombie: state === 'Z' || state === 'X',
            born: `${bootId()}/${fields[19] ?? ''}`,
        };
    } catch {
        return exists(pid) ? { pid, parent: 0, zombie: false } : undefined;
    }
}

function exists(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return true;
    } catch (thrown) {
        return thrown instanceof Error && 'code' in thrown && thrown.code === 'EPERM';
    }
}

/** See proc(5): each argument ends with a zero byte. */
function argumentsOf(pid: number): string[] {
    try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    } catch {
        return [];
    }
}

function bornTick({ born = '' }: ProcessIdentity): number {
    return Number(born.slice(born.lastIndexOf('/') + 1));
}

let knownBootId: string | undefined;

function bootId(): string {
    knownBootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return knownBootId;
}

function send(pid: number, signal: NodeJS.Signals): void {
    try {
        process.kill(pid, signal);
    } catch {
        // It has ended meanwhile.
    }
}

async function within(milliseconds: number, ended: Promise<unknown>): Promise<boolean> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<false>((resolve) => {
        timer = setTimeout(() => resolve(false), milliseconds);
    });
    const inTime = await Promise.race([ended.then(() => true), late]);
    clearTimeout(timer);
    return inTime;
}
