import {
    type Document,
    isAlias,
    isMap,
    isScalar,
    isSeq,
    LineCounter,
    type Node,
    type Pair,
    parseDocument,
    visit,
} from 'yaml';
import { clip } from '../text/cut';

/** Place of a value in a file: keys and list positions from the root. */
export type Path = readonly PropertyKey[];

/** Something wrong with a file. `line` counts from 1. */
export interface Fault {
    line: number;
    field: string;
    message: string;
    cure: string;
}

/** A YAML file as plain data that remembers its lines. */
export interface YamlFile {
    value: unknown;
    /** Line of the value, or of the nearest one around it that exists. */
    lineOf(path: Path): number;
}

/** Largest file that is read, characters. */
const LARGEST = 262_144;
/** One slip in YAML gives many errors; the first ones tell. */
const MOST_FAULTS = 5;

/**
 * Reads one YAML document of plain maps, lists and scalars. Anchors, aliases and tags are refused: they hide
 * what a reviewer reads. Gives the faults instead when there are any; never throws.
 */
export function readYaml(text: string): YamlFile | Fault[] {
    if (text.length > LARGEST) {
        return [fault(1, `has ${text.length} characters, more than ${LARGEST}`, 'Split it into several files.')];
    }
    try {
        return readDocument(text);
    } catch (thrown) {
        return [fault(1, ...errorText('', thrown instanceof Error ? thrown.message : ''))];
    }
}

/** `actions[0].parameters.path` */
export function fieldName(path: Path): string {
    return path
        .map((key, index) => (typeof key === 'number' ? `[${key}]` : `${index > 0 ? '.' : ''}${String(key)}`))
        .join('');
}

function readDocument(text: string): YamlFile | Fault[] {
    const lines = new LineCounter();
    const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, strict: true, uniqueKeys: true });
    const lineAt = (offset: number | undefined): number => Math.max(1, lines.linePos(offset ?? 0).line);
    const faults = [
        ...[...document.errors, ...document.warnings]
            .slice(0, MOST_FAULTS)
            .map(({ pos, code, message }) => fault(lineAt(pos[0]), ...errorText(code, message))),
        ...hiddenParts(document, lineAt),
    ];
    if (faults.length > 0) return faults.sort((one, other) => one.line - other.line);
    return { value: document.toJS(), lineOf: (path) => lineAt(offsetOf(document, path)) };
}

function hiddenParts(document: Document, lineAt: (offset?: number) => number): Fault[] {
    const faults: Fault[] = [];
    const add = (node: Node, message: string, cure: string): void => {
        if (faults.length < MOST_FAULTS) faults.push(fault(lineAt(node.range?.[0]), message, cure));
    };
    visit(document, {
        Node(_key, node) {
            if (isAlias(node)) return add(node, `uses the alias *${node.source}`, 'Write the value out.');
            if (node.anchor)
                add(node, `uses the anchor &${node.anchor}`, 'Remove it and write the value out where it is needed.');
            if (node.tag) add(node, `uses the tag ${node.tag}`, 'Remove the tag; quote the value if it is a text.');
            return undefined;
        },
        Pair(_key, pair) {
            const { key } = pair;
            if (isScalar(key) && typeof key.value === 'string' && key.value !== '__proto__') return;
            const node = (key ?? pair.value) as Node | null;
            if (node) add(node, 'has a key that is not a plain text', 'Use a word as key, or quote it.');
        },
    });
    return faults;
}

function offsetOf(document: Document, path: Path): number | undefined {
    let node: unknown = document.contents;
    let offset = document.contents?.range?.[0];
    for (const key of path) {
        if (isMap(node)) {
            const pair: Pair | undefined = node.items.find((item) => isScalar(item.key) && item.key.value === key);
            if (!pair) return offset;
            offset = (pair.key as Node).range?.[0] ?? offset;
            node = pair.value;
        } else if (isSeq(node) && typeof key === 'number') {
            node = node.items[key];
            offset = (node as Node | undefined)?.range?.[0] ?? offset;
        } else return offset;
    }
    return offset;
}

function fault(line: number, message: string, cure: string): Fault {
    return { line, field: '', message: `The file ${message}.`, cure };
}

const CAUSES: Partial<Record<string, [string, string]>> = {
    DUPLICATE_KEY: ['has the same key twice', 'Keep one of the two.'],
    TAB_AS_INDENT: ['is indented with a tab', 'Indent with spaces.'],
    MULTIPLE_DOCS: ['holds more than one document', 'Write one runbook a file; remove the line "---" between them.'],
    TAG_RESOLVE_FAILED: ['uses an unknown tag', 'Remove the tag; quote the value if it is a text.'],
};

function errorText(code: string, message: string): [string, string] {
    if (message.includes('call stack')) return ['is nested too deep', 'Write it as in the documentation of runbooks.'];
    const reason = clip(message.split('\n', 1)[0]?.replace(/[.:]$/, '') ?? '', 200);
    return (
        CAUSES[code] ?? [
            `is not valid YAML: ${reason}`,
            'Correct the indentation, the quotes or the colon near this line.',
        ]
    );
}
