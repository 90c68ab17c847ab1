import type { HostStats, TaskResult, Unseen } from '../../core/model/run';
import type { BegunPlay } from '../../core/remediation/hidden-tasks';
import { MAX_PREVIEW } from '../../core/remediation/preview';
import { breathe } from '../../core/text/breath';
import { sha256 } from '../../core/text/json';
import { redact, redactWhole } from '../../core/text/redact';
import { withoutTimes } from '../../core/text/steady';
import type { AnsibleEvent, ResultEvent } from './event-file';

/** Longest diff and message of a task in short, characters; the diff's digest covers all of it. */
const MAX_DIFF = 20_000;
const MAX_MESSAGE = 2_000;
/** What the events of one run came to so far. */
export class RunRecord {
    readonly tasks: TaskResult[] = [];
    /** Plays that have begun. */
    readonly plays: BegunPlay[] = [];
    /** Present once Ansible has written its result. */
    hosts?: Record<string, HostStats>;
    /** Version of ansible-core. */
    ansible?: string;
    /** Present when a line of the events was too long to be read: how long, bytes. */
    unread?: number;
    /** Users that tasks become on the hosts. */
    readonly becomes = new Set<string>();
    /** How many characters of diffs may still be kept whole. */
    private room = MAX_PREVIEW;

    /** `forPeople` says a text of Ansible in the words of people. */
    constructor(private readonly forPeople: (text: string) => string = (text) => text) {}

    /** Takes in one event; gives the task result that it was. Long texts are worked on in portions. */
    async add(event: AnsibleEvent): Promise<TaskResult | undefined> {
        await breathe();
        if (event.event === 'too-long') this.unread = event.bytes;
        if (event.event === 'stats') this.hosts = event.hosts;
        if (event.event === 'play') {
            if (event.ansible !== undefined) this.ansible = event.ansible;
            this.plays.push({ ...(event.at ? { at: event.at } : {}), ...(event.hosts ? { hosts: event.hosts } : {}) });
        }
        if (!('host' in event)) return undefined;
        if (event.becomes) this.becomes.add(event.becomes);
        if (event.facts && (event.event === 'ok' || event.event === 'skipped')) return undefined;
        const result = await taskResult(this.inWordsOfPeople(event), this.room);
        this.room -= result.wholeDiff?.length ?? 0;
        this.tasks.push(result);
        return result;
    }

    private inWordsOfPeople(event: ResultEvent): ResultEvent {
        const told = (text: string | null): string | null => text && this.forPeople(text);
        const { unseen } = event;
        return {
            ...event,
            task: this.forPeople(event.task),
            diff: told(event.diff),
            message: told(event.message),
            arguments: told(event.arguments ?? null),
            ...(unseen ? { unseen: { ...unseen, command: told(unseen.command) } } : {}),
        };
    }
}

async function taskResult(event: ResultEvent, room: number): Promise<TaskResult> {
    const { host, task, ignored, diff, message, unseen, at, action, acts } = event;
    const steady = diff === null ? undefined : steadyDiff(diff);
    const said = ignored ? `failed, and the playbook ignores it: ${message ?? ''}` : message;
    const compared = steady === undefined ? !acts && unseen?.command : withoutTimes(steady);
    const whole = event.whole ?? unseen?.whole;
    const diffDigest = whole?.digest ?? (compared ? sha256(compared) : undefined);
    return {
        host,
        task: cut(redact(task), MAX_MESSAGE),
        status: ignored ? 'ok' : event.event,
        beganAt: event.began * 1000,
        ...(steady === undefined ? {} : await shownDiff(steady, room, event.whole ?? undefined)),
        ...(whole ? { tooLong: true } : {}),
        ...(diffDigest === undefined ? {} : { diffDigest }),
        ...(said ? { message: cut(redact(said), MAX_MESSAGE, event.left) } : {}),
        ...(unseen ? { unseen: await unseenOf(unseen) } : {}),
        ...(at ? { at } : {}),
        ...(action ? { action } : {}),
        ...(event.arguments ? { arguments: await redactWhole(event.arguments) } : {}),
        ...(acts ? { actsDigest: acts } : {}),
    };
}

/** `whole`: present when the plugin has cut the diff, with what it was before. */
async function shownDiff(
    steady: string,
    room: number,
    whole?: { characters: number },
): Promise<Pick<TaskResult, 'diff' | 'wholeDiff' | 'tooLong'>> {
    const characters = whole?.characters ?? steady.length;
    if (!whole && characters <= MAX_DIFF) return { diff: redact(steady) };
    if (whole || characters > room) {
        const begin = redact(steady.slice(0, 2 * MAX_DIFF));
        return { diff: cut(begin, MAX_DIFF, characters - Math.min(steady.length, 2 * MAX_DIFF)), tooLong: true };
    }
    const wholeDiff = await redactWhole(steady);
    return { diff: cut(wholeDiff, MAX_DIFF), wholeDiff };
}

async function unseenOf({ why, action, command, handlers }: NonNullable<ResultEvent['unseen']>): Promise<Unseen> {
    return {
        why,
        action,
        ...(command === null ? {} : { command: await redactWhole(command) }),
        handlers: handlers.map((name) => redact(name)),
    };
}

/**
 * The diff without the names of Ansible's temporary files, which differ from run to run. Its text is a host's: long
 * lines are let be.
 */
function steadyDiff(diff: string): string {
    return diff
        .replace(
            /^(?=(?:---|\+\+\+) .{1,1000}$)((?:---|\+\+\+) [^/\n]*)\/.*\/ansible-local-\w+\/tmp\w+(?:\/(\S*))?$/gm,
            (_line, before: string, name?: string) => `${before}${name ?? 'new content'}`,
        )
        .replace(
            /^(?=(?:---|\+\+\+) .{1,1000}$)((?:---|\+\+\+) [^/\n]*)\/.*\/ansible-tmp-[\d.]+-\d+-\d+(?:\/(\S*))?$/gm,
            (_line, before: string, name?: string) => `${before}${name ?? 'new content'}`,
        );
}

/**
 * `left`: so many characters of it are not here. What is kept is a string of its own, which does not hold the long one
 * in memory.
 */
function cut(text: string, longest: number, left = 0): string {
    if (text.length <= longest && left === 0) return text;
    return `${Buffer.from(text.slice(0, longest)).toString()}\n… [cut, ${Math.max(0, text.length - longest) + left} more characters]`;
}
