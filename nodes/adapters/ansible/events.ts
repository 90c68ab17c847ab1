import { open } from 'node:fs/promises';
import { z } from 'zod';
import { sha256 } from '../../core/json';
import { redact, redactWhole } from '../../core/redact';
import { MAX_PREVIEW } from '../../core/remediation/preview';
import type { HostStats, TaskResult, Unseen } from '../../core/remediation/run';

/** Longest diff and message of a task in short, characters; the diff's digest covers all of it. */
const MAX_DIFF = 20_000;
const MAX_MESSAGE = 2_000;
/** How much of the file is read at once, bytes. */
const CHUNK = 1 << 20;

const count = z.number().int().nonnegative();

/** One line of `callback/a2f_events.py`. */
const eventSchema = z.discriminatedUnion('event', [
    z.object({ event: z.enum(['play']), play: z.string(), ansible: z.string().optional() }),
    z.object({ event: z.enum(['task']), task: z.string() }),
    z.object({
        event: z.enum(['ok', 'changed', 'failed', 'unreachable', 'skipped']),
        host: z.string(),
        task: z.string(),
        facts: z.boolean(),
        ignored: z.boolean(),
        /** Unix seconds. */
        began: z.number(),
        diff: z.string().nullable(),
        message: z.string().nullable(),
        becomes: z.string().nullish(),
        unseen: z.object({ why: z.enum(['left-out', 'condition', 'ran']), action: z.string(), command: z.string().nullable(), handlers: z.array(z.string()) }).nullish(),
    }),
    z.object({
        event: z.literal('stats'),
        hosts: z.record(z.string(), z.object({ ok: count, changed: count, failed: count, unreachable: count, skipped: count })),
    }),
]);

type AnsibleEvent = z.infer<typeof eventSchema>;
type ResultEvent = Extract<AnsibleEvent, { host: string }>;

/** What the events of one run came to so far. */
export class RunRecord {
    readonly tasks: TaskResult[] = [];
    /** Present once Ansible has written its result. */
    hosts?: Record<string, HostStats>;
    /** Version of ansible-core. */
    ansible?: string;
    /** Users that tasks become on the hosts. */
    readonly becomes = new Set<string>();
    /** How many characters of diffs may still be kept whole. */
    private room = MAX_PREVIEW;

    /** `forPeople` says a text of Ansible in the words of people. */
    constructor(private readonly forPeople: (text: string) => string = (text) => text) {}

    /** Takes in one event; answers the task result that it was. */
    add(event: AnsibleEvent): TaskResult | undefined {
        if (event.event === 'stats') this.hosts = event.hosts;
        if (event.event === 'play' && event.ansible !== undefined) this.ansible = event.ansible;
        if (!('host' in event)) return undefined;
        if (event.becomes) this.becomes.add(event.becomes);
        if (event.facts && (event.event === 'ok' || event.event === 'skipped')) return undefined;
        const result = taskResult(this.inWordsOfPeople(event), this.room);
        this.room -= result.wholeDiff?.length ?? 0;
        this.tasks.push(result);
        return result;
    }

    private inWordsOfPeople(event: ResultEvent): ResultEvent {
        const told = (text: string | null): string | null => text && this.forPeople(text);
        const { unseen } = event;
        return {
            ...event, task: this.forPeople(event.task), diff: told(event.diff), message: told(event.message),
            ...(unseen ? { unseen: { ...unseen, command: told(unseen.command) } } : {}),
        };
    }
}

/** Reads the events that a run appends to its file, each complete line once. */
export class EventFile {
    private offset = 0;
    private rest = Buffer.alloc(0);

    constructor(private readonly file: string) {}

    /** The events written since the last call; none while there is no file. */
    async news(): Promise<AnsibleEvent[]> {
        const handle = await open(this.file, 'r').catch(() => undefined);
        if (!handle) return [];
        const events: AnsibleEvent[] = [];
        try {
            for (;;) {
                const { bytesRead, buffer } = await handle.read(Buffer.alloc(CHUNK), 0, CHUNK, this.offset);
                if (bytesRead === 0) return events;
                this.offset += bytesRead;
                events.push(...this.take(buffer.subarray(0, bytesRead)));
            }
        } finally {
            await handle.close();
        }
    }

    private take(chunk: Buffer): AnsibleEvent[] {
        const lines = Buffer.concat([this.rest, chunk]).toString('latin1').split('\n');
        this.rest = Buffer.from(lines.pop() ?? '', 'latin1');
        return lines.flatMap((line) => parse(line) ?? []);
    }
}

/** The plugin writes ASCII only; a line that does not parse was cut by a crash. */
function parse(line: string): AnsibleEvent | undefined {
    try {
        return eventSchema.parse(JSON.parse(line));
    } catch {
        return undefined;
    }
}

function taskResult(event: ResultEvent, room: number): TaskResult {
    const { host, task, ignored, diff, message, unseen } = event;
    const said = ignored ? `failed, and the playbook ignores it: ${message ?? ''}` : message;
    const compared = diff === null ? unseen?.command : withoutTimes(steadyDiff(diff));
    return {
        host,
        task: cut(redact(task), MAX_MESSAGE),
        status: ignored ? 'ok' : event.event,
        beganAt: event.began * 1000,
        ...(diff === null ? {} : shownDiff(steadyDiff(diff), room)),
        ...(compared ? { diffDigest: sha256(compared) } : {}),
        ...(said ? { message: cut(redact(said), MAX_MESSAGE) } : {}),
        ...(unseen ? { unseen: unseenOf(unseen) } : {}),
    };
}

function shownDiff(steady: string, room: number): Pick<TaskResult, 'diff' | 'wholeDiff' | 'tooLong'> {
    if (steady.length <= MAX_DIFF) return { diff: redact(steady) };
    if (steady.length > room) return { diff: cut(redact(steady.slice(0, 2 * MAX_DIFF)), MAX_DIFF), tooLong: true };
    const wholeDiff = redactWhole(steady);
    return { diff: cut(wholeDiff, MAX_DIFF), wholeDiff };
}

function unseenOf({ why, action, command, handlers }: NonNullable<ResultEvent['unseen']>): Unseen {
    return { why, action, ...(command === null ? {} : { command: redactWhole(command) }), handlers: handlers.map((name) => redact(name)) };
}

/** The diff without the names of Ansible's temporary files, which differ from run to run. Its text is a host's: long lines are let be. */
function steadyDiff(diff: string): string {
    return diff
        .replace(/^(?=.{1,1000}$)((?:---|\+\+\+) [^/\n]*)\/.*\/ansible-local-\w+\/tmp\w+(?:\/(\S*))?$/gm, (_line, before: string, name?: string) => `${before}${name ?? 'new content'}`)
        .replace(/^(?=.{1,1000}$)((?:---|\+\+\+) [^/\n]*)\/.*\/ansible-tmp-[\d.]+-\d+-\d+(?:\/(\S*))?$/gm, (_line, before: string, name?: string) => `${before}${name ?? 'new content'}`);
}

/** `state: touch` shows the moment it ran at; that is no drift. */
function withoutTimes(diff: string): string {
    return diff.replace(/^([+-] {4}"[am]time": )[\d.]+(,?)$/gm, '$1now$2');
}

function cut(text: string, longest: number): string {
    return text.length <= longest ? text : `${text.slice(0, longest)}\n… [cut, ${text.length - longest} more characters]`;
}
