import { constants } from 'node:fs';
import { access, chmod, type FileHandle, mkdir, open, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { z } from 'zod';
import { FixError } from '../../core/errors';
import { redactWhole } from '../../core/text/redact';
import { identityOf, isAlive, type ProcessIdentity, processWithArgument } from './process-tree';

/** Output beyond this is dropped while Ansible runs, bytes. */
const MAX_OUTPUT = 32 * 1024 * 1024;
/** What is kept of the end of it in the log, bytes. */
const MAX_LOG = 1024 * 1024;

const identitySchema = z.object({ pid: z.number().int().positive(), born: z.string().optional() });
const startedSchema = identitySchema.extend({ startedAt: z.number() });

/** Main process of a run and when it was started, milliseconds since 1970. */
export type StartedProcess = ProcessIdentity & { startedAt: number };

/** The files of one run, readable by their owner only. */
export class WorkFolder {
    readonly variables: string;
    readonly events: string;
    readonly temp: string;
    private readonly output: string;
    private readonly process: string;
    private readonly owner: string;
    private readonly log: string;

    constructor(readonly folder: string) {
        this.variables = path.join(folder, 'variables.yml');
        this.events = path.join(folder, 'events.jsonl');
        this.temp = path.join(folder, 'tmp');
        this.output = path.join(folder, 'output.txt');
        this.process = path.join(folder, 'process.json');
        this.owner = path.join(folder, 'owner.json');
        this.log = path.join(folder, 'log.txt');
    }

    /** Makes the folder; throws `ALREADY_RUN` when it exists, because then something ran in it. */
    async create(variables: string): Promise<void> {
        await mkdir(path.dirname(this.folder), { recursive: true, mode: 0o700 });
        try {
            await mkdir(this.folder, { mode: 0o700 });
        } catch (cause) {
            if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
            throw new FixError('ALREADY_RUN', 'This run has its folder already: it was started before.', { cause });
        }
        await mkdir(this.temp, { mode: 0o700 });
        await writeFile(this.variables, variables, { mode: 0o600, flag: 'wx' });
    }

    /** The library's ansible.cfg, or an empty one, so that no other is found. */
    async config(libraryFolder: string): Promise<string> {
        const own = path.join(libraryFolder, 'ansible.cfg');
        if (await readable(own)) return own;
        const empty = path.join(this.folder, 'ansible.cfg');
        await writeFile(empty, '', { mode: 0o600 });
        return empty;
    }

    /** Opens the files that Ansible writes to: it goes on writing when this process dies. */
    async openSinks(): Promise<{ output: FileHandle; events: FileHandle }> {
        return { output: await open(this.output, 'a', 0o600), events: await open(this.events, 'a', 0o600) };
    }

    async noteStart(started: StartedProcess): Promise<void> {
        await writeFile(this.process, JSON.stringify(started), { mode: 0o600 });
    }

    /** The argument that names the variables file to Ansible. */
    get variablesArgument(): string {
        return `@${this.variables}`;
    }

    /**
     * The process that was started in this folder: as written down or, where Node-RED died before it could, as its
     * arguments tell.
     */
    async started(): Promise<StartedProcess | undefined> {
        const noted = await written(this.process, startedSchema);
        if (noted) return noted;
        const running = processWithArgument(this.variablesArgument);
        return (
            running && {
                ...running,
                startedAt: await stat(this.variables).then(
                    (found) => found.mtimeMs,
                    () => Date.now(),
                ),
            }
        );
    }

    /** Says that the folder is of no use to anybody once this process has ended. */
    async noteOwner(): Promise<void> {
        await writeFile(this.owner, JSON.stringify(identityOf(process.pid)), { mode: 0o600 });
    }

    /** True when its owner is noted, and gone. */
    async isAbandoned(): Promise<boolean> {
        const owner = await written(this.owner, identitySchema);
        return owner !== undefined && !isAlive(owner);
    }

    /** Drops output that grew too large; Ansible appends, so it goes on at the start. */
    async boundOutput(): Promise<void> {
        const size = await stat(this.output).then(
            (found) => found.size,
            () => 0,
        );
        if (size > MAX_OUTPUT) await truncate(this.output, 0);
    }

    /** Turns the output into the kept log, in the words of `forPeople` and redacted, and answers its text. */
    async keepLog(forPeople: (text: string) => string): Promise<string> {
        const text = await endOf(this.output);
        if (text === undefined) return '';
        const clean = await redactWhole(forPeople(text));
        await writeFile(this.log, clean, { mode: 0o600 });
        await chmod(this.log, 0o600); // One that was there already keeps its mode.
        await rm(this.output, { force: true });
        return clean;
    }

    /** The kept log; undefined while there is none. */
    async readLog(): Promise<string | undefined> {
        return readFile(this.log, 'utf8').catch(() => undefined);
    }

    /** Removes all but the log. */
    async tidy(): Promise<void> {
        const rest = [
            this.variables,
            this.events,
            this.temp,
            this.output,
            this.process,
            path.join(this.folder, 'ansible.cfg'),
        ];
        await Promise.all(rest.map((entry) => removed(entry)));
    }

    async remove(): Promise<void> {
        await removed(this.folder);
    }
}

/** Tries again while what Ansible left behind still writes there. */
function removed(entry: string): Promise<void> {
    return rm(entry, { recursive: true, force: true, maxRetries: 5 });
}

async function written<T>(file: string, schema: z.ZodType<T>): Promise<T | undefined> {
    try {
        return schema.parse(JSON.parse(await readFile(file, 'utf8')));
    } catch {
        return undefined;
    }
}

async function readable(file: string): Promise<boolean> {
    return access(file, constants.R_OK).then(
        () => true,
        () => false,
    );
}

async function endOf(file: string): Promise<string | undefined> {
    const handle = await open(file, 'r').catch(() => undefined);
    if (!handle) return undefined;
    try {
        const { size } = await handle.stat();
        const length = Math.min(size, MAX_LOG);
        const { buffer } = await handle.read(Buffer.alloc(length), 0, length, size - length);
        const text = buffer.toString('utf8');
        return length < size ? `… [cut, ${size - length} bytes before]\n${text.slice(text.indexOf('\n') + 1)}` : text;
    } finally {
        await handle.close();
    }
}
