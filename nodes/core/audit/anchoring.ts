import type { Clock } from '../clock';
import { asFixError, FixError } from '../errors';
import type { TimelineType } from '../model/timeline';
import { type Anchor, type AnchorContent, type AnchoredHead, anchorAfter, type Head } from '../signing/anchor';
import type { KeyRing } from '../signing/keys';
import type { CommitObserver } from '../store/incidents';
import type { IncidentStore, ListPlace } from '../store/port';
import { droppable } from './drop';

/** What an anchor names at most. */
const MAX_HEADS = 1_000;
/** How long a change waits for the next anchor, at most. */
const WAIT_MS = 10_000;
/** What must be anchored at once gathers for so long, so that a burst makes one anchor. */
const GATHER_MS = 100;
/** Changes of processes that died are looked for this far before the newest anchor. */
const LOOK_BACK_MS = 2 * 3_600_000;
const PAGE = 500;
/** Tries before an anchor gives way to busier processes; they anchor all the time then. */
const MAX_TRIES = 50;

/** What decides about a fix, and how it ended: anchored at once. */
const AT_ONCE: readonly TimelineType[] = [
    'approval.granted',
    'approval.rejected',
    'approval.denied',
    'run.intended',
    'run.ended',
    'run.refused',
    'run.unknown',
    'run.cancelled',
    'rollback.ended',
    'verification.made',
    'incident.closed',
];

export interface AnchoringParts {
    store: IncidentStore;
    /** Asked for each anchor; rejects when there are no keys to sign with. */
    keys(): Promise<KeyRing>;
    clock: Clock;
    /**
     * Told when the chain in the store is not what this process left there, and when anchors cannot be signed. Not when
     * the store is down.
     */
    report(thrown: unknown): void;
}

/**
 * Anchors what one process writes: it collects the heads of the incidents that change and names them in signed anchors.
 * Runs beside the flows and never disturbs them: while the store is down, heads wait.
 */
export class Anchoring {
    private pending = new Map<string, AnchoredHead>();
    private timer?: { handle: NodeJS.Timeout; due: number };
    /** What must be anchored at once waits. */
    private urgent = false;
    private working: Promise<void> = Promise.resolve();
    /** The newest anchor that this process has seen. */
    private seen?: Anchor;
    /** Why anchors fail, as it was reported last: once, not with each try. */
    private reason?: string;
    private closed = false;

    constructor(private readonly parts: AnchoringParts) {}

    /** Hand this to `Incidents`. */
    readonly observe: CommitObserver = ({ id }, entries) => {
        const last = entries.at(-1);
        if (!last) return;
        this.pending.set(id, { incident: id, version: last.seq, head: last.hash });
        this.urgent ||= this.closed || entries.some(({ type }) => AT_ONCE.includes(type));
        if (this.pending.size >= MAX_HEADS) this.anchorWithin(0);
        else this.anchorWithin(this.urgent ? GATHER_MS : WAIT_MS);
    };

    /** Anchors all that waits now. Rejects when that cannot be; it then waits on. */
    flush(): Promise<void> {
        return this.inTurn(() => this.anchorOldest(this.pending.size));
    }

    /**
     * Anchors what processes that died left without an anchor: whatever changed since shortly before the newest anchor
     * (`since`: or since then, but for what a process that lives may be about to anchor) and is not named by one.
     * Rejects with
     * `STORE_DOWN`.
     */
    lookBack(since?: Date): Promise<void> {
        return this.inTurn(async () => {
            const newest = since ?? (await this.newest())?.at;
            const settled = since === undefined ? undefined : new Date(since.getTime() - 2 * WAIT_MS).toISOString();
            let place: ListPlace | undefined =
                newest === undefined
                    ? undefined
                    : { id: '', updatedAt: new Date(new Date(newest).getTime() - LOOK_BACK_MS).toISOString() };
            for (;;) {
                const page = await this.parts.store.heads(place, PAGE);
                const last = page.at(-1);
                if (!last) return;
                const heads = page
                    .filter(({ incident, version, anchored }) => version > anchored && !this.pending.has(incident))
                    .filter(({ updatedAt }) => settled === undefined || updatedAt <= settled)
                    .map(({ incident, version, head }): AnchoredHead => ({ incident, version, head, found: true }));
                if (heads.length > 0) await this.append({ heads });
                place = { id: last.incident, updatedAt: last.updatedAt };
            }
        });
    }

    /**
     * Deletes incidents that ended before this time, and anchors of before: each deletion is anchored first, and before
     * that `removing` is told. Answers how many incidents.
     */
    async sweep(before: Date, removing?: (heads: Head[]) => Promise<void>): Promise<number> {
        const swept = await this.parts.store.sweep(before, (removed) =>
            this.inTurn(async () => {
                await removing?.(removed);
                for (const { incident } of removed) this.pending.delete(incident);
                await this.append({ removed });
            }),
        );
        await this.inTurn(() => this.dropAnchors(before));
        return swept;
    }

    /** Anchors what waits, as far as the store lets. What is written later is anchored at once. Never rejects. */
    async close(): Promise<void> {
        this.closed = true;
        clearTimeout(this.timer?.handle);
        this.timer = undefined;
        await this.flush().catch(() => undefined);
    }

    private async dropAnchors(before: Date): Promise<void> {
        const front = await droppable(this.parts.store, before);
        if (!front) return;
        for (let at = 0; at < front.heads.length; at += MAX_HEADS)
            await this.append({ heads: front.heads.slice(at, at + MAX_HEADS) });
        await this.append({ first: front.first });
        await this.parts.store.anchors.drop(front.first);
    }

    private anchorWithin(milliseconds: number): void {
        const due = Date.now() + milliseconds;
        if (this.timer && this.timer.due <= due) return;
        clearTimeout(this.timer?.handle);
        const handle = setTimeout(() => {
            this.timer = undefined;
            this.anchorDue().catch((thrown: unknown) => this.failed(thrown));
        }, milliseconds).unref();
        this.timer = { handle, due };
    }

    /** The heads wait for the next try; a store that is down is told by others. */
    private failed(thrown: unknown): void {
        const { code, message } = asFixError(thrown);
        if (code !== 'STORE_DOWN' && code !== 'STORE_CONFLICT' && message !== this.reason) {
            this.reason = message;
            this.parts.report(thrown);
        }
        if (!this.closed) this.anchorWithin(WAIT_MS);
    }

    /** All that waits; but in a storm only whole anchors, and the rest with the next. */
    private anchorDue(): Promise<void> {
        return this.inTurn(async () => {
            const { size } = this.pending;
            const rest = this.urgent ? 0 : size % MAX_HEADS;
            this.urgent = false;
            await this.anchorOldest(size > MAX_HEADS ? size - rest : size);
            if (this.pending.size > 0) this.anchorWithin(this.urgent ? GATHER_MS : WAIT_MS);
        });
    }

    private async anchorOldest(count: number): Promise<void> {
        for (let left = count; left > 0; left -= MAX_HEADS) {
            const heads = [...this.pending.values()].slice(0, Math.min(left, MAX_HEADS));
            if (heads.length === 0) return;
            await this.append({ heads });
            for (const head of heads) {
                if (this.pending.get(head.incident) === head) this.pending.delete(head.incident);
            }
        }
    }

    private async append(content: Partial<AnchorContent>): Promise<void> {
        const { store, clock } = this.parts;
        const keys = await this.parts.keys();
        let previous = this.seen ?? (await this.newest());
        for (let attempt = 0; attempt < MAX_TRIES; attempt += 1) {
            const anchor = anchorAfter(
                previous,
                { at: clock().toISOString(), heads: [], removed: [], first: previous?.first ?? 1, ...content },
                keys,
            );
            if (await store.anchors.append(anchor)) {
                this.seen = anchor;
                this.reason = undefined;
                return;
            }
            previous = await this.newest();
        }
        throw new FixError('STORE_CONFLICT', 'Other processes anchor all the time; this one waits.');
    }

    /** The newest anchor of the store. What this process has seen before must not be gone. */
    private async newest(): Promise<Anchor | undefined> {
        const newest = await this.parts.store.anchors.newest();
        if (this.seen && (newest?.seq ?? 0) < this.seen.seq) {
            this.parts.report(
                new FixError(
                    'STORE_CONFLICT',
                    `The audit chain in the store ends at anchor ${newest?.seq ?? 0}, and ended at ${this.seen.seq} (${this.seen.hash}) before: it was cut, or the store was set back.`,
                    {
                        cure: 'Compare with an export kept elsewhere, see docs/audit.md.',
                    },
                ),
            );
        }
        this.seen = newest;
        return newest;
    }

    /** One piece of work after the other. */
    private inTurn(work: () => Promise<void>): Promise<void> {
        const done = this.working.then(work);
        this.working = done.catch(() => undefined);
        return done;
    }
}
