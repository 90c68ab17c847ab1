import { FixError } from '../errors';
import type { Anchor } from '../signing/anchor';
import type { AnchorLog } from '../store/anchor-log';
import type { IncidentStore, ListPlace } from '../store/port';
import type { AuditedIncident, AuditSource } from './source';

/** Anchors read at once: one may name a thousand incidents, and each page is parsed in one turn of the event loop. */
const ANCHORS = 50;
const HEADS = 500;
/** Incidents read at once. */
const TOGETHER = 25;

/** What of a store is audited; it may be open for reading only. */
export type ReadableStore = Pick<IncidentStore, 'heads' | 'read' | 'timeline' | 'anchors'>;

/** All anchors with a number above `after`. */
export async function* anchorsOf(log: AnchorLog, after = 0): AsyncIterable<Anchor> {
    let last = after;
    for (;;) {
        const page = await log.read(last, ANCHORS);
        yield* page;
        last = page.at(-1)?.seq ?? last;
        if (page.length < ANCHORS) return;
    }
}

/** A store as an audit reads it, while others write. */
export function storeSource(store: ReadableStore): AuditSource {
    return {
        asOf: () => Promise.resolve(new Date()),
        anchors: (after) => anchorsOf(store.anchors, after),
        incidents: () => incidentsOf(store),
        incident: (id) => incidentOf(store, id),
    };
}

/**
 * An incident that changes meanwhile moves to the end of the list; it is read once, and the list is left when all else
 * has been.
 */
async function* incidentsOf(store: ReadableStore): AsyncIterable<AuditedIncident> {
    const begun = new Date().toISOString();
    const seen = new Set<string>();
    let place: ListPlace | undefined;
    for (;;) {
        const page = await store.heads(place, HEADS);
        const last = page.at(-1);
        const unseen = page.filter(({ incident }) => !seen.has(incident));
        for (const { incident } of unseen) seen.add(incident);
        for (let at = 0; at < unseen.length; at += TOGETHER) {
            const found = await Promise.all(
                unseen.slice(at, at + TOGETHER).map(({ incident }) => incidentOf(store, incident)),
            );
            yield* found.filter((incident) => incident !== undefined);
        }
        if (!last || (unseen.length === 0 && last.updatedAt > begun)) return;
        place = { id: last.incident, updatedAt: last.updatedAt };
    }
}

/** The record is read first, so the timeline has no fewer entries than it says. */
async function incidentOf(store: ReadableStore, id: string): Promise<AuditedIncident | undefined> {
    try {
        const stored = await store.read(id);
        const entries = await store.timeline(id);
        if (!stored && entries.length === 0) return undefined;
        return {
            id,
            version: stored?.version ?? 0,
            head: stored?.head ?? '',
            entries,
            ...(stored ? { state: stored.incident } : {}),
        };
    } catch (thrown) {
        if (thrown instanceof FixError) throw thrown;
        return {
            id,
            version: 0,
            head: '',
            entries: [],
            unreadable: thrown instanceof Error ? thrown.message : String(thrown),
        };
    }
}
