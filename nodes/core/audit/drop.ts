import type { AnchoredHead } from '../signing/anchor';
import type { IncidentStore } from '../store/port';
import { anchorsOf } from './store-source';

/** Anchors are dropped a day at once, because each time all of them are looked through. */
const LEAST_MS = 24 * 3_600_000;

/**
 * The anchors of before this time: `first` is the number of the oldest that stays, and `heads` are what no other anchor
 * would say any more, to be named again before the others are dropped. Undefined when it is too early to drop any.
 */
export async function droppable(
    store: IncidentStore,
    before: Date,
): Promise<{ first: number; heads: AnchoredHead[] } | undefined> {
    const [oldest] = await store.anchors.read(0, 1);
    if (!oldest || Date.parse(oldest.at) > before.getTime() - LEAST_MS) return undefined;
    let first: number | undefined;
    const said = new Map<string, AnchoredHead>();
    for await (const { seq, at, heads, removed } of anchorsOf(store.anchors)) {
        if (first === undefined && new Date(at) >= before) first = seq;
        for (const head of heads) {
            if (first === undefined) said.set(head.incident, head);
            else said.delete(head.incident);
        }
        for (const { incident } of removed) said.delete(incident);
    }
    return first === undefined ? undefined : { first, heads: [...said.values()] };
}
