import { RE2JS } from 're2js';
import { FixError } from '../errors';
import { clip } from './cut';

const LONGEST_PATTERN = 2_000;
const CACHED = 500;
const cache = new Map<string, RE2JS>();

/**
 * A test whether a whole text matches `source`, a regular expression of RE2 as Prometheus reads it (anchored at both
 * ends, `.` also matches a line break; no lookaround, no backreferences). Its time grows with the length of the text
 * only, whatever the text: alert labels are not trusted. Throws `CONFIG_INVALID` with the cure.
 */
export function compileRegex(source: string): (text: string) => boolean {
    const pattern = cache.get(source) ?? compile(source);
    if (cache.size >= CACHED) cache.clear();
    cache.set(source, pattern);
    return (text) => pattern.matches(text);
}

function compile(source: string): RE2JS {
    if (source.length > LONGEST_PATTERN) {
        throw new FixError('CONFIG_INVALID', `The regular expression is longer than ${LONGEST_PATTERN} characters.`, {
            cure: 'Shorten it.',
        });
    }
    try {
        return RE2JS.compile(source, RE2JS.DOTALL);
    } catch (thrown) {
        const why = thrown instanceof Error ? thrown.message : String(thrown);
        throw new FixError(
            'CONFIG_INVALID',
            `The regular expression ${JSON.stringify(clip(source, 80))} is not valid: ${why}.`,
            {
                cure: 'Use the syntax of RE2, as Prometheus does: no lookaround, no backreferences.',
                cause: thrown,
            },
        );
    }
}
