import type { z } from 'zod';
import { clip } from '../text/cut';
import type { Path } from './yaml-file';

type Issue = z.core.$ZodIssue;

const WORDS: Record<string, string> = {
    string: 'a text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'a map of keys',
    record: 'a map of keys',
    undefined: 'nothing',
    null: 'nothing',
};

/** A schema issue of a file as sentences for its author; one for each unknown key. */
export function issueTexts(issue: Issue, value: unknown): { path: Path; message: string; cure: string }[] {
    if (issue.code === 'unrecognized_keys') {
        return issue.keys.map((key) => ({
            path: [...issue.path, key],
            message: `There is no key "${clip(key, 60)}" here.`,
            cure: 'Remove it, or correct its spelling.',
        }));
    }
    const name = issue.path.length === 0 ? 'The file' : 'This';
    if (valueAt(value, issue.path) === undefined) {
        return [
            {
                path: issue.path,
                message: 'This key is missing.',
                cure: `Add the key "${String(issue.path.at(-1) ?? 'id')}".`,
            },
        ];
    }
    const given = shown(valueAt(value, issue.path));
    if (issue.code === 'invalid_format') {
        return [
            {
                path: issue.path,
                message: `${name} is in the wrong form: ${given}.`,
                cure: `Write it in the form ${issue.pattern ?? issue.format}.`,
            },
        ];
    }
    if (issue.code === 'invalid_key') {
        return [
            {
                path: issue.path,
                message: `${name} has the wrong form of a name.`,
                cure: 'Use lower-case letters, digits and underscores, a letter first, at most 64.',
            },
        ];
    }
    const [expected, cure] = expectation(issue);
    return [{ path: issue.path, message: `${name} must be ${expected}, but is ${given}.`, cure }];
}

function expectation(issue: Issue): [string, string] {
    switch (issue.code) {
        case 'invalid_type': {
            const word = WORDS[issue.expected] ?? issue.expected;
            return [
                word,
                issue.expected === 'string' ? 'Write a text; quote it if it looks like a number.' : `Write ${word}.`,
            ];
        }
        case 'invalid_value':
            return [`one of ${issue.values.join(', ')}`, 'Choose one of them.'];
        case 'too_small':
            return [`at least ${size(issue.minimum, issue.origin)}`, 'Write more, or a larger value.'];
        case 'too_big':
            return [`at most ${size(issue.maximum, issue.origin)}`, 'Shorten it, or write a smaller value.'];
        case 'invalid_union':
            return ['a text, a number, or true or false', 'Write one plain value.'];
        default:
            return [issue.message, `Write ${issue.message}.`];
    }
}

function size(limit: number | bigint, origin: string): string {
    if (origin === 'string') return `${limit} characters long`;
    return origin === 'array' ? `${limit} entries long` : String(limit);
}

function valueAt(value: unknown, path: Path): unknown {
    return path.reduce<unknown>((inside, key) => {
        const found = typeof inside === 'object' && inside !== null && Object.hasOwn(inside, key);
        return found ? (inside as Record<PropertyKey, unknown>)[key] : undefined;
    }, value);
}

function shown(value: unknown): string {
    if (value === null) return 'empty';
    if (Array.isArray(value)) return 'a list';
    if (typeof value === 'object') return 'a map of keys';
    const text = JSON.stringify(value) ?? 'nothing';
    return clip(text, 80);
}
