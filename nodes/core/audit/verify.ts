import { type Anchor, type AnchorFault, anchorFault } from '../signing/anchor';
import type { KeyRing } from '../signing/keys';
import { type AnchoredPoint, type IncidentFault, incidentFault } from './incident-check';
import type { AuditedIncident, AuditSource } from './source';

/** A broken link: of the chain of anchors, or of one incident's timeline. */
export type BrokenLink =
    /** `not-following`: it does not name the hash of the one before; one of the two was replaced. */
    | { anchor: number; fault: AnchorFault | 'missing' | 'not-following' | 'not-expected' }
    | ({ incident: string } & (IncidentFault | { fault: 'incident-missing'; anchor: number } | NotAnchored));

/** No anchor names the entries from this on, though this one was written long ago, or in the future. */
export type NotAnchored = { fault: 'not-anchored'; seq: number; since: string };

/** An anchor that was seen before, such as with an earlier export. */
export interface SeenAnchor {
    seq: number;
    hash: string;
}

export interface AuditOptions {
    /** Absent: signatures are not checked. */
    keys?: KeyRing;
    /** This anchor must be in the chain. */
    expect?: SeenAnchor;
    /** Entries that no anchor names must be younger than this many milliseconds; absent: they are only counted. */
    maxAge?: number;
    /** Told of each incident that was looked at. */
    looked?(incident: AuditedIncident): void;
}

export interface AuditResult {
    incidents: number;
    entries: number;
    anchors: number;
    signatures: 'checked' | 'unchecked';
    /** The newest anchor. */
    newest?: SeenAnchor & { at: string };
    /** Entries that no anchor covers yet. */
    notAnchored: number;
    /** When the oldest of them was written. */
    notAnchoredSince?: string;
    /** Incidents anchored as found, by a process that did not write them, such as after a crash. */
    found: number;
    /** How many links are broken, the first of each incident counted. */
    broken: number;
    /** The first of them, in the order anchors, then incidents. */
    links: BrokenLink[];
}

const MAX_LINKS = 100;

/**
 * Checks every timeline against the signed anchors. Memory grows with the number of heads that anchors name, not with
 * the length of timelines. Rejects with what the source rejects with.
 */
export async function verifyAudit(source: AuditSource, options: AuditOptions = {}): Promise<AuditResult> {
    const audit = new Audit(options, await source.asOf());
    for await (const anchor of source.anchors()) audit.anchor(anchor);
    audit.endOfAnchors();
    for await (const incident of source.incidents()) audit.incident(incident);
    for (const id of audit.unseen()) {
        const incident = await source.incident(id);
        if (incident) audit.incident(incident);
    }
    if (audit.unseen().length > 0)
        for await (const anchor of source.anchors(audit.result.newest?.seq)) audit.removedMeanwhile(anchor);
    audit.end();
    return audit.result;
}

/** What anchors say of one incident. */
interface Said {
    points: AnchoredPoint[];
    /** Number of the newest anchor that names it. */
    newest: number;
    removed: boolean;
    found: boolean;
}

function anchorOf(link: BrokenLink): number {
    return 'anchor' in link ? (link.anchor ?? 0) : 0;
}

class Audit {
    readonly result: AuditResult;
    private readonly said = new Map<string, Said>();
    private readonly seen = new Set<string>();
    private first?: number;
    /** What the newest good anchor says the oldest kept one is. */
    private firstSaid = 1;
    private expected: { seq: number; prev?: string } = { seq: 1, prev: '' };
    /** Numbers of anchors that were not there: retention may have dropped them while the anchors were read. */
    private readonly gaps: { from: number; to: number }[] = [];

    constructor(
        private readonly options: AuditOptions,
        private readonly asOf: Date,
    ) {
        this.result = {
            incidents: 0,
            entries: 0,
            anchors: 0,
            signatures: options.keys ? 'checked' : 'unchecked',
            notAnchored: 0,
            found: 0,
            broken: 0,
            links: [],
        };
    }

    anchor(anchor: Anchor): void {
        const { seq, at, prev, hash } = anchor;
        this.first ??= seq;
        this.result.anchors += 1;
        if (seq === this.first && seq > 1) this.expected = { seq };
        if (seq !== this.expected.seq) this.gaps.push({ from: this.expected.seq, to: seq - 1 });
        const fault = anchorFault(anchor, this.options.keys) ?? (this.follows(seq, prev) ? undefined : 'not-following');
        if (fault) this.broke({ anchor: seq, fault });
        else this.take(anchor);
        const { expect } = this.options;
        if (expect?.seq === seq && expect.hash !== hash) this.broke({ anchor: seq, fault: 'not-expected' });
        this.expected = { seq: seq + 1, prev: hash };
        this.result.newest = { seq, hash, at };
    }

    endOfAnchors(): void {
        const { expect } = this.options;
        const newest = this.result.newest?.seq ?? 0;
        if (this.first !== undefined && this.first > this.firstSaid)
            this.gaps.push({ from: this.firstSaid, to: this.first - 1 });
        for (const { from, to } of this.gaps)
            if (to >= this.firstSaid) this.broke({ anchor: Math.max(from, this.firstSaid), fault: 'missing' });
        this.result.links.sort((a, b) => anchorOf(a) - anchorOf(b));
        if (expect && expect.seq > newest) this.broke({ anchor: newest + 1, fault: 'missing' });
    }

    incident(incident: AuditedIncident): void {
        const { id, entries } = incident;
        if (this.seen.has(id)) return;
        this.seen.add(id);
        const said = this.said.get(id);
        this.result.incidents += 1;
        this.result.entries += entries.length;
        if (said?.found) this.result.found += 1;
        const fault =
            incident.version === 0 && incident.unreadable === undefined
                ? { fault: 'record-altered' as const, seq: entries.length }
                : incidentFault(incident, said?.points ?? []);
        if (fault) this.broke({ incident: id, ...fault });
        else this.takeNotAnchored(incident, Math.max(0, ...(said?.points ?? []).map(({ version }) => version)));
        this.options.looked?.(incident);
    }

    /** Incidents that anchors name, and that were not found. */
    unseen(): string[] {
        return [...this.said].filter(([id, { removed }]) => !removed && !this.seen.has(id)).map(([id]) => id);
    }

    removedMeanwhile({ removed }: Anchor): void {
        for (const { incident } of removed) this.said.delete(incident);
    }

    end(): void {
        for (const id of this.unseen())
            this.broke({ incident: id, fault: 'incident-missing', anchor: this.said.get(id)?.newest ?? 0 });
    }

    private follows(seq: number, prev: string): boolean {
        return seq !== this.expected.seq || this.expected.prev === undefined || this.expected.prev === prev;
    }

    private take({ seq, first, heads, removed }: Anchor): void {
        this.firstSaid = first;
        for (const { incident, version, head, found } of heads) {
            const said = this.said.get(incident) ?? { points: [], newest: seq, removed: false, found: false };
            this.said.set(incident, said);
            if (said.points.at(-1)?.head !== head) said.points.push({ version, head, anchor: seq });
            said.newest = seq;
            said.removed = false;
            said.found ||= found === true;
        }
        for (const { incident } of removed) {
            const said = this.said.get(incident);
            if (said) said.removed = true;
        }
    }

    private takeNotAnchored({ id, entries }: AuditedIncident, anchored: number): void {
        const at = entries[anchored]?.at;
        if (at === undefined) return;
        if (!this.mayWait(at)) this.broke({ incident: id, fault: 'not-anchored', seq: anchored + 1, since: at });
        this.result.notAnchored += entries.length - anchored;
        if (this.result.notAnchoredSince === undefined || at < this.result.notAnchoredSince)
            this.result.notAnchoredSince = at;
    }

    /**
     * Is it young enough to be named by no anchor yet? Whoever rewrites a history also chooses its times: none may lie
     * ahead.
     */
    private mayWait(at: string): boolean {
        const { maxAge } = this.options;
        if (maxAge === undefined) return true;
        const time = Date.parse(at);
        return time >= this.asOf.getTime() - maxAge && time <= Date.now() + maxAge;
    }

    private broke(link: BrokenLink): void {
        this.result.broken += 1;
        if (this.result.links.length < MAX_LINKS) this.result.links.push(link);
    }
}
