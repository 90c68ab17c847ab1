import { parseArgs } from 'node:util';
import type { SeenAnchor } from '../core/audit/verify';
import { FixError } from '../core/errors';
import { durationSeconds } from '../core/text/duration';

/** Where the audit reads. */
export type Place =
    | { kind: 'folder'; folder: string }
    | { kind: 'redis'; url: string; namespace: string; cluster: boolean }
    | { kind: 'file'; file: string };

export interface AuditArguments {
    place: Place;
    keyFiles: string[];
    expect?: SeenAnchor;
    /** Milliseconds. */
    maxAge?: number;
    /** Results as one JSON object. */
    json: boolean;
}

/** Anchors are written within 10 seconds, if the machine is not busy. */
const LEAST_AGE = 60;

const OPTIONS = {
    store: { type: 'string' },
    redis: { type: 'string' },
    file: { type: 'string' },
    namespace: { type: 'string' },
    cluster: { type: 'boolean' },
    'key-file': { type: 'string', multiple: true },
    expect: { type: 'string' },
    'max-age': { type: 'string' },
    json: { type: 'boolean' },
} as const;

/** Throws `INPUT_INVALID` naming the flag and its cure. */
export function auditArguments(args: readonly string[], command: 'verify' | 'export'): AuditArguments {
    const values = parse(args);
    const { json = false, expect, 'max-age': maxAge, 'key-file': keyFiles = [] } = values;
    if (command === 'export') {
        const only = (['key-file', 'expect', 'max-age', 'json', 'file'] as const).find(
            (flag) => values[flag] !== undefined,
        );
        if (only) throw wrong(`--${only}`, 'is only for verify.', 'Leave it out.');
    }
    return {
        place: placeOf(values),
        json,
        keyFiles,
        ...(expect === undefined ? {} : { expect: seenAnchor(expect) }),
        ...(maxAge === undefined ? {} : { maxAge: ageOf(maxAge) }),
    };
}

function parse(args: readonly string[]): ReturnType<typeof parseArgs<{ options: typeof OPTIONS }>>['values'] {
    try {
        return parseArgs({ args: [...args], options: OPTIONS, strict: true, allowPositionals: false }).values;
    } catch (thrown) {
        const message = thrown instanceof Error ? thrown.message : String(thrown);
        throw new FixError('INPUT_INVALID', message.split('. ')[0] ?? message, {
            field: /'(-[^']*?)[ ']/.exec(message)?.[1] ?? '--store',
            cure: 'See alert-to-fix audit --help.',
        });
    }
}

function placeOf({ store, redis, file, namespace, cluster }: ReturnType<typeof parse>): Place {
    const given = [store, redis, file].filter((value) => value !== undefined);
    if (given.length !== 1) {
        throw wrong(
            '--store, --redis, --file',
            given.length === 0 ? 'are missing.' : 'were given together.',
            'Give exactly one of them.',
        );
    }
    if (redis === undefined && (namespace !== undefined || cluster))
        throw wrong(cluster ? '--cluster' : '--namespace', 'goes with --redis only.', 'Leave it out.');
    if (store !== undefined) return { kind: 'folder', folder: store };
    if (file !== undefined) return { kind: 'file', file };
    return { kind: 'redis', url: redis ?? '', namespace: namespace ?? 'a2f', cluster: cluster ?? false };
}

function seenAnchor(text: string): SeenAnchor {
    const [, seq, hash] = /^([1-9]\d{0,14}):([0-9a-f]{64})$/.exec(text) ?? [];
    if (seq !== undefined && hash !== undefined) return { seq: Number(seq), hash };
    throw wrong(
        '--expect',
        `is "${text}", which names no anchor.`,
        'Give what an earlier audit printed as the newest anchor: <number>:<64 hex digits>.',
    );
}

function ageOf(text: string): number {
    const seconds = durationSeconds(text) ?? 0;
    if (seconds >= LEAST_AGE) return seconds * 1000;
    throw wrong('--max-age', `is "${text}", which is no time of a minute or more.`, 'Write a time such as 30m or 2h.');
}

function wrong(flag: string, what: string, cure: string): FixError {
    return new FixError('INPUT_INVALID', `${flag} ${what}`, { field: flag, cure });
}
