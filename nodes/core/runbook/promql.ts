import { fillPlaceholders, firstPlaceholder, wellFormed } from './placeholder';

/**
 * A double-quoted string of a query with the matcher operator before it, or a single- or back-quoted one. One that is
 * never closed goes to the end of the query, so that no part of a query is read again and again.
 */
const STRING =
    /(?:(=~|!~)(\s*))?"([^"\\]*(?:\\[^][^"\\]*)*)("|\\?$)|'[^'\\]*(?:\\[^][^'\\]*)*(?:'|\\?$)|`[^`]*(?:`|$)/g;

/**
 * Fills `{{label}}` in the double-quoted strings of a PromQL query. A value cannot leave its string; behind `=~`
 * and `!~` it is also taken literally. A missing label becomes the empty string.
 */
export function fillQuery(query: string, labels: Readonly<Record<string, string>>): string {
    return query.replace(
        STRING,
        (whole, operator: string | undefined, space: string | undefined, inside?: string, end?: string) => {
            if (inside === undefined || end !== '"') return whole;
            const fill = (value: string): string => escapeString(operator === undefined ? value : escapeRegex(value));
            return `${operator ?? ''}${space ?? ''}"${fillPlaceholders(inside, labels, fill)}"`;
        },
    );
}

/** The first `{{label}}` of a query that is not inside a double-quoted string, where it would not be filled. */
export function misplacedPlaceholder(query: string): string | undefined {
    return firstPlaceholder(
        query.replace(STRING, (whole, _operator, _space, inside?: string, end?: string) =>
            inside === undefined || end !== '"' ? whole : '',
        ),
    );
}

/** The query without its strings and its matchers: the operators that are left are those on values. */
export function withoutMatchers(query: string): string {
    return query.replace(STRING, '').replace(/\{[^}]*(?:\}|$)/g, '');
}

function escapeRegex(value: string): string {
    return value.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&');
}

/** For the inside of a double-quoted PromQL string (Go's escapes). */
function escapeString(value: string): string {
    return wellFormed(value)
        .replace(/[\\"]/g, '\\$&')
        .replace(
            /[\p{Cc}\u2028\u2029]/gu,
            (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
        );
}
