import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, parseAllDocuments } from 'yaml';

/** A play, block or task of a YAML file. */
export interface Entry {
    /** Where it begins, counted from 1, as Ansible counts. */
    line: number;
    value: Readonly<Record<string, unknown>>;
    /** The maps in the list with this key; none where there is no such list. */
    inside(key: string): Entry[];
}

/** The maps in the lists of a file of plays or tasks; none of a file that is not valid YAML. Never throws. */
export function entriesOf(text: string): Entry[] {
    return quietly([], () => {
        const lines = new LineCounter();
        return documentsOf(text, lines).flatMap((document) => entriesIn(document.contents, document, lines));
    });
}

/** The map that a file of variables holds; empty for anything else. Never throws. */
export function variablesOf(text: string): Record<string, unknown> {
    return quietly({}, () => Object.assign({}, ...documentsOf(text).map((document) => asMap(document.toJS()))));
}

/** The value as a map; empty when it is none. */
export function asMap(value: unknown): Record<string, unknown> {
    return typeof value === 'object' && value !== null && !Array.isArray(value)
        ? (value as Record<string, unknown>)
        : {};
}

/** The value as a list: itself, its one element, or nothing. */
export function asList(value: unknown): unknown[] {
    if (Array.isArray(value)) return value;
    return value === undefined || value === null ? [] : [value];
}

function documentsOf(text: string, lineCounter = new LineCounter()): Document[] {
    const documents = parseAllDocuments(text, { lineCounter, prettyErrors: false, logLevel: 'silent', merge: true });
    return Array.isArray(documents) ? documents : [];
}

function entriesIn(node: unknown, document: Document, lines: LineCounter): Entry[] {
    const list = isAlias(node) ? node.resolve(document) : node;
    if (!isSeq(list)) return [];
    return list.items.flatMap((item) => {
        const map = isAlias(item) ? item.resolve(document) : item;
        if (!isMap(map)) return [];
        const member = (key: string): unknown =>
            map.items.find((pair) => isScalar(pair.key) && pair.key.value === key)?.value;
        return [
            {
                line: lines.linePos(map.range?.[0] ?? 0).line,
                value: asMap(map.toJS(document)),
                inside: (key) => entriesIn(member(key), document, lines),
            },
        ];
    });
}

/** What a parser throws of a hostile file, such as one that is nested too deep, is no more than a file it cannot read. */
function quietly<T>(nothing: T, read: () => T): T {
    try {
        return read();
    } catch {
        return nothing;
    }
}
