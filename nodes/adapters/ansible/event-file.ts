import { open } from 'node:fs/promises';
import { z } from 'zod';
import { wellFormed } from '../../core/text/json';

/** How much of the file is read at once, bytes. */
const CHUNK = 1 << 20;
/** Longest line that is read, bytes: more than what the plugin writes of the longest diff. */
export const MAX_LINE = 64 << 20;

const count = z.number().int().nonnegative();

/** What the plugin did not write whole: the SHA-256, in hex, covers all of it. */
const wholeSchema = z.object({ characters: count, digest: z.string() }).nullish();

/** Where a play or task is written, relative to the library folder. */
const atSchema = z.object({ file: z.string(), line: z.number().int() }).nullish();

/** One line of `callback/a2f_events.py`. */
const eventSchema = z.discriminatedUnion('event', [
    z.object({
        event: z.enum(['play']),
        play: z.string(),
        ansible: z.string().optional(),
        at: atSchema,
        hosts: z.array(z.string()).nullish(),
    }),
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
        whole: wholeSchema,
        message: z.string().nullable(),
        /** How many characters the message had beyond those. */
        left: count.optional(),
        becomes: z.string().nullish(),
        at: atSchema,
        action: z.string().nullish(),
        arguments: z.string().nullish(),
        /** Keyed digest of what the module gets. */
        acts: z.string().nullish(),
        unseen: z
            .object({
                why: z.enum(['left-out', 'condition', 'ran']),
                action: z.string(),
                command: z.string().nullable(),
                whole: wholeSchema,
                handlers: z.array(z.string()),
            })
            .nullish(),
    }),
    z.object({
        event: z.literal('stats'),
        hosts: z.record(
            z.string(),
            z.object({ ok: count, changed: count, failed: count, unreachable: count, skipped: count }),
        ),
    }),
]);

/** `too-long`: a line that was not read, of so many bytes. */
export type AnsibleEvent = z.infer<typeof eventSchema> | { event: 'too-long'; bytes: number };
export type ResultEvent = Extract<AnsibleEvent, { host: string }>;

/** Reads the events that a run appends to its file, each complete line once. */
export class EventFile {
    private offset = 0;
    /** The line that is not complete yet; nothing of it when it is too long. */
    private parts: Buffer[] = [];
    private length = 0;

    constructor(private readonly file: string) {}

    /** The events written since the last call, one after the other; none while there is no file. */
    async *news(): AsyncGenerator<AnsibleEvent> {
        const handle = await open(this.file, 'r').catch(() => undefined);
        if (!handle) return;
        const buffer = Buffer.alloc(CHUNK);
        try {
            for (;;) {
                const { bytesRead } = await handle.read(buffer, 0, CHUNK, this.offset);
                if (bytesRead === 0) return;
                this.offset += bytesRead;
                yield* this.take(buffer.subarray(0, bytesRead));
            }
        } finally {
            await handle.close();
        }
    }

    private *take(chunk: Buffer): Generator<AnsibleEvent> {
        let from = 0;
        for (let end = chunk.indexOf('\n'); end !== -1; end = chunk.indexOf('\n', from)) {
            this.hold(chunk.subarray(from, end));
            from = end + 1;
            const event = this.endOfLine();
            if (event) yield event;
        }
        this.hold(chunk.subarray(from));
    }

    private hold(part: Buffer): void {
        this.length += part.length;
        if (this.length > MAX_LINE) this.parts = [];
        else if (part.length > 0) this.parts.push(Buffer.from(part));
    }

    private endOfLine(): AnsibleEvent | undefined {
        const { parts, length } = this;
        this.parts = [];
        this.length = 0;
        return length > MAX_LINE
            ? { event: 'too-long', bytes: length }
            : parse(Buffer.concat(parts).toString('latin1'));
    }
}

/** The plugin writes ASCII only; a line that does not parse was cut by a crash. */
function parse(line: string): AnsibleEvent | undefined {
    try {
        return eventSchema.parse(wellFormed(JSON.parse(line)));
    } catch {
        return undefined;
    }
}
