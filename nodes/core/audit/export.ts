import { z } from 'zod';
import { FixError } from '../errors';
import type { Incident } from '../model/incident';
import type { TimelineEntry } from '../model/timeline';
import { type Anchor, storedAnchor } from '../signing/anchor';
import type { Json } from '../text/json';
import type { AuditedIncident, AuditSource } from './source';

/** Version of the format; a reader refuses others. Described in docs/audit.md. */
const V = 1;

/**
 * One line of an export, in this order: `export`, every `anchor`, then each `incident` followed by its entries, `end`.
 * What a store was made to hold instead of an entry or an anchor is exported as it is.
 */
const lineSchema = z.discriminatedUnion('kind', [
    z.object({ v: z.literal(V), kind: z.literal('export'), at: z.string(), by: z.string() }),
    z.object({ v: z.literal(V), kind: z.literal('anchor'), seq: z.number(), anchor: z.json() }),
    z.object({
        v: z.literal(V),
        kind: z.literal('incident'),
        incident: z.string(),
        version: z.number(),
        head: z.string(),
        state: z.json().optional(),
        unreadable: z.string().optional(),
    }),
    z.object({ v: z.literal(V), kind: z.literal('entry'), incident: z.string(), entry: z.json() }),
    z.object({
        v: z.literal(V),
        kind: z.literal('end'),
        anchors: z.number(),
        incidents: z.number(),
        entries: z.number(),
    }),
]);

export type ExportLine = z.infer<typeof lineSchema>;

/** Who exports, and when. */
export interface ExportHeader {
    at: Date;
    by: string;
}

/**
 * The lines of an export, without line ends. Rejects with `STORE_CONFLICT` when retention deleted incidents meanwhile,
 * so that the file would look tampered with.
 */
export async function* exportLines(source: AuditSource, { at, by }: ExportHeader): AsyncIterable<string> {
    const count = { anchors: 0, incidents: 0, entries: 0 };
    const line = (content: Record<string, unknown>): string =>
        JSON.stringify({ v: V, ...content }).replace(/[\u2028\u2029]/g, escaped);
    const linesOf = function* ({ id, entries, version, head, state, unreadable }: AuditedIncident): Iterable<string> {
        count.incidents += 1;
        count.entries += entries.length;
        yield line({ kind: 'incident', incident: id, version, head, state, unreadable });
        for (const entry of entries) yield line({ kind: 'entry', incident: id, entry });
    };
    yield line({ kind: 'export', at: at.toISOString(), by });
    const named = new Set<string>();
    let newest = 0;
    for await (const anchor of source.anchors()) {
        newest = anchor.seq;
        count.anchors += 1;
        for (const { incident } of anchor.heads) named.add(incident);
        for (const { incident } of anchor.removed) named.delete(incident);
        yield line({ kind: 'anchor', seq: anchor.seq, anchor });
    }
    for await (const incident of source.incidents()) {
        named.delete(incident.id);
        yield* linesOf(incident);
    }
    for (const id of [...named]) {
        const incident = await source.incident(id);
        if (!incident) continue;
        named.delete(id);
        yield* linesOf(incident);
    }
    if (named.size > 0) await requireNoneRemoved(source.anchors(newest), named);
    yield line({ kind: 'end', ...count });
}

/** Some readers take these two for line ends; alerts may hold them. */
function escaped(separator: string): string {
    return `\\u${separator.charCodeAt(0).toString(16)}`;
}

async function requireNoneRemoved(newer: AsyncIterable<Anchor>, missing: ReadonlySet<string>): Promise<void> {
    for await (const { removed } of newer) {
        if (!removed.some(({ incident }) => missing.has(incident))) continue;
        throw new FixError(
            'STORE_CONFLICT',
            'Retention deleted incidents during the export, so the file is not whole.',
            { cure: 'Export again.' },
        );
    }
}

/** Opens the lines of an export, from the first one on, each time it is called. */
export type OpenLines = () => AsyncIterable<string>;

/**
 * An export as an audit reads it. Everything rejects with `INPUT_INVALID` naming the line when the file is no whole
 * export.
 */
export function exportSource(open: OpenLines): AuditSource {
    return {
        asOf: () => writtenAt(open),
        anchors: (after = 0) => anchorsIn(open, after),
        incidents: () => incidentsIn(open),
        incident: () => Promise.resolve(undefined),
    };
}

async function writtenAt(open: OpenLines): Promise<Date> {
    for await (const { line } of parsed(open)) {
        if (line.kind === 'export' && !Number.isNaN(Date.parse(line.at))) return new Date(line.at);
        break;
    }
    throw invalid(1, 'it does not tell when the export was written');
}

async function* anchorsIn(open: OpenLines, after: number): AsyncIterable<Anchor> {
    for await (const { line } of parsed(open)) {
        if (line.kind === 'incident' || line.kind === 'end') return;
        if (line.kind === 'anchor' && line.seq > after) yield storedAnchor(line.seq, JSON.stringify(line.anchor));
    }
}

async function* incidentsIn(open: OpenLines): AsyncIterable<AuditedIncident> {
    let current: AuditedIncident | undefined;
    const count = { anchors: 0, incidents: 0, entries: 0 };
    for await (const { line, number } of parsed(open)) {
        if (line.kind === 'anchor') {
            if (count.incidents > 0) throw invalid(number, 'an anchor stands behind an incident');
            count.anchors += 1;
        } else if (line.kind === 'entry') {
            if (line.incident !== current?.id) throw invalid(number, 'an entry stands under another incident');
            current.entries.push(entryOf(line.entry));
            count.entries += 1;
        } else if (line.kind === 'incident') {
            if (current) yield current;
            current = incidentFrom(line);
            count.incidents += 1;
        } else if (line.kind === 'end') {
            if (current) yield current;
            if (count.anchors === line.anchors && count.incidents === line.incidents && count.entries === line.entries)
                return;
            throw invalid(number, 'the file does not hold as many lines as its end says');
        }
    }
}

/** The lines up to and with `end`; rejects when that is missing. */
async function* parsed(open: OpenLines): AsyncIterable<{ line: ExportLine; number: number }> {
    let number = 0;
    for await (const text of open()) {
        number += 1;
        const line = parseLine(text, number);
        if ((line.kind === 'export') !== (number === 1))
            throw invalid(number, 'an export begins with one line of kind "export"');
        yield { line, number };
        if (line.kind === 'end') return;
    }
    throw invalid(number + 1, 'the file ends before its end: the last line must be of kind "end"');
}

function parseLine(text: string, number: number): ExportLine {
    try {
        return lineSchema.parse(JSON.parse(text));
    } catch (thrown) {
        throw invalid(
            number,
            thrown instanceof z.ZodError ? `it is not of version ${V} of the format` : 'it is no JSON',
        );
    }
}

function invalid(number: number, why: string): FixError {
    return new FixError('INPUT_INVALID', `Line ${number} of the export: ${why}.`, {
        field: '--file',
        cure: 'Use a file that "alert-to-fix audit export" wrote to its end, unchanged.',
    });
}

/** The chain tells what is wrong with one that is none. */
function entryOf(entry: Json): TimelineEntry {
    return entry as unknown as TimelineEntry;
}

function incidentFrom({
    incident: id,
    version,
    head,
    state,
    unreadable,
}: Extract<ExportLine, { kind: 'incident' }>): AuditedIncident {
    return {
        id,
        version,
        head,
        entries: [],
        ...(state === undefined ? {} : { state: state as unknown as Incident }),
        ...(unreadable === undefined ? {} : { unreadable }),
    };
}
