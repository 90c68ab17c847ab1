import { writeSync } from 'node:fs';
import { type Clock, systemClock } from '../../nodes/core/clock';
import { cut } from '../../nodes/core/text/cut';
import { redact } from '../../nodes/core/text/redact';

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error';

const MAX_MESSAGE = 4_000;
const MAX_FIELD = 1_000;
/** The host splits lines of 64 KiB and shows the parts at debug only. */
const MAX_LINE_BYTES = 60_000;

/**
 * One line of HashiCorp's hclog JSON, without the line break. The host's process dies of a value that is no string
 * under an `@` key, and hides a line whose timestamp has not exactly six fraction digits. Secrets are redacted.
 */
export function hclogLine(
    level: LogLevel,
    message: unknown,
    fields: Readonly<Record<string, unknown>> = {},
    clock: Clock = systemClock,
): string {
    const head = {
        '@level': level,
        '@message': cut(redact(textOf(message)), MAX_MESSAGE),
        '@timestamp': clock().toISOString().replace('Z', '000Z'),
    };
    const rest = Object.entries(fields).map(([key, value]) => field(key, value));
    const line = JSON.stringify({ ...Object.fromEntries(rest), ...head });
    return Buffer.byteLength(line) <= MAX_LINE_BYTES ? line : JSON.stringify({ ...head, fields: 'left out: too long' });
}

/** Writes one line to the host's log. Never throws: a host that is gone reads no log. */
export function hostLog(level: LogLevel, message: unknown, fields?: Readonly<Record<string, unknown>>): void {
    try {
        writeSync(2, `${hclogLine(level, message, fields)}\n`);
    } catch {
        // The pipe is closed or full; the log is the only thing lost.
    }
}

/** Key and value are redacted together, so that `password: x` is recognised by its name. */
function field(key: string, value: unknown): [string, string] {
    const name = key.replace(/[^\w.-]+/g, '_').slice(0, 60) || '_';
    const redacted = redact(`${name}=${textOf(value)}`);
    return [name, cut(redacted.slice(redacted.indexOf('=') + 1), MAX_FIELD)];
}

function textOf(value: unknown): string {
    if (typeof value === 'string') return value;
    try {
        if (value instanceof Error) return value.stack ?? String(value);
        return JSON.stringify(value) ?? String(value);
    } catch {
        return Object.prototype.toString.call(value);
    }
}
