import { writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { format } from 'node:util';
import { hostLog, type LogLevel } from './log';

/**
 * Importing this file takes over the process's output, so it is imported first: standard output belongs to the
 * handshake alone, and a bare line on standard error could look to the host like a log entry that kills it.
 * What anyone prints becomes a log line instead. The real streams are never opened: Node would make their pipes
 * non-blocking, and a burst of log lines would be torn.
 */
const LEVEL_OF_METHOD = {
    trace: 'debug',
    debug: 'debug',
    log: 'info',
    info: 'info',
    warn: 'warn',
    error: 'error',
} as const;

for (const [method, level] of Object.entries(LEVEL_OF_METHOD)) {
    Object.defineProperty(console, method, {
        configurable: true,
        writable: true,
        value: (...args: unknown[]) => hostLog(level, format(...args)),
    });
}
Object.defineProperty(process, 'stdout', { configurable: true, enumerable: true, value: logStream('info') });
Object.defineProperty(process, 'stderr', { configurable: true, enumerable: true, value: logStream('warn') });

function logStream(level: LogLevel): Writable {
    return new Writable({
        write: (chunk: Buffer, _encoding, done) => {
            const text = chunk.toString('utf8').trimEnd();
            if (text !== '') hostLog(level, text);
            done();
        },
    });
}

/** The one line that may go to standard output. Throws when the host no longer reads it. */
export function writeHandshake(line: string): void {
    writeSync(1, `${line}\n`);
}

/** A sentence for a person in a terminal, who started the plugin by hand. */
export function tellPerson(sentence: string): void {
    writeSync(2, `${sentence}\n`);
}
